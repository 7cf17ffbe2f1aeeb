//! `mabis-clearingliste`: a list is received and kept.

use mako_conformance::Source;
use mako_engine_published::types::BillingPeriod;
use mako_mabis::clearingliste::{ClearinglisteCommand, ClearinglisteState, MabisClearinglisteWorkflow, WORKFLOW_NAME};
use time::OffsetDateTime;

use super::{FIRST, day, errors, lieferant, message, netzbetreiber, pid};
use crate::case::Turn::{Refuses, Takes};
use crate::case::{Case, Conversation};
use crate::sources::file;

/// The workflow.
pub struct MabisClearingliste;

impl Case for MabisClearingliste {
    type Workflow = MabisClearinglisteWorkflow;
    const NAME: &'static str = WORKFLOW_NAME;
    const CRATE: &'static str = "mako-mabis";
    const EVENTS: &'static [(&'static str, u16)] =
        &[("MabisClearinglisteErhalten", 1), ("MabisClearinglisteValidationPassed", 1), ("MabisClearinglisteValidationFailed", 1)];
    const LABELS: &'static [&'static str] = &[];
    const SOURCES: &'static [Source] = &[file("mako-mabis-0.23.0/src/clearingliste.rs")];
    const ASKS: &'static [&'static str] = &["Clearingliste 55069", "Clearingliste 55070", "Clearingliste 55069, not valid", "Liste 55065"];
    const CONVERSATIONS: &'static [Conversation] = &[
        Conversation { name: "kept", turns: &[Refuses("Liste 55065"), Takes("Clearingliste 55069")], ends: "ValidationPassed" },
        Conversation { name: "not valid", turns: &[Takes("Clearingliste 55069, not valid")], ends: "ValidationFailed" },
    ];

    fn ask(what: &str, at: OffsetDateTime) -> Option<ClearinglisteCommand> {
        let receives = |number: u32, is_valid: bool| {
            Some(ClearinglisteCommand::ReceiveClearingliste {
                pid: pid(number)?,
                sender: netzbetreiber(),
                receiver: lieferant(),
                billing_period: BillingPeriod::new("2026-09"),
                document_date: day(at),
                message_ref: message("UTILMD-1"),
                validation_passed: is_valid,
                validation_errors: errors(is_valid),
            })
        };
        match what {
            "Clearingliste 55069" => receives(55_069, true),
            "Clearingliste 55070" => receives(55_070, true),
            "Clearingliste 55069, not valid" => receives(55_069, false),
            "Liste 55065" => receives(55_065, true),
            _ => None,
        }
    }

    fn is_over(state: &ClearinglisteState) -> bool {
        matches!(state, ClearinglisteState::ValidationPassed(_) | ClearinglisteState::ValidationFailed { .. })
    }

    fn waits_for(state: &ClearinglisteState) -> Option<&'static str> {
        if matches!(state, ClearinglisteState::New) { FIRST } else { None }
    }
}
