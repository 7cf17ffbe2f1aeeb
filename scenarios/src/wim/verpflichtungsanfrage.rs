//! WiM Strom Verpflichtungsanfrage: the grid operator asks the grundzuständigen metering operator to take over.
//!
//! ```text
//! NB ─55168→ gMSB      from the 8th to the 5th WT before the end; until the end of WT+1: 55169 or 55170
//! ```
//!
//! Silence says nothing here; what the NB makes of it stands in [`ende`](super::ende). What comes too late or too early is refused.
//! Source: WiM Strom Teil 1 Kap. 2.4.2 Nr. 3 and 4; EBD E_0240.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence};

/// WiM Strom Verpflichtungsanfrage, NB to gMSB.
pub const VERPFLICHTUNGSANFRAGE: Art = Art {
    name: "wim-verpflichtungsanfrage",
    family: "WiM Strom",
    sparte: Sparte::Strom,
    title: "Verpflichtungsanfrage",
    request: Kind::utilmd("55168", "Verpflichtungsanfrage"),
    reason: Some(("E03", None)),
    day: Day::ServiceBegin,
    lead_time: Some(("55168", "E17")),
    answers: Some(Answers {
        accepts: Kind::utilmd("55169", "Bestätigung der Verpflichtungsanfrage"),
        refuses: Kind::utilmd("55170", "Ablehnung der Verpflichtungsanfrage"),
        accepts_with: &["E15"],
        ebd: "E_0240",
        day: Day::None,
        silence: Silence::SaysNothing,
    }),
    labels: labels!(strom "55168" => "55169", "55170"; informs; hears),
    ..Art::PLAIN
};
