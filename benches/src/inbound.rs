//! A node's way in: bytes of an interchange, accept commit, boundary, process commit with the answer queued.
//!
//! It is the node of a replay: everything but the network and the AS4 exchange around it, which `benches/boundary.rs` measures alone.

use std::sync::Arc;

use mako_engine::inbox::InboxKey;
use mako_engine::store::Store;
use mako_engine::{TenantId, Timestamp};
use mako_scenarios::market::Market;
use mako_sim::edifact::identifier::InvalidIdentifier;
use mako_sim::node::{Arrival, live_recorded};
use mako_sim::plan::Plan;
use mako_sim::world::World;
use tokio::sync::mpsc;

use crate::edifact::ANMELDUNG;
use crate::plans::idle;
use crate::stores::Failed;

/// Who receives it: the second party of the plan.
const NB: usize = 1;

/// Anmeldung number `number`: its own interchange, document, Vorgang and Marktlokation.
#[must_use]
pub fn anmeldung(number: u64) -> Vec<u8> {
    String::from_utf8_lossy(ANMELDUNG)
        .replace("IC000002", &format!("IC{number:06}"))
        .replace("DOC000003", &format!("DOC{number:06}"))
        .replace("VG000001", &format!("VG{number:06}"))
        .replace("51999990018", &malo(number))
        .into_bytes()
}

/// A Marktlokation with its check digit: digits in odd places once, in even places twice, up to the next ten.
#[must_use]
pub fn malo(number: u64) -> String {
    let digits = format!("5{number:09}");
    let weighted = |(place, digit): (usize, u8)| u32::from(digit - b'0') * if place % 2 == 0 { 1 } else { 2 };
    let sum: u32 = digits.bytes().enumerate().map(weighted).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// A node that has just started, and what arrives at it.
pub struct Door {
    world: Arc<World>,
    store: Arc<dyn Store>,
    received_at: Timestamp,
}

impl Door {
    /// The door of NB, with `store` behind it.
    ///
    /// # Errors
    /// [`InvalidIdentifier`] when a number in the plan is none.
    pub fn new(store: Arc<dyn Store>) -> Result<Self, InvalidIdentifier> {
        let received_at = Timestamp::from_unix_ms(1_762_423_200_000); // 6.11.2025, 11:00 in Berlin, when the Anmeldung was sent
        let mut plan: Plan = idle(30)?;
        plan.steps.iter_mut().for_each(|step| step.at = received_at);
        plan.until = received_at.plus_seconds(30 * 86_400);
        Ok(Self { world: Arc::new(World::new(plan, Market::application())), store, received_at })
    }

    /// Lets `interchanges` arrive, one after the other, until the last one is settled.
    ///
    /// # Errors
    /// The node is wired wrongly, or the store fails.
    pub async fn receive(&self, interchanges: impl IntoIterator<Item = (u64, Vec<u8>)>) -> Result<(), Failed> {
        let (sender, receiver) = mpsc::unbounded_channel();
        for (number, bytes) in interchanges {
            let (tenant, message_id) = (TenantId::new("9999000002010"), format!("{number:09}@9999000001012"));
            let key = InboxKey { tenant, sender: "9999000001012".to_owned(), message_id };
            // One a second: a queue goes by the instant of receipt, and is not built for thousands of messages at the same one.
            let received_at = self.received_at.plus_seconds(i64::try_from(number)?);
            sender.send(Arrival { key, received_at, bytes })?;
        }
        drop(sender);
        live_recorded(self.world.clone(), NB, self.store.clone(), receiver).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stores::{later, memory, settled};
    use mako_engine::outbox::OutboxStore as _;
    use mako_engine::registry::ProcessRegistry as _;

    #[test]
    fn every_interchange_that_arrives_starts_a_process_that_queues_its_answer() {
        let store = Arc::new(memory().unwrap());
        settled(Door::new(store.clone()).unwrap().receive((0..3).map(|number| (number, anmeldung(number))))).unwrap();
        let queued: Vec<_> = settled(store.outbox_due(later(), 100)).unwrap().rows.into_iter().map(|row| row.message.kind).collect();
        let processes = settled(store.processes(&TenantId::new("9999000002010"))).unwrap();
        assert_eq!(
            processes.iter().filter(|process| process.identity.workflow.contains("ieferbeginn")).count(),
            3,
            "{processes:?} {queued:?}"
        );
        assert_eq!(queued.iter().filter(|kind| kind.starts_with("APERAK")).count(), 3, "{queued:?}");
    }

    #[test]
    fn a_marktlokation_ends_in_its_check_digit() {
        assert_eq!(malo(199_999_001), "51999990018");
    }
}
