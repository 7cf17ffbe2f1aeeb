//! States that were kept, compared with what the history gives.
//!
//! A hot state and a snapshot are head starts (law 8). Whoever doubts them asks here: a simulator after a sample of its commits, an
//! operator about a process that behaves oddly. It reads, and writes nothing.

use super::EngineContext;
use crate::names::StreamId;
use crate::process::ExecuteError;

impl EngineContext {
    /// How the state of `stream` that is kept in memory, or the one in its snapshot, differs from what all its events give, in words for
    /// people; `None` when neither does, and for a stream that is no process of this engine.
    ///
    /// # Errors
    /// [`ExecuteError`]: the store fails, or an event cannot be read.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/anfrage.rs"));
    /// # use std::sync::Arc;
    /// # use mako_engine::routing::Adapters;
    /// # use mako_engine::store::KeyedStore;
    /// # use mako_engine::testing::{ManualClock, MemoryBackend, SeededIds};
    /// # use mako_engine::{Cause, Clock as _, EngineBuilder, Execute, FormatVersion};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let clock = ManualClock::at("2025-12-23T15:00:00Z".parse()?);
    /// # let store = Arc::new(KeyedStore::open(MemoryBackend::default())?);
    /// # let engine = EngineBuilder::new("9900000000001".into(), store, Arc::new(clock.clone()), Arc::new(SeededIds::new(1)))
    /// #     .workflow::<Anfrage>(Adapters::none())
    /// #     .build()?;
    /// # let rules = FormatVersion::at(engine.clock().now());
    /// # let ask = Command::Ask { malo: "51238696780".into(), until: engine.clock().now().plus_seconds(3_600) };
    /// let process = engine.spawn::<Anfrage>(rules, Execute::new(ask, Cause::Command("by hand".into()))).await?;
    /// assert_eq!(engine.kept_state_differs(&process.identity().stream).await?, None);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn kept_state_differs(&self, stream: &StreamId) -> Result<Option<String>, ExecuteError> {
        let record = self.store().process(self.tenant(), stream).await?;
        match record.and_then(|record| self.driver(&record.identity.workflow)) {
            Some(driver) => driver.kept_state_differs(self, stream).await,
            None => Ok(None),
        }
    }
}
