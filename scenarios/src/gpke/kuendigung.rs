//! GPKE Kündigung: the new supplier gives notice to the old one on behalf of the customer.
//!
//! ```text
//! LFN ─55016→ LFA      until the end of WT+1: 55017 (A09, A03) or 55018 (A01, A04–A06, A08)
//! ```
//!
//! Silence says nothing: the LFN waits, and may register for the Marktlokation all the same. Source: BK6-24-174 GPKE Teil 2,
//! SD Kündigung; EBD E_0614.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence};

/// GPKE Kündigung, LFN to LFA.
pub const KUENDIGUNG: Art = Art {
    name: "gpke-kuendigung",
    family: "GPKE",
    sparte: Sparte::Strom,
    title: "Kündigung",
    request: Kind::utilmd("55016", "Kündigung"),
    reason: Some(("E03", Some("ZW4"))),
    day: Day::End,
    answers: Some(Answers {
        accepts: Kind::utilmd("55017", "Bestätigung der Kündigung"),
        refuses: Kind::utilmd("55018", "Ablehnung der Kündigung"),
        accepts_with: &["A09", "A03"],
        ebd: "E_0614",
        day: Day::ContractEnd,
        silence: Silence::SaysNothing,
    }),
    labels: labels!(strom "55016" => "55017", "55018"; informs; hears),
    ..Art::PLAIN
};
