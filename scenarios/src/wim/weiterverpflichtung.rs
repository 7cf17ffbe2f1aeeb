//! WiM Strom Weiterverpflichtung: nobody took over, so the metering operator who wanted to leave is bound to stay.
//!
//! ```text
//! NB ─17002→ MSBA      until the end of WT+1: 19003 or 19004
//! ```
//!
//! Source: WiM Strom Teil 1 Kap. 2.4.2 Nr. 5 and 6; EBD E_0203.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence};

/// WiM Strom Weiterverpflichtung, NB to MSBA.
pub const WEITERVERPFLICHTUNG: Art = Art {
    name: "wim-weiterverpflichtung",
    family: "WiM Strom",
    sparte: Sparte::Strom,
    title: "Weiterverpflichtung",
    request: Kind::of("ORDERS", "17002", "Weiterverpflichtung"),
    day: Day::Order,
    answers: Some(Answers {
        accepts: Kind::of("ORDRSP", "19003", "Fortführungsbestätigung"),
        refuses: Kind::of("ORDRSP", "19004", "Ablehnung der Fortführung"),
        accepts_with: &["Z13"],
        ebd: "E_0203",
        day: Day::None,
        silence: Silence::SaysNothing,
    }),
    labels: labels!(strom "17002" => "19003", "19004"; informs; hears),
    ..Art::PLAIN
};
