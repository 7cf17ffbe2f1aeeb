//! `geli-gas-supplier-change`: the Netzbetreiber of a gas network answers Anmeldung and Abmeldung, and asks for what he begins himself.

use mako_conformance::Source;
use mako_engine_published::lf_vorgang::LfVorgangsdaten;
use mako_geli_gas::lieferbeginn::{
    GasProcessVariant, GasSupplierChangeCommand, GasSupplierChangeState, GeliGasSupplierChangeWorkflow, RESPONSE_WINDOW_LABEL,
    WORKFLOW_NAME,
};
use time::OffsetDateTime;

use super::{FIRST, day, errors, lieferant, malo, message, netzbetreiber, pid};
use crate::case::Turn::{Fires, Takes};
use crate::case::{Armed, Case, Conversation, answer_by};
use crate::sources::file;

/// The workflow.
pub struct GeliGasSupplierChange;

impl Case for GeliGasSupplierChange {
    type Workflow = GeliGasSupplierChangeWorkflow;
    const NAME: &'static str = WORKFLOW_NAME;
    const CRATE: &'static str = "mako-geli-gas";
    const EVENTS: &'static [(&'static str, u16)] = &[
        ("GasSupplierChangeInitiated", 1),
        ("GasSupplierChangeValidationPassed", 1),
        ("GasSupplierChangeAntwortGesendet", 1),
        ("GasSupplierChangeGnbProcessInitiated", 1),
        ("GasSupplierChangeGnbAntwortErhalten", 1),
        ("GasSupplierChangeActivated", 1),
        ("GasSupplierChangeSchweigenWirksam", 1),
        ("GasSupplierChangeRejected", 1),
        ("GasSupplierChangeDeadlineExpired", 1),
    ];
    const LABELS: &'static [&'static str] =
        &[RESPONSE_WINDOW_LABEL, mako_fristen::APERAK_GAS_INITIALPROZESS_LABEL, mako_fristen::APERAK_GAS_FOLGEPROZESS_LABEL];
    const SOURCES: &'static [Source] = &[file("mako-geli-gas-0.23.0/src/lieferbeginn.rs")];
    const ASKS: &'static [&'static str] = &[
        "Anmeldung 44001",
        "Anmeldung 44001, not valid",
        "Abmeldung 44004",
        "Abmeldung 44004, not valid",
        "Bestätigung",
        "Ablehnung",
        "Activate",
        "sends Abmeldung 44007",
        "sends Zuordnung 44013",
        "Bestätigung 44008",
        "Bestätigung 44014",
        "Ablehnung 44015",
    ];
    const CONVERSATIONS: &'static [Conversation] = &[
        Conversation { name: "confirmed", turns: &[Takes("Anmeldung 44001"), Takes("Bestätigung"), Takes("Activate")], ends: "Active" },
        Conversation { name: "refused", turns: &[Takes("Anmeldung 44001"), Takes("Ablehnung")], ends: "Rejected" },
        Conversation {
            name: "confirmed late",
            turns: &[Takes("Anmeldung 44001"), Fires(RESPONSE_WINDOW_LABEL), Takes("Bestätigung"), Takes("Activate")],
            ends: "Active",
        },
        Conversation { name: "not valid", turns: &[Takes("Anmeldung 44001, not valid")], ends: "Rejected" },
        Conversation { name: "Abmeldung confirmed", turns: &[Takes("Abmeldung 44004"), Takes("Bestätigung")], ends: "AntwortGesendet" },
        Conversation {
            name: "Zuordnung, and silence is consent",
            turns: &[Takes("sends Zuordnung 44013"), Fires(RESPONSE_WINDOW_LABEL)],
            ends: "Completed",
        },
        Conversation { name: "Zuordnung refused", turns: &[Takes("sends Zuordnung 44013"), Takes("Ablehnung 44015")], ends: "Rejected" },
    ];

    fn ask(what: &str, at: OffsetDateTime) -> Option<GasSupplierChangeCommand> {
        let receives = |number: u32, is_valid: bool| {
            Some(GasSupplierChangeCommand::ReceiveUtilmd {
                pid: pid(number)?,
                sender: lieferant(),
                receiver: netzbetreiber(),
                malo_id: malo(),
                document_date: day(at),
                process_date: "20270101".to_owned(),
                message_ref: message("UTILMD-1"),
                validation_passed: is_valid,
                validation_errors: errors(is_valid),
                received_at: at,
                bilanzierungsmethode: Some("SLP".to_owned()),
                vorgang: LfVorgangsdaten { vorgangsnummer: Some("VORGANG-1".to_owned()), ..LfVorgangsdaten::default() },
                fallgruppe: None,
                gasqualitaet: Some("H".to_owned()),
            })
        };
        let answers = |accepted: bool| {
            let (code, bemerkung) = if accepted { ("E15", None) } else { ("E14", Some("not ours".to_owned())) };
            Some(GasSupplierChangeCommand::SendAntwort { accepted, antwort_code: code.to_owned(), bemerkung, obligations: Vec::new() })
        };
        let sends = |number: u32| {
            Some(GasSupplierChangeCommand::InitiateGnbProcess {
                pid: pid(number)?,
                sender: netzbetreiber(),
                receiver: lieferant(),
                malo_id: malo(),
                document_date: day(at),
                process_date: "20270101".to_owned(),
                message_ref: message("UTILMD-1"),
            })
        };
        let hears = |number: u32, accepted: bool| {
            let reason = (!accepted).then(|| "not ours".to_owned());
            Some(GasSupplierChangeCommand::ReceiveGnbAntwort { response_pid: pid(number)?, accepted, reason })
        };
        match what {
            "Anmeldung 44001" => receives(44_001, true),
            "Anmeldung 44001, not valid" => receives(44_001, false),
            "Abmeldung 44004" => receives(44_004, true),
            "Abmeldung 44004, not valid" => receives(44_004, false),
            "Bestätigung" => answers(true),
            "Ablehnung" => answers(false),
            "Activate" => Some(GasSupplierChangeCommand::Activate),
            "sends Abmeldung 44007" => sends(44_007),
            "sends Zuordnung 44013" => sends(44_013),
            "Bestätigung 44008" => hears(44_008, true),
            "Bestätigung 44014" => hears(44_014, true),
            "Ablehnung 44015" => hears(44_015, false),
            _ => None,
        }
    }

    fn arms(what: &str, at: OffsetDateTime, _after: &GasSupplierChangeState) -> Vec<Armed> {
        // What is received sets its own window.
        match what {
            "sends Abmeldung 44007" => answer_by(RESPONSE_WINDOW_LABEL, 44_007, at),
            "sends Zuordnung 44013" => answer_by(RESPONSE_WINDOW_LABEL, 44_013, at),
            _ => Vec::new(),
        }
    }

    fn is_over(state: &GasSupplierChangeState) -> bool {
        state.is_terminal()
    }

    fn waits_for(state: &GasSupplierChangeState) -> Option<&'static str> {
        match state.offen() {
            GasSupplierChangeState::New => FIRST,
            GasSupplierChangeState::ValidationPassed(_) => Some("the answer of the Netzbetreiber's back office, late"),
            GasSupplierChangeState::GnbPending(_) => Some("the answer of the Lieferant, late"),
            // They take the activation of an Anmeldung, and of nothing else.
            GasSupplierChangeState::AntwortGesendet { data, .. } => {
                (data.variant == GasProcessVariant::LieferbeginnGas).then_some("the activation")
            }
            _ => None,
        }
    }
}
