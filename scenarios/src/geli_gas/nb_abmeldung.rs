//! GeLi Gas Lieferende by the grid operator: it tells the supplier that the supply ends, as when the connection is shut down.
//!
//! ```text
//! NB ─44007→ LF       until the end of WT+3: 44008 (E15) or 44009
//! ```
//!
//! Silence says nothing. Source: AWH GeLi Gas 2.0 Kap. 2.3.2 SD Nr. 2; EBD E_3002.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence};

/// GeLi Gas Lieferende by the NB, NB to LF.
pub const NB_ABMELDUNG: Art = Art {
    name: "geli-gas-nb-abmeldung",
    family: "GeLi Gas",
    sparte: Sparte::Gas,
    title: "NB-Abmeldung",
    request: Kind::utilmd("44007", "NB-Abmeldung"),
    reason: Some(("Z33", None)),
    day: Day::End,
    answers: Some(Answers {
        accepts: Kind::utilmd("44008", "Bestätigung der NB-Abmeldung"),
        refuses: Kind::utilmd("44009", "Ablehnung der NB-Abmeldung"),
        accepts_with: &["E15"],
        ebd: "E_3002",
        day: Day::End,
        silence: Silence::SaysNothing,
    }),
    labels: labels!(gas "44007" => "44008", "44009"; informs; hears),
    ..Art::PLAIN
};
