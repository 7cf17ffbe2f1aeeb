//! Stores.
pub mod backend;
pub mod fjall;
pub mod memory;
