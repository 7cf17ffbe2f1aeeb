//! GeLi Gas Ersatz-/Grundversorgung: the grid operator assigns a Marktlokation without supplier to the default supplier.
//!
//! ```text
//! NB ─44013→ E/G      until the end of WT+2: 44014 (E15) or 44015; silence is consent
//! ```
//!
//! Source: GeLi Gas 3.0 (BK7-24-01-009) Kap. 3.3.2; EBD E_3008.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence};

/// GeLi Gas Ersatz-/Grundversorgung, NB to E/G.
pub const ERSATZVERSORGUNG: Art = Art {
    name: "geli-gas-ersatzversorgung",
    family: "GeLi Gas",
    sparte: Sparte::Gas,
    title: "Ersatzversorgung",
    request: Kind::utilmd("44013", "Ersatz-/Grundversorgung"),
    reason: Some(("Z38", None)),
    day: Day::Begin,
    answers: Some(Answers {
        accepts: Kind::utilmd("44014", "Bestätigung der Ersatzversorgung"),
        refuses: Kind::utilmd("44015", "Ablehnung der Ersatzversorgung"),
        accepts_with: &["E15"],
        ebd: "E_3008",
        day: Day::Begin,
        silence: Silence::IsConsent,
    }),
    labels: labels!(gas "44013" => "44014", "44015"; informs; hears; late "44013"),
    ..Art::PLAIN
};
