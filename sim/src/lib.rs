//! mako-sim
pub mod edifact;
