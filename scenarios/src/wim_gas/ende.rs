//! WiM Gas Ende: the Messstellenbetreiber tells the grid operator that its service ends.
//!
//! ```text
//! MSB ─44051→ NB      until the end of WT+7: 44052 (E15; Z01 with a later day) or 44053
//!                     20 WT before the end; later, and the NB sets the next day that is possible
//! ```
//!
//! Silence says nothing. Source: AWH WiM Gas 2.0 Kap. 3.6.2 Nr. 1 and 2 (lead time as in WiM Strom Teil 1 Kap. 2.4.2); EBD E_2005.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence};

/// WiM Gas Ende, MSB to NB.
pub const ENDE: Art = Art {
    name: "wim-gas-ende",
    family: "WiM Gas",
    sparte: Sparte::Gas,
    title: "Ende",
    request: Kind::utilmd("44051", "Ende des Messstellenbetriebs"),
    reason: Some(("E03", None)),
    day: Day::End,
    lead_time: Some(("44051", "Z01")),
    answers: Some(Answers {
        accepts: Kind::utilmd("44052", "Bestätigung des Endes"),
        refuses: Kind::utilmd("44053", "Ablehnung des Endes"),
        accepts_with: &["E15", "Z01"],
        ebd: "E_2005",
        day: Day::End,
        silence: Silence::SaysNothing,
    }),
    labels: labels!(gas "44051" => "44052", "44053"; informs; hears),
    ..Art::PLAIN
};
