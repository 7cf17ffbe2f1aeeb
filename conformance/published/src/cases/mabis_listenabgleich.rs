//! `mabis-listenabgleich`: a list is received and answered with corrections, or refused as a whole.

use mako_conformance::Source;
use mako_engine_published::types::BillingPeriod;
use mako_mabis::listenabgleich::{ListenabgleichCommand, ListenabgleichState, MabisListenabgleichWorkflow, WORKFLOW_NAME};
use mako_pruefung::mabis::{Korrekturgrund, Korrekturposition};
use time::OffsetDateTime;

use super::{FIRST, errors, lieferant, message, netzbetreiber, pid};
use crate::case::Turn::Takes;
use crate::case::{Case, Conversation};
use crate::sources::file;

/// The workflow.
pub struct MabisListenabgleich;

impl Case for MabisListenabgleich {
    type Workflow = MabisListenabgleichWorkflow;
    const NAME: &'static str = WORKFLOW_NAME;
    const CRATE: &'static str = "mako-mabis";
    const EVENTS: &'static [(&'static str, u16)] = &[
        ("MabisListeErhalten", 1),
        ("MabisKorrekturGesendet", 1),
        ("MabisGesamtAblehnungGesendet", 1),
        ("MabisListenabgleichValidationFailed", 1),
    ];
    const LABELS: &'static [&'static str] = &[];
    const SOURCES: &'static [Source] = &[file("mako-mabis-0.23.0/src/listenabgleich.rs")];
    const ASKS: &'static [&'static str] =
        &["Liste 55065", "Liste 55065, not valid", "Korrekturliste", "Korrekturliste without positions", "GesamtAblehnung"];
    const CONVERSATIONS: &'static [Conversation] = &[
        Conversation { name: "corrected", turns: &[Takes("Liste 55065"), Takes("Korrekturliste")], ends: "Abgeglichen" },
        Conversation { name: "refused", turns: &[Takes("Liste 55065"), Takes("GesamtAblehnung")], ends: "Abgelehnt" },
        Conversation { name: "not valid", turns: &[Takes("Liste 55065, not valid")], ends: "ValidationFailed" },
    ];

    fn ask(what: &str, _at: OffsetDateTime) -> Option<ListenabgleichCommand> {
        let receives = |is_valid: bool| {
            Some(ListenabgleichCommand::ReceiveListe {
                pid: pid(55_065)?,
                sender: netzbetreiber(),
                receiver: lieferant(),
                billing_period: BillingPeriod::new("2026-09"),
                message_ref: message("UTILMD-1"),
                mabis_zaehlpunkt: "DE0004096999000000000000000000009".to_owned(),
                zeitreihen_version: "20270115T090000000".to_owned(),
                listennummer: "LST-1".to_owned(),
                validation_passed: is_valid,
                validation_errors: errors(is_valid),
            })
        };
        let corrects =
            |positionen: Vec<Korrekturposition>| Some(ListenabgleichCommand::SendKorrektur { sender_rolle: "NB".to_owned(), positionen });
        match what {
            "Liste 55065" => receives(true),
            "Liste 55065, not valid" => receives(false),
            "Korrekturliste" => corrects(vec![Korrekturposition { malo: "51238696781".to_owned(), grund: Korrekturgrund::Entfallen }]),
            "Korrekturliste without positions" => corrects(Vec::new()),
            "GesamtAblehnung" => Some(ListenabgleichCommand::SendGesamtAblehnung {
                sender_rolle: "NB".to_owned(),
                abonnement_bestellt: Some(true),
                zeitraum_plausibel: Some(true),
                mabis_zp_passt: Some(true),
                version_zugelassen: Some(false),
                innerhalb_clearingphase: Some(true),
            }),
            _ => None,
        }
    }

    fn is_over(state: &ListenabgleichState) -> bool {
        matches!(
            state,
            ListenabgleichState::Abgeglichen { .. } | ListenabgleichState::Abgelehnt { .. } | ListenabgleichState::ValidationFailed { .. }
        )
    }

    fn waits_for(state: &ListenabgleichState) -> Option<&'static str> {
        match state {
            ListenabgleichState::New => FIRST,
            ListenabgleichState::ListeErhalten(_) => Some("the answer of the back office, for which the crate gives no Frist"),
            _ => None,
        }
    }
}
