//! What is measured: the inputs that the benches share, as realistic as the market's.
//!
//! Benches are for people and gate nothing; what must not grow is counted: `tests/counted_work.rs` holds it against `baselines.toml`. `cargo bench -p mako-benches` takes about two
//! minutes. Read ratios, not absolutes: the machine is shared.

pub mod counting;
pub mod meter_readings;
pub mod plans;
