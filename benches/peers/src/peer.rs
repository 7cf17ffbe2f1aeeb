//! What is asked of everybody.

use async_trait::async_trait;
use mako_benches::meter_readings::ReadingReceived;

/// What a peer meets that it cannot go on with.
pub type Failed = Box<dyn std::error::Error + Send + Sync>;

/// A store of events, as its own users would run it.
#[async_trait(?Send)]
pub trait Peer {
    /// Its name and version.
    fn name(&self) -> &'static str;

    /// How it was set up.
    fn settings(&self) -> &'static str;

    /// Appends `events` readings to `stream`, which has `first` of them; refused when it has not. Durable when it returns, where the
    /// settings do not say otherwise.
    async fn append(&self, stream: u64, first: u64, events: u64) -> Result<(), Failed>;

    /// Reads `stream` and adds its readings up: how many there were; nothing where nothing can be read.
    async fn replay(&self, stream: u64) -> Result<Option<u64>, Failed>;

    /// Takes a snapshot of `stream`, which has `events` readings; nothing where there are no snapshots.
    async fn take_snapshot(&self, _stream: u64, _events: u64) -> Result<(), Failed> {
        Ok(())
    }

    /// As [`Peer::replay`] from the snapshot, where there are any.
    async fn state_with_snapshot(&self, _stream: u64) -> Result<Option<u64>, Failed> {
        Ok(None)
    }
}

/// The name of a stream.
pub fn name(stream: u64) -> String {
    format!("meter-readings/{stream}")
}

/// The readings of an append.
pub fn readings(first: u64, events: u64) -> impl Iterator<Item = ReadingReceived> {
    (first..first + events).map(ReadingReceived::number)
}

/// A reading as bytes, for stores that leave that to their user: what the engine stores, too.
pub fn encoded(reading: &ReadingReceived) -> Result<Vec<u8>, Failed> {
    Ok(rmp_serde::to_vec_named(reading)?)
}

/// The fold that everybody makes.
pub fn add((count, kwh): (u64, u64), bytes: &[u8]) -> Result<(u64, u64), Failed> {
    let reading: ReadingReceived = rmp_serde::from_slice(bytes)?;
    Ok((count + 1, kwh + reading.kwh))
}
