//! WiM Strom Gerätewechselabsicht: the new metering operator tells the old one when he will change the meter; does the old one take his own
//! one out?
//!
//! ```text
//! MSBN ─17009→ MSBA      at least 4 WT before the day; until the end of the 2nd WT before the day: 19015 or 19016
//! ```
//!
//! The Frist is counted backwards from the day, not forwards from the receipt. Source: WiM Strom Teil 1 Kap. 3.1.2 Nr. 1 and 2.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence, Trigger};

/// WiM Strom Gerätewechselabsicht, MSBN to MSBA.
pub const GERAETEWECHSELABSICHT: Art = Art {
    name: "wim-geraetewechselabsicht",
    family: "WiM Strom",
    sparte: Sparte::Strom,
    title: "Gerätewechselabsicht",
    request: Kind::of("ORDERS", "17009", "Gerätewechselabsicht"),
    day: Day::Order,
    lead_time: Some(("17009", "E17")),
    frist: Trigger::BeforeDay("19015"),
    answers: Some(Answers {
        accepts: Kind::of("ORDRSP", "19015", "Bestätigung der Gerätewechselabsicht"),
        refuses: Kind::of("ORDRSP", "19016", "Ablehnung der Gerätewechselabsicht"),
        accepts_with: &["Z13"],
        ebd: "S_0065",
        day: Day::None,
        silence: Silence::SaysNothing,
    }),
    labels: labels!(strom "17009" => "19015", "19016"; informs; hears),
    ..Art::PLAIN
};
