//! WiM Gas Verpflichtungsanfrage: a service ends and nobody follows, so the grid operator asks the grundzuständige Messstellenbetreiber.
//!
//! ```text
//! NB ─44168→ gMSB     8 to 5 WT before the end, else refused (E17); until the end of WT+1: 44169 (E15), or the refusal
//!                     refusal: 44170 until FV2026-10-01, from then on 44169 with another code
//! ```
//!
//! Silence says nothing. Source: AWH WiM Gas 2.0 Kap. 3.6.2 Nr. 3 and 4; EBD E_2006; PID 4.0, which has no 44170 any more.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence};

/// WiM Gas Verpflichtungsanfrage, NB to gMSB.
pub const VERPFLICHTUNGSANFRAGE: Art = Art {
    name: "wim-gas-verpflichtungsanfrage",
    family: "WiM Gas",
    sparte: Sparte::Gas,
    title: "Verpflichtungsanfrage",
    request: Kind::utilmd("44168", "Verpflichtungsanfrage"),
    reason: Some(("E03", None)),
    day: Day::End,
    lead_time: Some(("44168", "E17")),
    answers: Some(Answers {
        accepts: Kind::utilmd("44169", "Antwort auf die Verpflichtungsanfrage"),
        refuses: Kind::utilmd("44170", "Ablehnung der Verpflichtungsanfrage"),
        accepts_with: &["E15"],
        ebd: "E_2006",
        day: Day::End,
        silence: Silence::SaysNothing,
    }),
    labels: labels!(gas "44168" => "44169", "44170"; informs; hears),
    ..Art::PLAIN
};
