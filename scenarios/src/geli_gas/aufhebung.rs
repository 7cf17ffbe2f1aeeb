//! GeLi Gas Aufhebung einer zukünftigen Zuordnung: the supplier who was to come hears that he will not.
//!
//! ```text
//! NB ─44038→ LFZ      no answer
//! ```
//!
//! Source: AWH GeLi Gas V1.2 Kap. 2.5.2 SD Lieferbeginn Nr. 7.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Art, Day, Kind, Trigger};

/// GeLi Gas Aufhebung einer zukünftigen Zuordnung, NB to LFZ.
pub const AUFHEBUNG: Art = Art {
    name: "geli-gas-aufhebung",
    family: "GeLi Gas",
    sparte: Sparte::Gas,
    title: "Aufhebung",
    request: Kind::utilmd("44038", "Aufhebung einer zukünftigen Zuordnung"),
    reason: Some(("E03", None)),
    day: Day::Begin,
    lead_time: None,
    frist: Trigger::Request,
    asks_first: None,
    answers: None,
    execution: None,
    then: None,
    informs: &[],
    hears: &[],
    labels: labels!(gas "44038" => ; informs; hears),
};
