//! WiM Strom Werte for an energy service provider: the order.
//!
//! ```text
//! ESA ─17007→ MSB      until the end of WT+2: 19011 or 19012
//! ```
//!
//! Source: WiM Strom Teil 2 Kap. 4.1.2 Nr. 4; EBD E_0256.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence};

/// WiM Strom Bestellung von Werten, ESA to MSB.
pub const WERTEBESTELLUNG: Art = Art {
    name: "wim-wertebestellung",
    family: "WiM Strom",
    sparte: Sparte::Strom,
    title: "Wertebestellung",
    request: Kind::of("ORDERS", "17007", "Bestellung von Werten"),
    day: Day::Order,
    answers: Some(Answers {
        accepts: Kind::of("ORDRSP", "19011", "Bestätigung der Bestellung von Werten"),
        refuses: Kind::of("ORDRSP", "19012", "Ablehnung der Bestellung von Werten"),
        accepts_with: &["Z13"],
        ebd: "E_0256",
        day: Day::None,
        silence: Silence::SaysNothing,
    }),
    labels: labels!(strom "17007" => "19011", "19012"; informs; hears),
    ..Art::PLAIN
};
