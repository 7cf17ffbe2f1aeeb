//! `wim-technik-aenderung`: a change of the technique of a Messlokation is ordered, and answered or not.

use mako_conformance::Source;
use mako_wim::technik_aenderung::{
    ANTWORT_WINDOW_LABEL, TechnikAenderungCommand, TechnikAenderungState, WORKFLOW_NAME, WimTechnikAenderungWorkflow,
};
use time::OffsetDateTime;

use super::{FIRST, message, messstellenbetreiber, pid};
use crate::case::Turn::{Fires, Takes};
use crate::case::{Case, Conversation};
use crate::sources::file;

/// The workflow.
pub struct WimTechnik;

impl Case for WimTechnik {
    type Workflow = WimTechnikAenderungWorkflow;
    const NAME: &'static str = WORKFLOW_NAME;
    const CRATE: &'static str = "mako-wim";
    const EVENTS: &'static [(&'static str, u16)] = &[
        ("TechnikAenderungAuftragGesendet", 1),
        ("TechnikAenderungAuftragBestaetigt", 1),
        ("TechnikAenderungAuftragAbgelehnt", 1),
        ("TechnikAenderungDeadlineExpired", 1),
    ];
    const LABELS: &'static [&'static str] = &[ANTWORT_WINDOW_LABEL];
    const SOURCES: &'static [Source] = &[file("mako-wim-0.23.0/src/technik_aenderung.rs")];
    const ASKS: &'static [&'static str] = &["sends Auftrag 17011", "sends Auftrag 17118", "Bestätigung 19005", "Ablehnung 19006"];
    const CONVERSATIONS: &'static [Conversation] = &[
        Conversation { name: "confirmed", turns: &[Takes("sends Auftrag 17011"), Takes("Bestätigung 19005")], ends: "Bestaetigt" },
        Conversation { name: "refused", turns: &[Takes("sends Auftrag 17118"), Takes("Ablehnung 19006")], ends: "Abgelehnt" },
        Conversation {
            name: "confirmed late",
            turns: &[Takes("sends Auftrag 17011"), Fires(ANTWORT_WINDOW_LABEL), Takes("Bestätigung 19005")],
            ends: "Bestaetigt",
        },
    ];

    fn ask(what: &str, at: OffsetDateTime) -> Option<TechnikAenderungCommand> {
        let sends = |number: u32| {
            Some(TechnikAenderungCommand::SendAuftrag {
                orders_pid: pid(number)?,
                recipient: messstellenbetreiber(),
                location_id: Some("DE0000000001234567890000000000001".to_owned()),
                message_ref: message("ORDERS-1"),
                payload: serde_json::json!({ "geraet": "iMS" }),
                gesendet_am: at,
            })
        };
        let hears = |number: u32, reason: Option<&str>| {
            let reason = reason.map(str::to_owned);
            Some(TechnikAenderungCommand::ReceiveOrdrsp { ordrsp_pid: pid(number)?, reason, message_ref: message("ORDRSP-1") })
        };
        match what {
            "sends Auftrag 17011" => sends(17_011),
            "sends Auftrag 17118" => sends(17_118),
            "Bestätigung 19005" => hears(19_005, None),
            "Ablehnung 19006" => hears(19_006, Some("not possible")),
            _ => None,
        }
    }

    fn is_over(state: &TechnikAenderungState) -> bool {
        state.is_terminal()
    }

    fn waits_for(state: &TechnikAenderungState) -> Option<&'static str> {
        match state.offen() {
            TechnikAenderungState::New => FIRST,
            // Of 17118 they say that no Festlegung gives it a Frist.
            TechnikAenderungState::AuftragGesendet(_) => Some("the answer of the Messstellenbetreiber, whenever it comes"),
            _ => None,
        }
    }
}
