//! GPKE Sperrung: the supplier orders the grid operator to cut off a Marktlokation.
//!
//! ```text
//! LF ─17115→ NB      until the end of WT+1: 19116 (A08) or 19117 (A07: less than 6 WT until the day)
//! ```
//!
//! Source: BK6-24-174 GPKE Teil 2 § 3.5.1.2; EBD E_0470.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Labels, Silence, Vorgang};

/// GPKE Sperrung, LF to NB.
#[derive(Debug)]
pub struct Sperrung;

impl Vorgang for Sperrung {
    const ASKING: &'static str = "gpke-sperrung-lf";
    const ANSWERING: &'static str = "gpke-sperrung-nb";
    const ART: Art = Art {
        family: "GPKE",
        sparte: Sparte::Strom,
        title: "Sperrung",
        request: Kind::of("ORDERS", "17115", "Sperrauftrag"),
        reason: None,
        day: Day::Order,
        lead_time: Some(("17115", "A07")),
        answers: Some(Answers {
            accepts: Kind::of("ORDRSP", "19116", "Bestätigung des Auftrags"),
            refuses: Kind::of("ORDRSP", "19117", "Ablehnung des Auftrags"),
            accepts_with: &["A08"],
            ebd: "E_0470",
            day: Day::None,
            silence: Silence::SaysNothing,
        }),
        informs: &[],
        hears: &[],
    };
    const LABELS: Labels = labels!(strom "17115" => "19116", "19117"; informs; hears);
}
