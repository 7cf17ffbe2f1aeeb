//! `wim-insrpt`: a Störung is reported, refused or confirmed, and its result told to everybody concerned; both sides.

use mako_conformance::Source;
use mako_engine_published::types::Sparte;
use mako_fristen::antwort::Messtechnik;
use mako_wim::insrpt::{
    ANTWORT_WINDOW_LABEL, ERGEBNIS_WINDOW_LABEL, StoerungsmeldungCommand, StoerungsmeldungState, WEITERLEITUNG_WINDOW_LABEL, WORKFLOW_NAME,
    WimInsrptWorkflow, antwort_werktage,
};
use time::OffsetDateTime;

use super::{FIRST, day, lieferant, melo, message, messstellenbetreiber, pid};
use crate::case::Turn::{Fires, Takes};
use crate::case::{Armed, Case, Conversation};
use crate::sources::file;

/// The workflow.
pub struct WimStoerung;

/// What the Messlokation is equipped with.
const MESSTECHNIK: Messtechnik = Messtechnik::KmeOhneRlm;

impl Case for WimStoerung {
    type Workflow = WimInsrptWorkflow;
    const NAME: &'static str = WORKFLOW_NAME;
    const CRATE: &'static str = "mako-wim";
    const EVENTS: &'static [(&'static str, u16)] = &[
        ("InsrptStoerungsmeldungGesendet", 1),
        ("InsrptStoerungsmeldungEmpfangen", 1),
        ("InsrptAntwortGesendet", 1),
        ("InsrptAntwortErhalten", 1),
        ("InsrptErgebnisberichtGesendet", 1),
        ("InsrptInformationsmeldung", 1),
        ("InsrptDeadlineExpired", 1),
    ];
    const LABELS: &'static [&'static str] = &[ANTWORT_WINDOW_LABEL, ERGEBNIS_WINDOW_LABEL, WEITERLEITUNG_WINDOW_LABEL];
    const SOURCES: &'static [Source] = &[file("mako-wim-0.23.0/src/insrpt.rs")];
    const ASKS: &'static [&'static str] = &[
        "Störungsmeldung 23001",
        "Störungsmeldung 23001 in gas",
        "sends Störungsmeldung 23001",
        "confirms 23004",
        "refuses 23003",
        "tells the result 23008",
        "forwards 23011",
        "forwards 23012",
        "Bestätigung 23004",
        "Ablehnung 23003",
        "Ergebnisbericht 23008",
        "Information 23005",
    ];
    const CONVERSATIONS: &'static [Conversation] = &[
        Conversation {
            name: "confirmed, mended and told",
            turns: &[
                Takes("Störungsmeldung 23001"),
                Takes("confirms 23004"),
                Takes("forwards 23011"),
                Takes("tells the result 23008"),
                Takes("forwards 23012"),
            ],
            ends: "Ergebnisbericht",
        },
        Conversation { name: "refused", turns: &[Takes("Störungsmeldung 23001"), Takes("refuses 23003")], ends: "Abgelehnt" },
        Conversation {
            name: "in gas, answered late",
            turns: &[
                Takes("Störungsmeldung 23001 in gas"),
                Fires(ANTWORT_WINDOW_LABEL),
                Takes("confirms 23004"),
                Takes("tells the result 23008"),
            ],
            ends: "Ergebnisbericht",
        },
        Conversation {
            name: "reported and mended",
            turns: &[Takes("sends Störungsmeldung 23001"), Takes("Bestätigung 23004"), Takes("Ergebnisbericht 23008")],
            ends: "Ergebnisbericht",
        },
        Conversation {
            name: "reported in vain",
            turns: &[Takes("sends Störungsmeldung 23001"), Takes("Ablehnung 23003")],
            ends: "Abgelehnt",
        },
    ];

    fn ask(what: &str, at: OffsetDateTime) -> Option<StoerungsmeldungCommand> {
        let receives = |sparte: Sparte| {
            Some(StoerungsmeldungCommand::ReceiveStoerungsmeldung {
                pid: pid(23_001)?,
                melder_mp_id: lieferant(),
                msb_mp_id: messstellenbetreiber(),
                melo_id: melo(),
                sparte,
                document_date: day(at),
                message_ref: message("INSRPT-1"),
                received_at: at,
                messtechnik: MESSTECHNIK,
            })
        };
        let answers = |number: u32| {
            Some(StoerungsmeldungCommand::DispatchAntwort {
                pid: pid(number)?,
                status_code: None,
                message_ref: message("INSRPT-2"),
                sent_at: at,
                messtechnik: MESSTECHNIK,
            })
        };
        let forwards = |number: u32| {
            Some(StoerungsmeldungCommand::DispatchInformationsmeldung {
                pid: pid(number)?,
                receiver: lieferant(),
                message_ref: message("INSRPT-3"),
                status_code: None,
            })
        };
        let hears = |number: u32| {
            Some(StoerungsmeldungCommand::ReceiveAntwort {
                pid: pid(number)?,
                sender: messstellenbetreiber(),
                message_ref: message("INSRPT-4"),
            })
        };
        match what {
            "Störungsmeldung 23001" => receives(Sparte::Strom),
            "Störungsmeldung 23001 in gas" => receives(Sparte::Gas),
            "sends Störungsmeldung 23001" => Some(StoerungsmeldungCommand::SendStoerungsmeldung {
                pid: pid(23_001)?,
                msb_mp_id: messstellenbetreiber(),
                melo_id: melo(),
                sparte: Sparte::Strom,
                document_date: day(at),
                message_ref: message("INSRPT-1"),
            }),
            "confirms 23004" => answers(23_004),
            "refuses 23003" => answers(23_003),
            "tells the result 23008" => {
                Some(StoerungsmeldungCommand::DispatchErgebnisbericht { message_ref: message("INSRPT-5"), status_code: None })
            }
            "forwards 23011" => forwards(23_011),
            "forwards 23012" => forwards(23_012),
            "Bestätigung 23004" => hears(23_004),
            "Ablehnung 23003" => hears(23_003),
            "Ergebnisbericht 23008" => hears(23_008),
            "Information 23005" => hears(23_005),
            _ => None,
        }
    }

    fn arms(what: &str, at: OffsetDateTime, _after: &StoerungsmeldungState) -> Vec<Armed> {
        // The Messstellenbetreiber's windows are set by the workflow. It has one for the other side, and nobody who sets it there.
        if what != "sends Störungsmeldung 23001" {
            return Vec::new();
        }
        let werktage = antwort_werktage(Sparte::Strom, MESSTECHNIK);
        let due = mako_fristen::deadline_at_werktage(at, werktage, mako_fristen::HolidayCalendar::BdewMaKo);
        vec![Armed { label: ANTWORT_WINDOW_LABEL, due, source: "mako_wim::insrpt::antwort_werktage" }]
    }

    fn is_over(state: &StoerungsmeldungState) -> bool {
        // They say that the Ergebnisbericht ends the Use-Case and still owes a 23012.
        state.is_terminal() && state.data().is_none_or(|data| data.weiterleitung_offen.is_empty())
    }

    fn waits_for(state: &StoerungsmeldungState) -> Option<&'static str> {
        match state.offen() {
            StoerungsmeldungState::New => FIRST,
            StoerungsmeldungState::StoerungsmeldungEmpfangen(_) => Some("the answer of the back office, late"),
            StoerungsmeldungState::StoerungsmeldungGesendet(_) => Some("the answer of the Messstellenbetreiber, late"),
            StoerungsmeldungState::Bestaetigt(_) => Some("the result"),
            StoerungsmeldungState::Ergebnisbericht(_) => Some("who forwards the result"),
            _ => None,
        }
    }
}
