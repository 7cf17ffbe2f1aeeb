//! WiM Strom Geräteübernahme, first half: the new metering operator wants an offer for the meter that hangs there.
//!
//! ```text
//! MSBN ─35001→ MSBA      until the end of WT+4: 15001, the offer (one Prüfidentifikator; a code in it says why there is none)
//! ```
//!
//! Source: WiM Strom Teil 1 Kap. 3.2.2 Nr. 2.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence};

/// WiM Strom Anforderung eines Geräteübernahmeangebots, MSBN to MSBA.
pub const GERAETEUEBERNAHMEANGEBOT: Art = Art {
    name: "wim-geraeteuebernahmeangebot",
    family: "WiM Strom",
    sparte: Sparte::Strom,
    title: "Geräteübernahmeangebot",
    request: Kind::of("REQOTE", "35001", "Anforderung Geräteübernahmeangebot"),
    answers: Some(Answers {
        accepts: Kind::of("QUOTES", "15001", "Geräteübernahmeangebot"),
        refuses: Kind::of("QUOTES", "15001", "Geräteübernahmeangebot"),
        accepts_with: &[""],
        ebd: "",
        day: Day::None,
        silence: Silence::SaysNothing,
    }),
    labels: labels!(strom "35001" => "15001"; informs; hears),
    ..Art::PLAIN
};
