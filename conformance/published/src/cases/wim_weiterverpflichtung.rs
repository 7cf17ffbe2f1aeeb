//! `wim-weiterverpflichtung`: the Messstellenbetreiber who leaves is asked to stay on, and answers.

use mako_conformance::Source;
use mako_engine_published::types::Sparte;
use mako_wim::weiterverpflichtung::{
    ANTWORT_WINDOW_LABEL, AUFTRAG_PID, WORKFLOW_NAME, WeiterverpflichtungCommand, WeiterverpflichtungState, WimWeiterverpflichtungWorkflow,
};
use time::OffsetDateTime;

use super::{FIRST, errors, melo, message, messstellenbetreiber, netzbetreiber, pid};
use crate::case::Turn::{Fires, Refuses, Takes};
use crate::case::{Armed, Case, Conversation, answer_by};
use crate::sources::file;

/// The workflow.
pub struct WimWeiterverpflichtung;

impl Case for WimWeiterverpflichtung {
    type Workflow = WimWeiterverpflichtungWorkflow;
    const NAME: &'static str = WORKFLOW_NAME;
    const CRATE: &'static str = "mako-wim";
    const EVENTS: &'static [(&'static str, u16)] = &[
        ("WimWeiterverpflichtungAuftragEmpfangen", 1),
        ("WimWeiterverpflichtungAntwortGesendet", 1),
        ("WimWeiterverpflichtungRejected", 1),
        ("WimWeiterverpflichtungDeadlineExpired", 1),
    ];
    const LABELS: &'static [&'static str] = &[ANTWORT_WINDOW_LABEL];
    const SOURCES: &'static [Source] = &[file("mako-wim-0.23.0/src/weiterverpflichtung.rs")];
    const ASKS: &'static [&'static str] =
        &["Auftrag 17002", "Auftrag 17002 in gas", "Auftrag 17002, not valid", "consent Z13", "refusal Z22", "another date Z14 without it"];
    const CONVERSATIONS: &'static [Conversation] = &[
        Conversation { name: "consented", turns: &[Takes("Auftrag 17002"), Takes("consent Z13")], ends: "Beantwortet" },
        Conversation {
            name: "refused",
            turns: &[Takes("Auftrag 17002"), Refuses("another date Z14 without it"), Takes("refusal Z22")],
            ends: "Beantwortet",
        },
        Conversation {
            name: "consented late",
            turns: &[Takes("Auftrag 17002 in gas"), Fires(ANTWORT_WINDOW_LABEL), Takes("consent Z13")],
            ends: "Beantwortet",
        },
        Conversation { name: "not valid", turns: &[Takes("Auftrag 17002, not valid")], ends: "Rejected" },
    ];

    fn ask(what: &str, _at: OffsetDateTime) -> Option<WeiterverpflichtungCommand> {
        let receives = |sparte: Sparte, is_valid: bool| {
            Some(WeiterverpflichtungCommand::ReceiveAuftrag {
                pid: pid(AUFTRAG_PID)?,
                nb: netzbetreiber(),
                msba: messstellenbetreiber(),
                melo_id: melo(),
                verschobenes_zuordnungsende: "20270101".to_owned(),
                message_ref: message("ORDERS-1"),
                validation_passed: is_valid,
                validation_errors: errors(is_valid),
                sparte,
            })
        };
        let answers = |code: &str, termin: Option<&str>| {
            let abweichender_termin = termin.map(str::to_owned);
            Some(WeiterverpflichtungCommand::DispatchAntwort { antwort_code: code.to_owned(), abweichender_termin })
        };
        match what {
            "Auftrag 17002" => receives(Sparte::Strom, true),
            "Auftrag 17002 in gas" => receives(Sparte::Gas, true),
            "Auftrag 17002, not valid" => receives(Sparte::Strom, false),
            "consent Z13" => answers("Z13", None),
            "refusal Z22" => answers("Z22", Some("20261201")),
            "another date Z14 without it" => answers("Z14", None),
            _ => None,
        }
    }

    fn arms(what: &str, at: OffsetDateTime, _after: &WeiterverpflichtungState) -> Vec<Armed> {
        match what {
            "Auftrag 17002" | "Auftrag 17002 in gas" => answer_by(ANTWORT_WINDOW_LABEL, AUFTRAG_PID, at),
            _ => Vec::new(),
        }
    }

    fn is_over(state: &WeiterverpflichtungState) -> bool {
        matches!(state, WeiterverpflichtungState::Beantwortet(_) | WeiterverpflichtungState::Rejected { .. })
    }

    fn waits_for(state: &WeiterverpflichtungState) -> Option<&'static str> {
        match state.offen() {
            WeiterverpflichtungState::New => FIRST,
            WeiterverpflichtungState::AuftragEmpfangen(_) => Some("the answer of the back office, late"),
            _ => None,
        }
    }
}
