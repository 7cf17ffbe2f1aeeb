//! mako-benches
