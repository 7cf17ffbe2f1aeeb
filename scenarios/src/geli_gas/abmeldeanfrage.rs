//! GeLi Gas Abmeldeanfrage: the grid operator asks the supplier in possession whether its supply ends, since another one registers.
//!
//! ```text
//! NB ─44010→ LFA      until the end of WT+3: 44011 (E15) or 44012; silence is consent
//! ```
//!
//! Part of the Lieferbeginn, and a Vorgang of its own to the LFA. Source: AWH GeLi Gas 2.0 Kap. 2.5.2 SD Nr. 4; code list G_0009 as the
//! sample message names it.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence};

/// GeLi Gas Abmeldeanfrage, NB to LFA.
pub const ABMELDEANFRAGE: Art = Art {
    name: "geli-gas-abmeldeanfrage",
    family: "GeLi Gas",
    sparte: Sparte::Gas,
    title: "Abmeldeanfrage",
    request: Kind::utilmd("44010", "Abmeldeanfrage"),
    reason: Some(("E03", None)),
    day: Day::End,
    answers: Some(Answers {
        accepts: Kind::utilmd("44011", "Bestätigung der Abmeldeanfrage"),
        refuses: Kind::utilmd("44012", "Ablehnung der Abmeldeanfrage"),
        accepts_with: &["E15"],
        ebd: "G_0009",
        day: Day::End,
        silence: Silence::IsConsent,
    }),
    labels: labels!(gas "44010" => "44011", "44012"; informs; hears; late "44010"),
    ..Art::PLAIN
};
