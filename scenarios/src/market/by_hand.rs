//! Decisions by hand in a store of the market: an engine for a person at a desk, and the way of a command from its stored form to its
//! process.
//!
//! Such an engine takes no messages and sends none; what a decision queues is sent by whoever runs the store next. So it needs no master
//! data.

use std::sync::Arc;

use mako_engine::engine::{ByHand, WiringErrors};
use mako_engine::fristen::RulebookId;
use mako_engine::registry::ProcessRecord;
use mako_engine::store::Store;
use mako_engine::{EngineBuilder, EngineContext, SystemClock, SystemIds, TenantId, Timestamp};
use mako_sim::edifact::MpId;
use mako_sim::plan::Plan;
use mako_sim::received::sent_under;

use super::{DecideError, Market, processes, wired};

impl Market {
    /// An engine of `tenant` with every workflow of the market over `store`, for decisions by hand.
    ///
    /// # Errors
    /// [`WiringErrors`], when two processes do not get along: a bug of this crate.
    pub fn desk(tenant: TenantId, store: Arc<dyn Store>) -> Result<EngineContext, WiringErrors> {
        let no_master_data = Plan {
            title: String::new(),
            source: String::new(),
            rulebook: RulebookId::MAKO_ENGINE,
            seed: 0,
            parties: Vec::new(),
            objects: Vec::new(),
            steps: Vec::new(),
            until: Timestamp::EPOCH,
            expects: Vec::new(),
            variants: Vec::new(),
            disturbance: None,
        };
        let me = tenant.as_str().parse::<MpId>().ok();
        let builder = EngineBuilder::new(tenant, store, Arc::new(SystemClock), Arc::new(SystemIds));
        // As at a node: a partner who refuses what is queued here must find the process.
        let builder = builder.sent_under(move |queued| sent_under(me.as_ref()?, queued));
        wired(&no_master_data, builder).build()
    }

    /// Gives `process` the decision of a person: `command`, in the form in which the histories of its workflow have it, such as
    /// `{"Found": {"accepts": true}}`.
    ///
    /// # Errors
    /// [`DecideError`]; then nothing was written.
    pub async fn decide(
        engine: &EngineContext,
        process: &ProcessRecord,
        command: &serde_json::Value,
        by_hand: &ByHand,
    ) -> Result<(), DecideError> {
        for known in processes() {
            if let Some(decided) = known.decide(engine, process, command, by_hand).await {
                return decided;
            }
        }
        Err(DecideError::NoWorkflow(process.identity.workflow.clone()))
    }
}
