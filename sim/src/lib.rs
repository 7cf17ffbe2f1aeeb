//! mako-sim
pub mod disk;
