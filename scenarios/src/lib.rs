//! Reference workflows of the German energy market, and the scenarios that show them right.
//!
//! [`gpke`], [`geli_gas`], [`wim`] and [`mabis`], one file per process. [`market::Market`] brings them to the simulator's nodes, [`subjects`] to the
//! conformance kit, [`suite`] knows the scenario files and recorded conversations beside this crate and how they are judged.

pub mod duties;
pub mod geli_gas;
pub mod gpke;
pub mod ground;
pub mod mabis;
pub mod market;
mod personal;
pub mod subjects;
pub mod suite;
pub mod vorgang;
pub mod wim;
pub mod wim_gas;
