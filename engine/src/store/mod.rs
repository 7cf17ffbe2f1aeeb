//! Stores.
pub mod backend;
