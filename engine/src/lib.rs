//! mako-engine
pub mod fristen;
pub mod store;
pub mod timestamp;
pub mod version;
pub use timestamp::Timestamp;
