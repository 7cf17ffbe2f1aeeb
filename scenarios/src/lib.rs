//! Reference workflows of the German energy market, and the scenarios that show them right.
//!
//! So far: GPKE Lieferbeginn in its three roles ([`gpke`]). [`market::Market`] brings them to the simulator's nodes.

pub mod gpke;
pub mod market;
