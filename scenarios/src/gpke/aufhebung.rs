//! GPKE Aufhebung einer zukünftigen Zuordnung: the supplier who was to come hears that he will not.
//!
//! ```text
//! NB ─55038→ LFZ      no answer
//! ```
//!
//! Source: BK6-24-174 GPKE Teil 2 § 2.1.2 SD Lieferbeginn Nr. 13.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Art, Day, Kind};

/// GPKE Aufhebung einer zukünftigen Zuordnung, NB to LFZ.
pub const AUFHEBUNG: Art = Art {
    name: "gpke-aufhebung",
    family: "GPKE",
    sparte: Sparte::Strom,
    title: "Aufhebung einer zukünftigen Zuordnung",
    request: Kind::utilmd("55038", "Aufhebung einer zukünftigen Zuordnung"),
    reason: Some(("E03", Some("ZW4"))),
    day: Day::Begin,
    labels: labels!(strom "55038" => ; informs; hears),
    ..Art::PLAIN
};
