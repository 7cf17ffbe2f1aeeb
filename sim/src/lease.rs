//! Another worker of a node, who takes a received message under a lease and does not come back in time.
//!
//! The plan arms it. The next message that the node is about to settle is claimed in front of its eyes: the node is refused, waits for the
//! end of the lease and takes the message over. When it then settles, the other one is back and tries first, under the lease that it lost.
//! The store must refuse that; a store that takes it has lost the message, and the run breaks off. The other worker survives crashes of
//! the node, as one on another machine would.

use std::collections::{BTreeMap, BTreeSet};

use mako_engine::boundary::boundary_stream;
use mako_engine::commit::{Commit, CommitError};
use mako_engine::inbox::{InboxClaim, InboxKey, InboxSettlement, Outcome};
use mako_engine::store::Store;
use mako_engine::{Cause, TenantId};

use crate::points::sometimes;
use crate::trace::What;
use crate::world::World;

/// Who works beside the nodes of a run.
#[derive(Debug, Default)]
pub(crate) struct OtherWorkers {
    /// Nodes whose next message is taken, and for how many seconds.
    armed: BTreeMap<usize, i64>,
    /// Messages that were taken, and the token under which.
    taken: BTreeMap<(usize, InboxKey), u64>,
    /// Messages whose taker has come back and was refused.
    refused: BTreeSet<(usize, InboxKey)>,
}

impl OtherWorkers {
    /// The next message that `node` works off is taken for so many seconds.
    pub(crate) fn arm(&mut self, node: usize, for_s: i64) {
        self.armed.insert(node, for_s);
    }

    /// Nobody takes anything any more. Whoever has something keeps it until his lease ends.
    pub(crate) fn calm(&mut self) {
        self.armed.clear();
    }
}

/// What the other worker of `node` does before `commit` is made on `store`.
///
/// # Errors
/// The store fails.
pub(crate) async fn comes_between(world: &World, node: usize, store: &dyn Store, commit: &Commit) -> Result<(), CommitError> {
    let Some(settlement) = &commit.settles_inbox else { return Ok(()) };
    let place = (node, settlement.key.clone());
    if settlement.token.is_none()
        && let Some(for_s) = world.others(|others| others.armed.remove(&node))
    {
        let until = commit.at.plus_seconds(for_s);
        let mut claim = by_another(commit);
        claim.claims_inbox = Some(InboxClaim { key: settlement.key.clone(), until });
        let Some(token) = store.append_with_outbox(claim).await?.inbox_token else { return Ok(()) };
        world.others(|others| others.taken.insert(place, token));
        let (from, message_id) = (settlement.key.sender.clone(), settlement.key.message_id.clone());
        world.trace(node, What::Leased { from, message_id, until });
        return Ok(());
    }
    let lost = world.others(|others| others.taken.get(&place).copied().filter(|_| !others.refused.contains(&place)));
    let (Some(token), true) = (lost, settlement.token.is_some()) else { return Ok(()) };
    let mut late = by_another(commit);
    late.settles_inbox = Some(InboxSettlement { token: Some(token), last: true, outcome: Outcome::Processed, ..settlement.clone() });
    match store.append_with_outbox(late).await {
        Err(CommitError::InboxConflict { .. }) => {
            sometimes!(world, CameTooLate, true);
            world.others(|others| others.refused.insert(place));
            Ok(())
        }
        Err(error) => Err(error),
        Ok(_) => {
            let id = &settlement.key.message_id;
            world.refused(format!("{}: a worker whose lease had been taken over settled {id}, and nothing came of it", world.name(node)));
            Ok(())
        }
    }
}

/// A commit of the other worker, at the instant of `commit`.
fn by_another(commit: &Commit) -> Commit {
    let tenant: TenantId = commit.tenant.clone();
    Commit::new(tenant, boundary_stream(), commit.at, Cause::Command("another worker".to_owned()))
}
