//! GeLi Gas Aufhebung einer zukünftigen Zuordnung: the supplier who was to come hears that he will not.
//!
//! ```text
//! NB ─44038→ LFZ      no answer
//! ```
//!
//! Source: AWH GeLi Gas V1.2 Kap. 2.5.2 SD Lieferbeginn Nr. 7.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Art, Day, Kind};

/// GeLi Gas Aufhebung einer zukünftigen Zuordnung, NB to LFZ.
pub const AUFHEBUNG: Art = Art {
    name: "geli-gas-aufhebung",
    family: "GeLi Gas",
    sparte: Sparte::Gas,
    title: "Aufhebung",
    request: Kind::utilmd("44038", "Aufhebung einer zukünftigen Zuordnung"),
    reason: Some(("E03", None)),
    day: Day::Begin,
    labels: labels!(gas "44038" => ; informs; hears),
    ..Art::PLAIN
};
