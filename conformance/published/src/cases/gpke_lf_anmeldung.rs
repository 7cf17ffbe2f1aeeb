//! `gpke-lf-anmeldung`: the Lieferant asks for an Anmeldung, and hears an answer or none.

use mako_conformance::Source;
use mako_gpke::lf_anmeldung::{GpkeLfAnmeldungWorkflow, LfAnmeldungCommand, LfAnmeldungState, NB_RESPONSE_WINDOW_LABEL, WORKFLOW_NAME};
use time::OffsetDateTime;

use super::{FIRST, lieferant, malo, message, netzbetreiber, pid};
use crate::case::Turn::{Fires, Refuses, Takes};
use crate::case::{Armed, Case, Conversation, answer_by};
use crate::sources::file;

/// The workflow.
pub struct GpkeLfAnmeldung;

impl Case for GpkeLfAnmeldung {
    type Workflow = GpkeLfAnmeldungWorkflow;
    const NAME: &'static str = WORKFLOW_NAME;
    const CRATE: &'static str = "mako-gpke";
    const EVENTS: &'static [(&'static str, u16)] =
        &[("LfAnmeldungInitiated", 1), ("LfAnmeldungAntwortReceived", 1), ("LfAnmeldungActivated", 1), ("LfAnmeldungDeadlineExpired", 1)];
    const LABELS: &'static [&'static str] = &[NB_RESPONSE_WINDOW_LABEL];
    const SOURCES: &'static [Source] = &[file("mako-gpke-0.23.0/src/lf_anmeldung.rs")];
    const ASKS: &'static [&'static str] =
        &["Anmeldung 55001", "Anmeldung 55001 without Bilanzkreis", "Abmeldung 55004", "Bestätigung 55002", "Ablehnung 55003", "Activate"];
    const CONVERSATIONS: &'static [Conversation] = &[
        Conversation {
            name: "confirmed",
            turns: &[Takes("Anmeldung 55001"), Takes("Bestätigung 55002"), Takes("Activate")],
            ends: "Active",
        },
        Conversation { name: "refused", turns: &[Takes("Anmeldung 55001"), Takes("Ablehnung 55003")], ends: "Rejected" },
        Conversation {
            name: "answered late",
            turns: &[Takes("Abmeldung 55004"), Fires(NB_RESPONSE_WINDOW_LABEL), Takes("Bestätigung 55002")],
            ends: "Active",
        },
        Conversation {
            name: "asked again with the Bilanzkreis",
            turns: &[Refuses("Anmeldung 55001 without Bilanzkreis"), Takes("Anmeldung 55001"), Takes("Bestätigung 55002")],
            ends: "Active",
        },
    ];

    fn ask(what: &str, _at: OffsetDateTime) -> Option<LfAnmeldungCommand> {
        let asks = |number: u32, bilanzkreis: Option<&str>| {
            Some(LfAnmeldungCommand::InitiateAnmeldung {
                pid: pid(number)?,
                sender: lieferant(),
                receiver: netzbetreiber(),
                location_id: malo(),
                process_date: "20270101".to_owned(),
                transaktionsgrund: Some("E03".to_owned()),
                bilanzkreis: bilanzkreis.map(str::to_owned),
                transaktionsgrund_ergaenzung: None,
                tranchengroesse: None,
            })
        };
        let hears = |number: u32, accepted: bool| {
            let reason = (!accepted).then(|| "not ours".to_owned());
            Some(LfAnmeldungCommand::HandleAntwort { response_pid: pid(number)?, accepted, reason, response_ref: message("UTILMD-2") })
        };
        match what {
            "Anmeldung 55001" => asks(55_001, Some("11XBK-LF-------9")),
            "Anmeldung 55001 without Bilanzkreis" => asks(55_001, None),
            "Abmeldung 55004" => asks(55_004, None),
            "Bestätigung 55002" => hears(55_002, true),
            "Ablehnung 55003" => hears(55_003, false),
            "Activate" => Some(LfAnmeldungCommand::Activate),
            _ => None,
        }
    }

    fn arms(what: &str, at: OffsetDateTime, _after: &LfAnmeldungState) -> Vec<Armed> {
        match what {
            "Anmeldung 55001" => answer_by(NB_RESPONSE_WINDOW_LABEL, 55_001, at),
            "Abmeldung 55004" => answer_by(NB_RESPONSE_WINDOW_LABEL, 55_004, at),
            _ => Vec::new(),
        }
    }

    fn is_over(state: &LfAnmeldungState) -> bool {
        matches!(state, LfAnmeldungState::Active(_) | LfAnmeldungState::Rejected { .. })
    }

    fn waits_for(state: &LfAnmeldungState) -> Option<&'static str> {
        match state.offen() {
            LfAnmeldungState::New => FIRST,
            LfAnmeldungState::Pending(_) => Some("the answer of the Netzbetreiber, late"),
            _ => None,
        }
    }
}
