//! mako-sim
