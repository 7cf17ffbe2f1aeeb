//! `gpke-supplier-change`: the Netzbetreiber is asked for an Anmeldung or Abmeldung, and answers.

use mako_conformance::Source;
use mako_gpke::LfAntwort;
use mako_gpke::wechselprozesse::{
    GPKE_PROCESS_RESPONSE_LABEL, GpkeSupplierChangeWorkflow, SupplierChangeCommand, SupplierChangeState, WORKFLOW_NAME,
};
use time::OffsetDateTime;

use super::{FIRST, day, errors, lieferant, malo, message, netzbetreiber, pid};
use crate::case::Turn::{Fires, Takes};
use crate::case::{Armed, Case, Conversation, answer_by};
use crate::sources::file;

/// The workflow.
pub struct GpkeSupplierChange;

impl Case for GpkeSupplierChange {
    type Workflow = GpkeSupplierChangeWorkflow;
    const NAME: &'static str = WORKFLOW_NAME;
    const CRATE: &'static str = "mako-gpke";
    const EVENTS: &'static [(&'static str, u16)] = &[
        ("SupplierChangeInitiated", 1),
        ("SupplierChangeValidationPassed", 1),
        ("SupplierChangeAntwortGesendet", 1),
        ("SupplierChangeActivated", 1),
        ("SupplierChangeRejected", 1),
        ("SupplierChangeDeadlineExpired", 1),
        ("SupplierChangeVollzugsmeldungReceived", 1),
    ];
    const LABELS: &'static [&'static str] = &[GPKE_PROCESS_RESPONSE_LABEL, mako_fristen::APERAK_STROM_WINDOW_LABEL];
    const SOURCES: &'static [Source] = &[file("mako-gpke-0.23.0/src/wechselprozesse.rs"), file("mako-gpke-0.23.0/src/lf_antwort.rs")];
    const ASKS: &'static [&'static str] = &[
        "Anmeldung 55001",
        "Anmeldung 55001, not valid",
        "Abmeldung 55004",
        "Anmeldung 55077",
        "Bestätigung",
        "Ablehnung",
        "Activate",
        "Vollzugsmeldung 21024",
    ];
    const CONVERSATIONS: &'static [Conversation] = &[
        Conversation { name: "confirmed", turns: &[Takes("Anmeldung 55001"), Takes("Bestätigung"), Takes("Activate")], ends: "Active" },
        Conversation { name: "refused", turns: &[Takes("Anmeldung 55001"), Takes("Ablehnung")], ends: "Rejected" },
        Conversation {
            name: "confirmed late",
            turns: &[Takes("Anmeldung 55077"), Fires(GPKE_PROCESS_RESPONSE_LABEL), Takes("Bestätigung"), Takes("Activate")],
            ends: "Active",
        },
        Conversation { name: "not valid", turns: &[Takes("Anmeldung 55001, not valid")], ends: "Rejected" },
        Conversation {
            name: "Abmeldung confirmed",
            turns: &[Takes("Abmeldung 55004"), Takes("Bestätigung"), Takes("Activate"), Takes("Vollzugsmeldung 21024")],
            ends: "Active",
        },
    ];

    fn ask(what: &str, at: OffsetDateTime) -> Option<SupplierChangeCommand> {
        let receives = |number: u32, is_valid: bool| {
            Some(SupplierChangeCommand::ReceiveUtilmd {
                pid: pid(number)?,
                sender: lieferant(),
                receiver: netzbetreiber(),
                location_id: malo(),
                document_date: day(at),
                process_date: "20270101".to_owned(),
                bilanzierungsgebiet: None,
                bilanzierungsmethode: Some("SLP".to_owned()),
                fallgruppe: None,
                transaktionsgrund: Some("E03".to_owned()),
                transaktionsgrund_ergaenzung: Some(if number == 55_077 { "ZW0" } else { "ZW4" }.to_owned()),
                veraeusserungsform: None,
                tranchengroesse_prozent: None,
                vorgangsnummer: Some("VORGANG-1".to_owned()),
                produktpaket_id: Some("1".to_owned()),
                kunde_name: None,
                kunde_namensformat: None,
                message_ref: message("UTILMD-1"),
                received_at: at,
                validation_passed: is_valid,
                validation_errors: errors(is_valid),
            })
        };
        let answers =
            |antwort: LfAntwort| Some(SupplierChangeCommand::SendAntwort { antwort, obligations: Vec::new(), lfa_lieferende: None });
        match what {
            "Anmeldung 55001" => receives(55_001, true),
            "Anmeldung 55001, not valid" => receives(55_001, false),
            "Abmeldung 55004" => receives(55_004, true),
            "Anmeldung 55077" => receives(55_077, true),
            "Bestätigung" => answers(LfAntwort::zustimmung("A01", "E_0622")),
            "Ablehnung" => answers(LfAntwort::ablehnung("A02", "E_0622").with_bemerkung("not ours")),
            "Activate" => Some(SupplierChangeCommand::Activate),
            "Vollzugsmeldung 21024" => Some(SupplierChangeCommand::ReceiveVollzugsmeldung {
                pid: pid(21_024)?,
                sender: lieferant(),
                receiver: netzbetreiber(),
                message_ref: message("IFTSTA-1"),
                validation_passed: true,
                validation_errors: Vec::new(),
            }),
            _ => None,
        }
    }

    fn arms(what: &str, at: OffsetDateTime, after: &SupplierChangeState) -> Vec<Armed> {
        let asked = match what {
            "Anmeldung 55001" => 55_001,
            "Abmeldung 55004" => 55_004,
            "Anmeldung 55077" => 55_077,
            _ => return Vec::new(),
        };
        if Self::is_over(after) { Vec::new() } else { answer_by(GPKE_PROCESS_RESPONSE_LABEL, asked, at) }
    }

    fn is_over(state: &SupplierChangeState) -> bool {
        matches!(state, SupplierChangeState::Active(_) | SupplierChangeState::Rejected { .. })
    }

    fn waits_for(state: &SupplierChangeState) -> Option<&'static str> {
        match state.offen() {
            SupplierChangeState::New => FIRST,
            SupplierChangeState::ValidationPassed(_) => Some("the answer of the Netzbetreiber's back office, late"),
            SupplierChangeState::AntwortGesendet { .. } => Some("the activation"),
            _ => None,
        }
    }
}
