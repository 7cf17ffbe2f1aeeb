//! Partners that answer a delivery by script, and a note of every try.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use mako_engine::outbox::OutboxMessage;
use mako_engine::testing::ManualClock;
use mako_engine::worker::{Deliver, DeliverError, Delivery, RetryPolicy, run_outbox};
use mako_engine::{Clock as _, Id, Timestamp};

use super::{House, Worker};

/// What a partner does with one try. A partner whose script is over takes everything.
#[derive(Debug, Clone)]
pub enum Act {
    Take,
    Fail(&'static str),
    Refuse(&'static str),
    Hang,
}

/// A try as the partner saw it.
#[derive(Debug, Clone, PartialEq)]
pub struct Try {
    pub at: Timestamp,
    pub recipient: String,
    pub kind: String,
    pub id: Id,
}

#[derive(Default)]
pub struct Partners {
    scripts: Mutex<BTreeMap<String, VecDeque<Act>>>,
    tries: Mutex<Vec<(OutboxMessage, Timestamp)>>,
}

pub struct Door {
    pub partners: Arc<Partners>,
    clock: ManualClock,
}

impl Partners {
    pub fn script(&self, recipient: &str, acts: impl IntoIterator<Item = Act>) {
        self.scripts.lock().unwrap().insert(recipient.to_owned(), acts.into_iter().collect());
    }

    pub fn tries(&self) -> Vec<Try> {
        let seen = |(message, at): &(OutboxMessage, Timestamp)| Try {
            at: *at,
            recipient: message.message.recipient.clone(),
            kind: message.message.kind.clone(),
            id: message.id,
        };
        self.tries.lock().unwrap().iter().map(seen).collect()
    }
}

#[async_trait]
impl Deliver for Door {
    async fn deliver(&self, message: &OutboxMessage) -> Result<Delivery, DeliverError> {
        self.partners.tries.lock().unwrap().push((message.clone(), self.clock.now()));
        let act = self.partners.scripts.lock().unwrap().get_mut(&message.message.recipient).and_then(VecDeque::pop_front);
        match act.unwrap_or(Act::Take) {
            Act::Take => Ok(Delivery { received_at: self.clock.now(), answer: None }),
            Act::Fail(why) => Err(DeliverError::Transient(why.to_owned())),
            Act::Refuse(why) => Err(DeliverError::Permanent(why.to_owned())),
            Act::Hang => std::future::pending().await,
        }
    }
}

/// After 1 minute, then every 5, for 20 minutes.
pub fn policy() -> RetryPolicy {
    RetryPolicy { intervals_s: vec![60, 300], jitter_percent: 0, horizon_s: 1_200 }
}

impl House {
    /// The outbox worker of this engine, and the partners it delivers to.
    pub fn postman(&self) -> (Worker, Arc<Partners>) {
        self.postman_by(policy())
    }

    /// As `postman`, by another policy.
    pub fn postman_by(&self, policy: RetryPolicy) -> (Worker, Arc<Partners>) {
        let partners = Arc::new(Partners::default());
        let door = Door { partners: partners.clone(), clock: self.clock.clone() };
        (Worker::new(run_outbox(self.engine.clone(), Arc::new(door), policy)), partners)
    }
}
