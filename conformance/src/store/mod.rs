//! The checks on stores, one file per group. Each takes a store that nobody has written to and looks for one promise.

pub mod append;
pub mod atomicity;
pub mod concurrency;
pub mod deadlines;
pub mod durability;
pub mod inbox;
pub mod isolation;
pub mod outbox;
pub mod reading;
pub mod registry;
pub mod shredding;
pub mod snapshots;
pub mod views;
