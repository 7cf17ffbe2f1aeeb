//! GPKE Sperrung: the supplier orders the grid operator to cut off a Marktlokation.
//!
//! ```text
//! LF ─17115→ NB      until the end of WT+1: 19116 (A08) or 19117 (A07: less than 6 WT until the day)
//!                    after it was done, or failed: IFTSTA 21039; until then it may be taken back (Storno)
//! ```
//!
//! Source: BK6-24-174 GPKE Teil 2 § 3.5.1.2; EBD E_0470.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Execution, Kind, Silence};

/// Reports that a Sperrung or Entsperrung is done, or that it failed.
pub(super) const AUSGEFUEHRT: Kind = Kind::of("IFTSTA", "21039", "Bericht über die Ausführung");

/// GPKE Sperrung, LF to NB.
pub const SPERRUNG: Art = Art {
    name: "gpke-sperrung",
    family: "GPKE",
    sparte: Sparte::Strom,
    title: "Sperrung",
    request: Kind::of("ORDERS", "17115", "Sperrauftrag"),
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
    execution: Some(Execution { title: "Ausführung der Sperrung", report: AUSGEFUEHRT, done_with: "A08", ebd: "E_0472", frist: None }),
    hears: &[AUSGEFUEHRT],
    labels: labels!(strom "17115" => "19116", "19117"; reports "21039"; informs; hears "21039"; takes back "39000" => "19128", "19129"),
    ..Art::PLAIN
};
