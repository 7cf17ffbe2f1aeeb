//! WiM Gas Anmeldung: the new Messstellenbetreiber registers for a Messlokation at the grid operator.
//!
//! ```text
//! MSBN ─44042→ NB     15 WT before the begin (where nothing measures there yet: 7), else refused (E17); until the end of WT+5: 44043 (E15) or 44044
//! ```
//!
//! Silence says nothing. Source: AWH WiM Gas 2.0 Kap. 3.5.2 Nr. 1 and 2; EBD E_2002.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence};

/// WiM Gas Anmeldung, MSBN to NB.
pub const ANMELDUNG: Art = Art {
    name: "wim-gas-anmeldung",
    family: "WiM Gas",
    sparte: Sparte::Gas,
    title: "Anmeldung",
    request: Kind::utilmd("44042", "Anmeldung"),
    reason: Some(("E03", None)),
    day: Day::ServiceBegin,
    lead_time: Some(("44042", "E17")),
    first_lead_time: Some("44042-erstmalig"),
    answers: Some(Answers {
        accepts: Kind::utilmd("44043", "Bestätigung der Anmeldung"),
        refuses: Kind::utilmd("44044", "Ablehnung der Anmeldung"),
        accepts_with: &["E15"],
        ebd: "E_2002",
        day: Day::ServiceBegin,
        silence: Silence::SaysNothing,
    }),
    labels: labels!(gas "44042" => "44043", "44044"; informs; hears),
    ..Art::PLAIN
};
