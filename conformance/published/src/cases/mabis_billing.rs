//! `mabis-billing`: versions of a Summenzeitreihe come, are checked and get a status, until the Clearing closes.

use mako_conformance::Source;
use mako_engine_published::types::{BikoId, BillingPeriod};
use mako_mabis::bilanzkreisabrechnung::WORKFLOW_NAME;
use mako_mabis::{
    Abrechnungslauf, Bilanzierungsmonat, BillingCommand, BillingState, CLEARING_ENDE_LABEL, Datenstatus, Familie, Kategorie,
    MabisBillingWorkflow, MabisZaehlpunktId, SUMMENZEITREIHE_PID, SzrVersion, Zeitreihe,
};
use time::OffsetDateTime;

use super::{FIRST, message, netzbetreiber, pid};
use crate::case::Turn::{Fires, Refuses, Takes};
use crate::case::{Case, Conversation};
use crate::sources::file;

/// The workflow.
pub struct MabisBilling;

fn version(number: u32) -> Option<SzrVersion> {
    SzrVersion::new(format!("202601011200{number:02}+00")).ok()
}

impl Case for MabisBilling {
    type Workflow = MabisBillingWorkflow;
    const NAME: &'static str = WORKFLOW_NAME;
    const CRATE: &'static str = "mako-mabis";
    const EVENTS: &'static [(&'static str, u16)] = &[
        ("MabisSummenzeitreiheReceived", 1),
        ("MabisPruefmitteilungSent", 1),
        ("MabisPruefmitteilungAbgewiesen", 1),
        ("MabisDatenstatusReceived", 1),
        ("MabisClearingGeschlossen", 1),
    ];
    const LABELS: &'static [&'static str] = &[CLEARING_ENDE_LABEL];
    const SOURCES: &'static [Source] =
        &[file("mako-mabis-0.23.0/src/bilanzkreisabrechnung.rs"), file("mako-mabis-0.23.0/src/zeitreihen.rs")];
    const ASKS: &'static [&'static str] = &[
        "Summenzeitreihe 13003, version 1",
        "Summenzeitreihe 13003, version 2",
        "positive Prüfmitteilung on 1",
        "negative Prüfmitteilung on 1",
        "Datenstatus 21003 on 1",
        "Datenstatus 21003 on 2",
        "Abweisung 21002 on 1",
        "CloseClearing",
    ];
    const CONVERSATIONS: &'static [Conversation] = &[
        Conversation {
            name: "one version, settled",
            turns: &[
                Takes("Summenzeitreihe 13003, version 1"),
                Takes("positive Prüfmitteilung on 1"),
                Takes("Datenstatus 21003 on 1"),
                Takes("CloseClearing"),
            ],
            ends: "Geschlossen",
        },
        Conversation {
            name: "objected to, and corrected",
            turns: &[
                Takes("Summenzeitreihe 13003, version 1"),
                Takes("negative Prüfmitteilung on 1"),
                Takes("Summenzeitreihe 13003, version 2"),
                Refuses("Summenzeitreihe 13003, version 1"),
                Takes("Datenstatus 21003 on 2"),
                Fires(CLEARING_ENDE_LABEL),
            ],
            ends: "Geschlossen",
        },
        Conversation {
            name: "the Prüfmitteilung is refused",
            turns: &[
                Takes("Summenzeitreihe 13003, version 1"),
                Takes("negative Prüfmitteilung on 1"),
                Takes("Abweisung 21002 on 1"),
                Fires(CLEARING_ENDE_LABEL),
            ],
            ends: "Geschlossen",
        },
    ];

    fn ask(what: &str, at: OffsetDateTime) -> Option<BillingCommand> {
        let zeitreihe = Zeitreihe::new(Familie::BgSzr, Some(Kategorie::B)).ok()?;
        let receives = |number: u32| {
            Some(BillingCommand::ReceiveSummenzeitreihe {
                pid: pid(SUMMENZEITREIHE_PID)?,
                zeitreihe,
                mabis_zp: MabisZaehlpunktId::new("DE0001111222233334444555566667777").ok()?,
                bilanzierungsmonat: BillingPeriod::new("2026-09"),
                version: version(number)?,
                im_erstaufschlag: number == 1,
                // By their table, from the end of the month before.
                clearing_ende: Bilanzierungsmonat::new(at.date().replace_day(1).ok()?.previous_day()?)
                    .clearing_ende(zeitreihe, Abrechnungslauf::Kbka),
                absender: netzbetreiber(),
                biko_id: BikoId::new("10YDE-VE-TRANSMIX"),
                message_ref: message("MSCONS-1"),
            })
        };
        let checks = |code: &str, grund: Option<&str>| {
            Some(BillingCommand::SendPruefmitteilung {
                version: version(1)?,
                pid: pid(21_005)?,
                antwortcode: code.to_owned(),
                grund: grund.map(str::to_owned),
                message_ref: message("IFTSTA-1"),
            })
        };
        let hears = |number: u32, of: u32, datenstatus: Option<Datenstatus>, grund: Option<&str>| {
            Some(BillingCommand::ReceiveIftsta {
                pid: pid(number)?,
                version: version(of)?,
                datenstatus,
                abweisungsgrund: grund.map(str::to_owned),
                message_ref: message("IFTSTA-2"),
            })
        };
        match what {
            "Summenzeitreihe 13003, version 1" => receives(1),
            "Summenzeitreihe 13003, version 2" => receives(2),
            "positive Prüfmitteilung on 1" => checks("A03", None),
            "negative Prüfmitteilung on 1" => checks("A02", Some("the sum is wrong")),
            "Datenstatus 21003 on 1" => hears(21_003, 1, Some(Datenstatus::Abrechnungsdaten), None),
            "Datenstatus 21003 on 2" => hears(21_003, 2, Some(Datenstatus::Abrechnungsdaten), None),
            "Abweisung 21002 on 1" => hears(21_002, 1, None, Some("too late")),
            "CloseClearing" => Some(BillingCommand::CloseClearing { lauf: Abrechnungslauf::Bka }),
            _ => None,
        }
    }

    fn is_over(state: &BillingState) -> bool {
        matches!(state, BillingState::Geschlossen(_))
    }

    fn waits_for(state: &BillingState) -> Option<&'static str> {
        match state {
            BillingState::New => FIRST,
            BillingState::Offen(_) | BillingState::Geschlossen(_) => None,
        }
    }
}
