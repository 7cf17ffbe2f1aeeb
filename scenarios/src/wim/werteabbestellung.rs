//! WiM Strom Werte for an energy service provider: the end of the order.
//!
//! ```text
//! ESA ─17008→ MSB      until the end of WT+2: 19011 or 19012
//! ```
//!
//! Source: WiM Strom Teil 2 Kap. 4.3.2 Nr. 2; EBD E_0254.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence};

/// WiM Strom Abbestellung von Werten, ESA to MSB.
pub const WERTEABBESTELLUNG: Art = Art {
    name: "wim-werteabbestellung",
    family: "WiM Strom",
    sparte: Sparte::Strom,
    title: "Werteabbestellung",
    request: Kind::of("ORDERS", "17008", "Abbestellung von Werten"),
    day: Day::Order,
    answers: Some(Answers {
        accepts: Kind::of("ORDRSP", "19011", "Bestätigung der Bestellung von Werten"),
        refuses: Kind::of("ORDRSP", "19012", "Ablehnung der Bestellung von Werten"),
        accepts_with: &["Z13"],
        ebd: "E_0254",
        day: Day::None,
        silence: Silence::SaysNothing,
    }),
    labels: labels!(strom "17008" => "19011", "19012"; informs; hears),
    ..Art::PLAIN
};
