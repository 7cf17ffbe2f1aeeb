//! WiM Gas Kündigung: the new Messstellenbetreiber gives notice to the old one on behalf of the Anschlussnutzer.
//!
//! ```text
//! MSBN ─44039→ MSBA   until the end of WT+3: 44040 (E15) or 44041
//! ```
//!
//! Silence says nothing. Source: AWH WiM Gas 2.0 Kap. 3.3.2 Nr. 2; EBD E_2000.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence};

/// WiM Gas Kündigung, MSBN to MSBA.
pub const KUENDIGUNG: Art = Art {
    name: "wim-gas-kuendigung",
    family: "WiM Gas",
    sparte: Sparte::Gas,
    title: "Kündigung",
    request: Kind::utilmd("44039", "Kündigung"),
    reason: Some(("E03", None)),
    day: Day::End,
    answers: Some(Answers {
        accepts: Kind::utilmd("44040", "Bestätigung der Kündigung"),
        refuses: Kind::utilmd("44041", "Ablehnung der Kündigung"),
        accepts_with: &["E15"],
        ebd: "E_2000",
        day: Day::End,
        silence: Silence::SaysNothing,
    }),
    labels: labels!(gas "44039" => "44040", "44041"; informs; hears),
    ..Art::PLAIN
};
