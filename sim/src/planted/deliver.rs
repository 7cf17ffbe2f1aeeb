//! Bugs of the delivery, worn around it.

use std::sync::Arc;

use async_trait::async_trait;
use mako_engine::outbox::OutboxMessage;
use mako_engine::worker::{Deliver, DeliverError, Delivery};
use mako_engine::{Id, planted};

use crate::application::{AS4, BACK_OFFICE};

/// The delivery of a node, and every planted bug of it.
pub struct PlantedDeliver(Arc<dyn Deliver>);

impl PlantedDeliver {
    /// Around `deliver`.
    #[must_use]
    pub fn around(deliver: Arc<dyn Deliver>) -> Self {
        Self(deliver)
    }
}

#[async_trait]
impl Deliver for PlantedDeliver {
    async fn deliver(&self, message: &OutboxMessage) -> Result<Delivery, DeliverError> {
        let mut sent = message.clone();
        if planted!(SendsUnderANewId) {
            sent.id = Id::from_u128(sent.id.as_u128() + u128::from(sent.attempts));
        }
        if planted!(RendersWithYesterdaysRelease) {
            sent.queued_at = sent.queued_at.plus_seconds(-86_400);
        }
        if planted!(AsksThePartner) && sent.message.channel == BACK_OFFICE {
            sent.message.channel = AS4.to_owned();
        }
        let outcome = self.0.deliver(&sent).await;
        match outcome {
            Err(DeliverError::Unreachable(why) | DeliverError::Transient(why)) if planted!(GivesUpAfterFiveTries) && sent.attempts >= 4 => {
                Err(DeliverError::Permanent(why))
            }
            Err(DeliverError::Permanent(why)) if planted!(TriesForGood) => Err(DeliverError::Transient(why)),
            outcome => outcome,
        }
    }

    fn lane(&self, message: &OutboxMessage) -> String {
        if planted!(QueuesAllBehindOne) && message.message.channel == AS4 { AS4.to_owned() } else { self.0.lane(message) }
    }
}
