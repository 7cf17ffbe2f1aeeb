//! The crate of `docs/your-own-crate.md`, compiled and tested here: `cargo test -p mako-scenarios --test own_crate`.
//!
//! In a crate of its own, `src/lib.rs` is the crate `anfrage` and `tests/conformance.rs` its test.

#[path = "src/lib.rs"]
#[allow(dead_code, reason = "in a crate of its own it is public")]
mod anfrage;

include!("tests/conformance.rs");
