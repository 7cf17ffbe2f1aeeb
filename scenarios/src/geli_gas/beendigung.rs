//! GeLi Gas Beendigung der Zuordnung: the supplier in possession hears that its supply ends.
//!
//! ```text
//! NB ─44037→ LFA      no answer
//! ```
//!
//! Source: AWH GeLi Gas V1.2 Kap. 2.5.2 SD Lieferbeginn Nr. 6.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Art, Day, Kind};

/// GeLi Gas Beendigung der Zuordnung, NB to LFA.
pub const BEENDIGUNG: Art = Art {
    name: "geli-gas-beendigung",
    family: "GeLi Gas",
    sparte: Sparte::Gas,
    title: "Beendigung",
    request: Kind::utilmd("44037", "Beendigung der Zuordnung"),
    reason: Some(("ZC8", None)),
    day: Day::End,
    labels: labels!(gas "44037" => ; informs; hears),
    ..Art::PLAIN
};
