//! WiM Strom Werte for an energy service provider, first step: what is to be had?
//!
//! ```text
//! ESA ─35003→ MSB      until the end of WT+5: 15003, the offer (one Prüfidentifikator; a code in it says why there is none)
//! ```
//!
//! Source: WiM Strom Teil 2 Kap. 4.1.2 Nr. 2.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence};

/// WiM Strom Anfrage von Werten, ESA to MSB.
pub const WERTEANFRAGE: Art = Art {
    name: "wim-werteanfrage",
    family: "WiM Strom",
    sparte: Sparte::Strom,
    title: "Werteanfrage",
    request: Kind::of("REQOTE", "35003", "Anfrage von Werten"),
    answers: Some(Answers {
        accepts: Kind::of("QUOTES", "15003", "Angebot zur Anfrage von Werten"),
        refuses: Kind::of("QUOTES", "15003", "Angebot zur Anfrage von Werten"),
        accepts_with: &[""],
        ebd: "",
        day: Day::None,
        silence: Silence::SaysNothing,
    }),
    labels: labels!(strom "35003" => "15003"; informs; hears),
    ..Art::PLAIN
};
