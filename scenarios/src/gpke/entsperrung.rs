//! GPKE Entsperrung: the supplier orders the grid operator to connect a Marktlokation again that was cut off.
//!
//! ```text
//! LF ─17117→ NB      until the end of WT+1: 19116 or 19117
//!                    after it was done, or failed: IFTSTA 21039; until then it may be taken back (Storno)
//! ```
//!
//! There is no lead time: who pays is connected again as soon as possible. The codes of E_0497 are in no table at hand: A01 stands for
//! the ordinary yes. Source: BK6-24-174 GPKE Teil 2 § 3.5.2.2; EBD E_0497, E_0472.

use mako_engine::fristen::Sparte;

use super::sperrung::AUSGEFUEHRT;
use crate::labels;
use crate::vorgang::{Answers, Art, Day, Execution, Kind, Silence};

/// GPKE Entsperrung, LF to NB.
pub const ENTSPERRUNG: Art = Art {
    name: "gpke-entsperrung",
    family: "GPKE",
    sparte: Sparte::Strom,
    title: "Entsperrung",
    request: Kind::of("ORDERS", "17117", "Entsperrauftrag"),
    day: Day::Order,
    answers: Some(Answers {
        accepts: Kind::of("ORDRSP", "19116", "Bestätigung des Auftrags"),
        refuses: Kind::of("ORDRSP", "19117", "Ablehnung des Auftrags"),
        accepts_with: &["A01"],
        ebd: "E_0497",
        day: Day::None,
        silence: Silence::SaysNothing,
    }),
    execution: Some(Execution { title: "Ausführung der Entsperrung", report: AUSGEFUEHRT, done_with: "A08", ebd: "E_0472", frist: None }),
    hears: &[AUSGEFUEHRT],
    labels: labels!(strom "17117" => "19116", "19117"; reports "21039"; informs; hears "21039"; takes back "39000" => "19128", "19129"),
    ..Art::PLAIN
};
