//! mako-conformance
