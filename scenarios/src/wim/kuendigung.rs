//! WiM Strom Kündigung: the new metering operator gives notice to the old one on behalf of the Anschlussnutzer.
//!
//! ```text
//! MSBN ─55039→ MSBA      until the end of WT+3: 55040 (E15; Z12 with another day of the contract) or 55041
//! ```
//!
//! Silence says nothing. Source: WiM Strom Teil 1 Kap. 2.2.2 Nr. 2; EBD E_0200, in messages of FV2025-10-01 S_0090.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence};

/// WiM Strom Kündigung, MSBN to MSBA.
pub const KUENDIGUNG: Art = Art {
    name: "wim-kuendigung",
    family: "WiM Strom",
    sparte: Sparte::Strom,
    title: "Kündigung",
    request: Kind::utilmd("55039", "Kündigung MSB"),
    reason: Some(("E03", None)),
    day: Day::End,
    answers: Some(Answers {
        accepts: Kind::utilmd("55040", "Bestätigung der Kündigung MSB"),
        refuses: Kind::utilmd("55041", "Ablehnung der Kündigung MSB"),
        accepts_with: &["E15", "Z12"],
        ebd: "S_0090",
        day: Day::End,
        silence: Silence::SaysNothing,
    }),
    labels: labels!(strom "55039" => "55040", "55041"; informs; hears),
    ..Art::PLAIN
};
