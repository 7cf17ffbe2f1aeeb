//! MABIS Zählpunkt: a Zählpunkt of the Bilanzkreisabrechnung begins, or ends.
//!
//! ```text
//! NB ─55062→ BIKO      for the first of a month 00:00, 1 WT before it at the latest;  until the end of WT+1: 55064
//! NB ─55063→ BIKO      for the first of a month 00:00, 2 WT before it at the latest;  until the end of WT+1: 55064
//! ```
//!
//! 55064 says both yes and no; the code tells (E15 is yes; A01: no first of a month, or too late). Silence says nothing.
//! Source: EBD E_0008, E_0009, E_0020, E_0024, E_0036; the Frist of the answer is that of the AAÜZ (55203), as no text was at hand.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence};

const CAUSE: Option<(&str, Option<&str>)> = Some(("E03", None));
const ANSWER: Kind = Kind::utilmd("55064", "Antwort");

/// MABIS Aktivierung of a Zählpunkt, NB to BIKO.
pub const AKTIVIERUNG: Art = Art {
    name: "mabis-aktivierung",
    family: "MABIS",
    sparte: Sparte::Strom,
    title: "Aktivierung",
    request: Kind::utilmd("55062", "Aktivierung ZP"),
    reason: CAUSE,
    day: Day::Begin,
    lead_time: Some(("55062", "A01")),
    answers: Some(Answers {
        accepts: ANSWER,
        refuses: ANSWER,
        accepts_with: &["E15"],
        ebd: "E_0009",
        day: Day::Begin,
        silence: Silence::SaysNothing,
    }),
    labels: labels!(strom "55062" => "55064"; informs; hears),
    ..Art::PLAIN
};

/// MABIS Deaktivierung of a Zählpunkt, NB to BIKO.
pub const DEAKTIVIERUNG: Art = Art {
    name: "mabis-deaktivierung",
    family: "MABIS",
    sparte: Sparte::Strom,
    title: "Deaktivierung",
    request: Kind::utilmd("55063", "Deaktivierung ZP"),
    reason: CAUSE,
    day: Day::End,
    lead_time: Some(("55063", "A01")),
    answers: Some(Answers {
        accepts: ANSWER,
        refuses: ANSWER,
        accepts_with: &["E15"],
        ebd: "E_0024",
        day: Day::End,
        silence: Silence::SaysNothing,
    }),
    labels: labels!(strom "55063" => "55064"; informs; hears),
    ..Art::PLAIN
};
