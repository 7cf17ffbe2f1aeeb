//! GPKE Anfrage Sperrung: the grid operator asks the metering operator whether a Marktlokation may be cut off.
//!
//! ```text
//! NB ─17116→ MSB      until the end of WT+3: 19118 or 19119; silence is consent
//! ```
//!
//! Source: BK6-24-174 GPKE Teil 2 § 3.5.1.2 Prozessschritt 4.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence};

/// GPKE Anfrage Sperrung, NB to MSB.
pub const SPERRUNG_MSB: Art = Art {
    name: "gpke-anfrage-sperrung",
    family: "GPKE",
    sparte: Sparte::Strom,
    title: "Anfrage Sperrung",
    request: Kind::of("ORDERS", "17116", "Anfrage Sperrung"),
    day: Day::Order,
    lead_time: Some(("17116", "A07")),
    answers: Some(Answers {
        accepts: Kind::of("ORDRSP", "19118", "Zustimmung zur Sperrung"),
        refuses: Kind::of("ORDRSP", "19119", "Ablehnung der Sperrung"),
        accepts_with: &["A01"],
        ebd: "",
        day: Day::None,
        silence: Silence::IsConsent,
    }),
    labels: labels!(strom "17116" => "19118", "19119"; informs; hears; late "17116"),
    ..Art::PLAIN
};
