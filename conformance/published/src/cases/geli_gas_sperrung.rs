//! `geli-gas-sperrung-nb`: the Netzbetreiber of a gas network is told to interrupt the supply, does it or not, or is told to leave it.

use mako_conformance::Source;
use mako_geli_gas::sperrung_nb::{
    ANTWORT_WINDOW_LABEL, GasSperrungNbCommand, GasSperrungNbState, GeliGasSperrungNbWorkflow, WORKFLOW_NAME,
};
use time::OffsetDateTime;

use super::{FIRST, day, errors, lieferant, malo, message, netzbetreiber, pid};
use crate::case::Turn::{Fires, Takes};
use crate::case::{Armed, Case, Conversation, answer_by};
use crate::sources::file;

/// The workflow.
pub struct GeliGasSperrung;

impl Case for GeliGasSperrung {
    type Workflow = GeliGasSperrungNbWorkflow;
    const NAME: &'static str = WORKFLOW_NAME;
    const CRATE: &'static str = "mako-geli-gas";
    const EVENTS: &'static [(&'static str, u16)] = &[
        ("GasSperrungNbAnweisungErhalten", 1),
        ("GasSperrungNbValidationPassed", 1),
        ("GasSperrungNbAusfuehrungBestaetigt", 1),
        ("GasSperrungNbStornierungErhalten", 1),
        ("GasSperrungNbMsbAntwortErhalten", 1),
        ("GasSperrungNbRejected", 1),
        ("GasSperrungNbDeadlineExpired", 1),
    ];
    const LABELS: &'static [&'static str] = &[ANTWORT_WINDOW_LABEL];
    const SOURCES: &'static [Source] = &[file("mako-geli-gas-0.23.0/src/sperrung_nb.rs")];
    const ASKS: &'static [&'static str] = &[
        "Sperrauftrag 17115",
        "Sperrauftrag 17115, not valid",
        "Entsperrauftrag 17117",
        "executed",
        "not executed",
        "Stornierung 39000",
        "Antwort des MSB 19118",
    ];
    const CONVERSATIONS: &'static [Conversation] = &[
        Conversation {
            name: "executed",
            turns: &[Takes("Sperrauftrag 17115"), Takes("Antwort des MSB 19118"), Takes("executed")],
            ends: "Ausgefuehrt",
        },
        Conversation { name: "not executed", turns: &[Takes("Sperrauftrag 17115"), Takes("not executed")], ends: "Rejected" },
        Conversation { name: "taken back", turns: &[Takes("Sperrauftrag 17115"), Takes("Stornierung 39000")], ends: "Storniert" },
        Conversation {
            name: "executed late",
            turns: &[Takes("Entsperrauftrag 17117"), Fires(ANTWORT_WINDOW_LABEL), Takes("executed")],
            ends: "Ausgefuehrt",
        },
        Conversation { name: "not valid", turns: &[Takes("Sperrauftrag 17115, not valid")], ends: "Rejected" },
    ];

    fn ask(what: &str, at: OffsetDateTime) -> Option<GasSperrungNbCommand> {
        let receives = |number: u32, is_valid: bool| {
            Some(GasSperrungNbCommand::ReceiveSperrung {
                pid: pid(number)?,
                sender: lieferant(),
                receiver: netzbetreiber(),
                location_id: malo(),
                document_date: day(at),
                message_ref: message("ORDERS-1"),
                validation_passed: is_valid,
                validation_errors: errors(is_valid),
            })
        };
        let executes = |durchgefuehrt: bool| {
            let reason = (!durchgefuehrt).then(|| "nobody was there".to_owned());
            Some(GasSperrungNbCommand::BestaetigueSperrung { durchgefuehrt, reason })
        };
        match what {
            "Sperrauftrag 17115" => receives(17_115, true),
            "Sperrauftrag 17115, not valid" => receives(17_115, false),
            "Entsperrauftrag 17117" => receives(17_117, true),
            "executed" => executes(true),
            "not executed" => executes(false),
            "Stornierung 39000" => {
                Some(GasSperrungNbCommand::ReceiveStornierung { pid: pid(39_000)?, sender: lieferant(), message_ref: message("ORDCHG-1") })
            }
            "Antwort des MSB 19118" => {
                Some(GasSperrungNbCommand::ReceiveMsbAntwort { pid: pid(19_118)?, is_confirmed: true, message_ref: message("ORDRSP-1") })
            }
            _ => None,
        }
    }

    fn arms(what: &str, at: OffsetDateTime, _after: &GasSperrungNbState) -> Vec<Armed> {
        match what {
            "Sperrauftrag 17115" => answer_by(ANTWORT_WINDOW_LABEL, 17_115, at),
            "Entsperrauftrag 17117" => answer_by(ANTWORT_WINDOW_LABEL, 17_117, at),
            _ => Vec::new(),
        }
    }

    fn is_over(state: &GasSperrungNbState) -> bool {
        state.is_terminal()
    }

    fn waits_for(state: &GasSperrungNbState) -> Option<&'static str> {
        match state.offen() {
            GasSperrungNbState::New => FIRST,
            GasSperrungNbState::ValidationPassed(_) => Some("the execution, late"),
            _ => None,
        }
    }
}
