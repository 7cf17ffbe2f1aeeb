//! `geli-gas-lf-anmeldung`: the Lieferant asks for a gas Anmeldung or Kündigung, and hears an answer or none.

use mako_conformance::Source;
use mako_geli_gas::lf_anmeldung::{
    GNB_RESPONSE_WINDOW_LABEL, GeliGasLfAnmeldungCommand, GeliGasLfAnmeldungState, GeliGasLfAnmeldungWorkflow, WORKFLOW_NAME,
};
use time::OffsetDateTime;

use super::{FIRST, lieferant, malo, message, netzbetreiber, pid};
use crate::case::Turn::{Fires, Refuses, Takes};
use crate::case::{Armed, Case, Conversation, answer_by};
use crate::sources::file;

/// The workflow.
pub struct GeliGasLfAnmeldung;

impl Case for GeliGasLfAnmeldung {
    type Workflow = GeliGasLfAnmeldungWorkflow;
    const NAME: &'static str = WORKFLOW_NAME;
    const CRATE: &'static str = "mako-geli-gas";
    const EVENTS: &'static [(&'static str, u16)] = &[
        ("GeliGasLfAnmeldungInitiated", 1),
        ("GeliGasLfAnmeldungAntwortReceived", 1),
        ("GeliGasLfAnmeldungActivated", 1),
        ("GeliGasLfAnmeldungDeadlineExpired", 1),
    ];
    const LABELS: &'static [&'static str] = &[GNB_RESPONSE_WINDOW_LABEL];
    const SOURCES: &'static [Source] = &[file("mako-geli-gas-0.23.0/src/lf_anmeldung.rs")];
    const ASKS: &'static [&'static str] = &[
        "Anmeldung 44001",
        "Anmeldung 44001 without Bilanzkreis",
        "Kündigung 44016",
        "Bestätigung 44002",
        "Ablehnung 44003",
        "Ablehnung 44018",
        "Activate",
    ];
    const CONVERSATIONS: &'static [Conversation] = &[
        Conversation {
            name: "confirmed",
            turns: &[
                Refuses("Anmeldung 44001 without Bilanzkreis"),
                Takes("Anmeldung 44001"),
                Takes("Bestätigung 44002"),
                Takes("Activate"),
            ],
            ends: "Completed",
        },
        Conversation { name: "refused", turns: &[Takes("Anmeldung 44001"), Takes("Ablehnung 44003")], ends: "Rejected" },
        Conversation {
            name: "Kündigung refused late",
            turns: &[Takes("Kündigung 44016"), Fires(GNB_RESPONSE_WINDOW_LABEL), Takes("Ablehnung 44018")],
            ends: "Rejected",
        },
    ];

    fn ask(what: &str, at: OffsetDateTime) -> Option<GeliGasLfAnmeldungCommand> {
        let asks = |number: u32, bilanzkreis: Option<&str>| {
            Some(GeliGasLfAnmeldungCommand::InitiateAnmeldung {
                pid: pid(number)?,
                sender: lieferant(),
                receiver: netzbetreiber(),
                malo_id: malo(),
                zaehlpunkt: "DE0001234567890123456789012345678".to_owned(),
                process_date: "20270101".to_owned(),
                transaktionsgrund: Some("E03".to_owned()),
                bilanzkreis: bilanzkreis.map(str::to_owned),
                received_at: at,
            })
        };
        let hears = |number: u32, accepted: bool| {
            let reason = (!accepted).then(|| "not ours".to_owned());
            Some(GeliGasLfAnmeldungCommand::HandleAntwort {
                response_pid: pid(number)?,
                accepted,
                reason,
                response_ref: message("UTILMD-2"),
            })
        };
        match what {
            "Anmeldung 44001" => asks(44_001, Some("THE0BFL012340000")),
            "Anmeldung 44001 without Bilanzkreis" => asks(44_001, None),
            "Kündigung 44016" => asks(44_016, None),
            "Bestätigung 44002" => hears(44_002, true),
            "Ablehnung 44003" => hears(44_003, false),
            "Ablehnung 44018" => hears(44_018, false),
            "Activate" => Some(GeliGasLfAnmeldungCommand::Activate),
            _ => None,
        }
    }

    fn arms(what: &str, at: OffsetDateTime, _after: &GeliGasLfAnmeldungState) -> Vec<Armed> {
        match what {
            "Anmeldung 44001" => answer_by(GNB_RESPONSE_WINDOW_LABEL, 44_001, at),
            "Kündigung 44016" => answer_by(GNB_RESPONSE_WINDOW_LABEL, 44_016, at),
            _ => Vec::new(),
        }
    }

    fn is_over(state: &GeliGasLfAnmeldungState) -> bool {
        state.is_terminal()
    }

    fn waits_for(state: &GeliGasLfAnmeldungState) -> Option<&'static str> {
        match state.offen() {
            GeliGasLfAnmeldungState::New => FIRST,
            GeliGasLfAnmeldungState::Pending(_) => Some("the answer, late"),
            GeliGasLfAnmeldungState::Active(_) => Some("the activation"),
            _ => None,
        }
    }
}
