//! WiM Strom Störungsmeldung: somebody saw that a meter does not do what it should.
//!
//! ```text
//! LF, NB ─23001→ MSB      until the end of WT+3: 23004 (confirmed) or 23003 (refused)
//!                         after a confirmation, until the end of WT+7 from the ÜT of the 23001: 23008, what was found and done
//! ```
//!
//! These are the Fristen of a konventionelle Messeinrichtung; those of mME, RLM and iMS stand in the rulebook (`23001-rlm-ims`,
//! `23008-mme`, `23008-rlm-ims`), and no message tells which one hangs there. Source: WiM Strom Teil 1, Störungsbehebung.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Execution, Kind, Silence};

const ERGEBNIS: Kind = Kind::of("INSRPT", "23008", "Ergebnisbericht");

/// WiM Strom Störungsmeldung, LF or NB to MSB.
pub const STOERUNGSMELDUNG: Art = Art {
    name: "wim-stoerungsmeldung",
    family: "WiM Strom",
    sparte: Sparte::Strom,
    title: "Störungsmeldung",
    request: Kind::of("INSRPT", "23001", "Störungsmeldung"),
    day: Day::Order,
    answers: Some(Answers {
        accepts: Kind::of("INSRPT", "23004", "Bestätigung der Störungsmeldung"),
        refuses: Kind::of("INSRPT", "23003", "Ablehnung der Störungsmeldung"),
        accepts_with: &["E15"],
        ebd: "",
        day: Day::None,
        silence: Silence::SaysNothing,
    }),
    execution: Some(Execution { title: "Entstörung", report: ERGEBNIS, done_with: "E15", ebd: "", frist: Some("23008") }),
    hears: &[ERGEBNIS],
    labels: labels!(strom "23001" => "23004", "23003"; informs "23008"; hears "23008"),
    ..Art::PLAIN
};
