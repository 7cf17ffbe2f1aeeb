//! What is measured: the inputs that the benches share, as realistic as the market's, and how time is taken.
//!
//! Three ways to look. `cargo bench -p mako-benches` gives criterion's reports, for people, with HTML below `target/criterion`. `cargo xtask
//! bench` runs `benches/measured` and prints every figure beside its physical floor, its last baseline and its aim. Neither gates
//! anything; what must not grow is counted: `tests/counted_work.rs` holds it against `baselines.toml`, and `cargo xtask bench` counts
//! instructions where valgrind is there. Read ratios, not absolutes: the machine is shared.
//!
//! What people would use instead is in `peers/`, a workspace of its own: `cargo xtask bench --peers`.

pub mod counting;
pub mod edifact;
pub mod inbound;
pub mod meter_readings;
pub mod plans;
pub mod stores;
pub mod timing;
