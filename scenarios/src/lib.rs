//! mako-scenarios
