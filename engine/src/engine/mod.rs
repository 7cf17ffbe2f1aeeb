//! The engine put together: a store, a clock, ids, workflows and routes.
//!
//! [`EngineBuilder`] takes the parts and says everything that is wrong with them at once. [`EngineContext`] is the running engine:
//! it starts and resumes processes, [receives](EngineContext::receive) messages, and is the one door to the store.

mod builder;
mod by_hand;
mod context;
mod kept;
mod note;
mod put_back;
mod receive;
mod shred;
mod wiring;

pub use builder::EngineBuilder;
pub use by_hand::{ByHand, Waiting, waiting};
pub use context::EngineContext;
pub use note::BoundaryNote;
pub use receive::Received;
pub use shred::Shredded;
pub use wiring::{WiringError, WiringErrors};
