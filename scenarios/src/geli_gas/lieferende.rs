//! GeLi Gas Lieferende: the supplier tells the grid operator that its supply ends.
//!
//! ```text
//! LF ─44004→ NB       until the end of WT+3: 44005 (E15) or 44006
//! ```
//!
//! Silence says nothing. Source: GeLi Gas 3.0 (BK7-24-01-009) Kap. 3.2.2; EBD E_3019.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence};

/// GeLi Gas Lieferende, LF to NB.
pub const LIEFERENDE: Art = Art {
    name: "geli-gas-lieferende",
    family: "GeLi Gas",
    sparte: Sparte::Gas,
    title: "Abmeldung",
    request: Kind::utilmd("44004", "Abmeldung"),
    reason: Some(("E01", None)),
    day: Day::End,
    answers: Some(Answers {
        accepts: Kind::utilmd("44005", "Bestätigung der Abmeldung"),
        refuses: Kind::utilmd("44006", "Ablehnung der Abmeldung"),
        accepts_with: &["E15"],
        ebd: "E_3019",
        day: Day::End,
        silence: Silence::SaysNothing,
    }),
    labels: labels!(gas "44004" => "44005", "44006"; informs; hears),
    ..Art::PLAIN
};
