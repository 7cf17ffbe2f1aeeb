//! WiM Strom Geräteübernahme, second half: the new metering operator orders what was offered.
//!
//! ```text
//! MSBN ─17001→ MSBA      until the end of WT+2: 19001 or 19002
//! ```
//!
//! Source: WiM Strom Teil 1 Kap. 3.2.2 Nr. 4; EBD E_0247.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence};

/// WiM Strom Bestellung der Geräteübernahme, MSBN to MSBA.
pub const GERAETEUEBERNAHME: Art = Art {
    name: "wim-geraeteuebernahme",
    family: "WiM Strom",
    sparte: Sparte::Strom,
    title: "Geräteübernahme",
    request: Kind::of("ORDERS", "17001", "Bestellung der Geräteübernahme"),
    day: Day::Order,
    answers: Some(Answers {
        accepts: Kind::of("ORDRSP", "19001", "Bestellbestätigung"),
        refuses: Kind::of("ORDRSP", "19002", "Ablehnung der Bestellung"),
        accepts_with: &["Z13"],
        ebd: "E_0247",
        day: Day::None,
        silence: Silence::SaysNothing,
    }),
    labels: labels!(strom "17001" => "19001", "19002"; informs; hears),
    ..Art::PLAIN
};
