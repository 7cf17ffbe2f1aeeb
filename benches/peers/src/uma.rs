//! UmaDB: its storage engine with its server's writer thread, without the gRPC between its server and its clients.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot, watch};
use umadb_core::db::UmaDb;
use umadb_core::mvcc::{Mvcc, StorageOptions};
use umadb_core::writer_thread_blocking::writer_thread_blocking;
use umadb_core::writer_thread_request::WriterThreadRequest;
use umadb_dcb::{DcbAppendCondition, DcbEvent, DcbEventStoreSync as _, DcbQuery, DcbQueryItem};

use crate::peer::{Failed, Peer, add, encoded, name, readings};

/// What its server uses.
const APPEND_BATCH_MAX_EVENTS: usize = 2048;

/// A database, and the way to its writer.
pub struct Uma {
    database: UmaDb,
    writer: mpsc::Sender<WriterThreadRequest>,
}

impl Uma {
    /// Opens `dir`.
    pub fn open(dir: &Path) -> Result<Self, Failed> {
        std::fs::create_dir_all(dir)?;
        let mvcc = Arc::new(Mvcc::new(false, StorageOptions::default().db_path(dir))?);
        let (writer, requests) = mpsc::channel(1024);
        let (head, _) = watch::channel(None);
        let of_writer = mvcc.clone();
        std::thread::spawn(move || writer_thread_blocking(of_writer, requests, head, APPEND_BATCH_MAX_EVENTS));
        Ok(Self { database: UmaDb::from_arc(mvcc), writer })
    }

    fn query(stream: u64) -> DcbQuery {
        DcbQuery::new().item(DcbQueryItem::new().tags([name(stream)]))
    }

    /// The position of the last event of `stream`.
    fn last(&self, stream: u64) -> Result<Option<u64>, Failed> {
        let (events, _) = self.database.read_with_head(Some(Self::query(stream)), None, true, Some(1))?;
        Ok(events.first().map(|event| event.position))
    }
}

impl Drop for Uma {
    fn drop(&mut self) {
        // A writer that is gone already has nothing left to do.
        let _ = self.writer.try_send(WriterThreadRequest::Shutdown);
    }
}

#[async_trait(?Send)]
impl Peer for Uma {
    fn name(&self) -> &'static str {
        "UmaDB 0.7.8"
    }

    fn settings(&self) -> &'static str {
        "umadb-core, StorageOptions::default(), its server's blocking writer thread (batches of up to 2 048 events), no gRPC"
    }

    async fn append(&self, stream: u64, first: u64, events: u64) -> Result<(), Failed> {
        // Its optimistic check is a query: nothing of this stream behind what was read last.
        let condition = DcbAppendCondition::new(Self::query(stream)).after(self.last(stream)?);
        let event = |reading| Ok::<_, Failed>(DcbEvent::new().event_type("ReadingReceived").tags([name(stream)]).data(encoded(&reading)?));
        let events = readings(first, events).map(event).collect::<Result<_, _>>()?;
        let (response_tx, response) = oneshot::channel();
        let request = WriterThreadRequest::Append { events, condition: Some(condition), tracking_info: None, response_tx, cancel: None };
        self.writer.send(request).await.map_err(|_| "the writer is gone")?;
        response.await??;
        Ok(())
    }

    async fn replay(&self, stream: u64) -> Result<Option<u64>, Failed> {
        let mut state = (0, 0);
        for event in self.database.read(Some(Self::query(stream)), None, false, None)? {
            state = add(state, &event?.event.data)?;
        }
        Ok(Some(state.0))
    }
}
