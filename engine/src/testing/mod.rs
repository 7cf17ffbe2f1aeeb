//! Doubles for tests and simulators: a store in memory, a clock that a test moves, ids from a seed, sinks for dead letters.
//!
//! Only with the feature `testing`, which is never a default: a build for production has no store that forgets and no sink that
//! swallows. Nothing here depends on the machine it runs on.
//!
//! ```
//! use std::sync::Arc;
//! use mako_engine::store::KeyedStore;
//! use mako_engine::testing::{ManualClock, MemoryBackend, RecordDeadLetters, SeededIds};
//! use mako_engine::{Clock, EngineBuilder, TenantId};
//!
//! let clock = ManualClock::at("2025-12-23T15:00:00Z".parse()?);
//! let letters = RecordDeadLetters::default();
//! let store = Arc::new(KeyedStore::open(MemoryBackend::default())?);
//! let engine = EngineBuilder::new(TenantId::new("9900000000001"), store, Arc::new(clock.clone()), Arc::new(SeededIds::new(1)))
//!     .dead_letters(letters.clone())
//!     .build()?;
//! clock.set("2025-12-29T10:00:00Z".parse()?);
//! assert_eq!(engine.clock().now(), clock.now());
//! assert!(letters.reasons().is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod clock;
mod dead_letters;
mod ids;
mod memory;

pub use clock::ManualClock;
pub use dead_letters::{DiscardDeadLetters, RecordDeadLetters};
pub use ids::SeededIds;
pub use memory::MemoryBackend;
