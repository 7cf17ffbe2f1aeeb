//! mako-sim
pub mod as4;
