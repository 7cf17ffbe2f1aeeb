//! GeLi Gas Kündigung: the new supplier gives notice to the old one on behalf of the customer.
//!
//! ```text
//! LFN ─44016→ LFA      until the end of WT+3: 44017 (E15) or 44018
//! ```
//!
//! Silence says nothing. Source: GeLi Gas 3.0 (BK7-24-01-009) Kap. 3.1; EBD G_0006 as the sample message names it.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence};

/// GeLi Gas Kündigung, LFN to LFA.
pub const KUENDIGUNG: Art = Art {
    name: "geli-gas-kuendigung",
    family: "GeLi Gas",
    sparte: Sparte::Gas,
    title: "Kündigung",
    request: Kind::utilmd("44016", "Kündigung"),
    reason: Some(("E03", None)),
    day: Day::ContractEnd,
    answers: Some(Answers {
        accepts: Kind::utilmd("44017", "Bestätigung der Kündigung"),
        refuses: Kind::utilmd("44018", "Ablehnung der Kündigung"),
        accepts_with: &["E15"],
        ebd: "G_0006",
        day: Day::End,
        silence: Silence::SaysNothing,
    }),
    labels: labels!(gas "44016" => "44017", "44018"; informs; hears),
    ..Art::PLAIN
};
