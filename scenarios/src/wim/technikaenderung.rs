//! WiM Strom Änderung der Technik, second half: the metering operator is told to do it.
//!
//! ```text
//! NB, LF ─17011→ MSB      at least 20 WT before the day; until the end of WT+10: 19005 or 19006
//! ```
//!
//! Source: WiM Strom Teil 1 Kap. 3.3.1.2 and 3.3.2.2 Nr. 1 and 2.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence};

/// WiM Strom Beauftragung der Änderung der Technik, NB or LF to MSB.
pub const TECHNIKAENDERUNG: Art = Art {
    name: "wim-technikaenderung",
    family: "WiM Strom",
    sparte: Sparte::Strom,
    title: "Technikänderung",
    request: Kind::of("ORDERS", "17011", "Beauftragung Änderung Technik"),
    day: Day::Order,
    lead_time: Some(("17011", "E17")),
    answers: Some(Answers {
        accepts: Kind::of("ORDRSP", "19005", "Bestätigung Änderung Technik"),
        refuses: Kind::of("ORDRSP", "19006", "Ablehnung Änderung Technik"),
        accepts_with: &["Z13"],
        ebd: "",
        day: Day::None,
        silence: Silence::SaysNothing,
    }),
    labels: labels!(strom "17011" => "19005", "19006"; informs; hears),
    ..Art::PLAIN
};
