//! mako-engine
pub mod store;
pub mod timestamp;
pub use timestamp::Timestamp;
