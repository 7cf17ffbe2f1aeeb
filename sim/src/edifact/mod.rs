//! EDIFACT as the German energy market speaks it: bytes to verdicts and values, values to bytes.
//!
//! Pure functions: no clock, no state, no I/O. What changes over time (releases, PIDs, references received) comes in through the ports
//! in [`receive`]. No input makes this module panic.
//!
//! Market identifiers carry check digits and are types of their own; instants and days have one form on the wire.

pub mod erc;
pub mod identifier;
pub mod pid;
mod pid_table;
pub mod wire_time;

/// The two halves of the market; they acknowledge differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sparte {
    /// Electricity.
    Strom,
    /// Gas.
    Gas,
}
