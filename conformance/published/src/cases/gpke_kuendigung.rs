//! `gpke-kuendigung`: the supplier in possession is given notice, and answers.

use mako_conformance::Source;
use mako_gpke::kuendigung::{GpkeKuendigungWorkflow, KUENDIGUNG_ANTWORT_WINDOW_LABEL, KuendigungCommand, KuendigungState, WORKFLOW_NAME};
use mako_gpke::{LfAntwort, LfVorgangsdaten};
use time::OffsetDateTime;

use super::{FIRST, day, errors, lieferant, malo, message, netzbetreiber, pid};
use crate::case::Turn::{Fires, Takes};
use crate::case::{Armed, Case, Conversation, answer_by};
use crate::sources::file;

/// The workflow.
pub struct GpkeKuendigung;

impl Case for GpkeKuendigung {
    type Workflow = GpkeKuendigungWorkflow;
    const NAME: &'static str = WORKFLOW_NAME;
    const CRATE: &'static str = "mako-gpke";
    const EVENTS: &'static [(&'static str, u16)] = &[
        ("KuendigungKuendigungErhalten", 1),
        ("KuendigungValidationPassed", 1),
        ("KuendigungAntwortGesendet", 1),
        ("KuendigungBeendet", 1),
        ("KuendigungRejected", 1),
        ("KuendigungDeadlineExpired", 1),
    ];
    const LABELS: &'static [&'static str] = &[KUENDIGUNG_ANTWORT_WINDOW_LABEL];
    const SOURCES: &'static [Source] = &[file("mako-gpke-0.23.0/src/kuendigung.rs"), file("mako-gpke-0.23.0/src/lf_antwort.rs")];
    const ASKS: &'static [&'static str] =
        &["Kündigung 55016", "Kündigung 55016, not valid", "Bestätigung", "Ablehnung", "BeendenBestaetigen"];
    const CONVERSATIONS: &'static [Conversation] = &[
        Conversation {
            name: "confirmed",
            turns: &[Takes("Kündigung 55016"), Takes("Bestätigung"), Takes("BeendenBestaetigen")],
            ends: "Beendet",
        },
        Conversation { name: "refused", turns: &[Takes("Kündigung 55016"), Takes("Ablehnung")], ends: "Rejected" },
        Conversation {
            name: "refused late",
            turns: &[Takes("Kündigung 55016"), Fires(KUENDIGUNG_ANTWORT_WINDOW_LABEL), Takes("Ablehnung")],
            ends: "Rejected",
        },
        Conversation { name: "not valid", turns: &[Takes("Kündigung 55016, not valid")], ends: "Rejected" },
    ];

    fn ask(what: &str, at: OffsetDateTime) -> Option<KuendigungCommand> {
        let receives = |is_valid: bool| {
            Some(KuendigungCommand::ReceiveKuendigung {
                pid: pid(55_016)?,
                sender: netzbetreiber(),
                receiver: lieferant(),
                location_id: malo(),
                document_date: day(at),
                process_date: "20270101".to_owned(),
                message_ref: message("UTILMD-1"),
                vorgang: Box::new(LfVorgangsdaten { vorgangsnummer: Some("VORGANG-1".to_owned()), ..LfVorgangsdaten::default() }),
                validation_passed: is_valid,
                validation_errors: errors(is_valid),
            })
        };
        match what {
            "Kündigung 55016" => receives(true),
            "Kündigung 55016, not valid" => receives(false),
            "Bestätigung" => Some(KuendigungCommand::SendAntwort { antwort: LfAntwort::zustimmung("A36", "E_0624") }),
            "Ablehnung" => {
                Some(KuendigungCommand::SendAntwort { antwort: LfAntwort::ablehnung("A35", "E_0624").with_bemerkung("Widerspruch") })
            }
            "BeendenBestaetigen" => Some(KuendigungCommand::BeendenBestaetigen),
            _ => None,
        }
    }

    fn arms(what: &str, at: OffsetDateTime, _after: &KuendigungState) -> Vec<Armed> {
        if what == "Kündigung 55016" { answer_by(KUENDIGUNG_ANTWORT_WINDOW_LABEL, 55_016, at) } else { Vec::new() }
    }

    fn is_over(state: &KuendigungState) -> bool {
        matches!(state, KuendigungState::Beendet(_) | KuendigungState::Rejected { .. })
    }

    fn waits_for(state: &KuendigungState) -> Option<&'static str> {
        match state.offen() {
            KuendigungState::New => FIRST,
            KuendigungState::ValidationPassed(_) => Some("the answer of the supplier's back office, late"),
            KuendigungState::AntwortGesendet { .. } => Some("the end of the supply"),
            _ => None,
        }
    }
}
