//! WiM Strom Änderung der Technik, first half: what would it cost?
//!
//! ```text
//! NB, LF ─35005→ MSB      until the end of WT+10: 15005, the offer (one Prüfidentifikator; a code in it says why there is none)
//! ```
//!
//! Source: WiM Strom Teil 1 Kap. 3.3.1.2 and 3.3.2.2 Nr. 2; AWH Änderung der Technik.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence};

/// WiM Strom Anfrage eines Angebots zur Änderung der Technik, NB or LF to MSB.
pub const TECHNIKANGEBOT: Art = Art {
    name: "wim-technikangebot",
    family: "WiM Strom",
    sparte: Sparte::Strom,
    title: "Technikangebot",
    request: Kind::of("REQOTE", "35005", "Anfrage Angebot Änderung Technik"),
    answers: Some(Answers {
        accepts: Kind::of("QUOTES", "15005", "Angebot Änderung Technik"),
        refuses: Kind::of("QUOTES", "15005", "Angebot Änderung Technik"),
        accepts_with: &[""],
        ebd: "",
        day: Day::None,
        silence: Silence::SaysNothing,
    }),
    labels: labels!(strom "35005" => "15005"; informs; hears),
    ..Art::PLAIN
};
