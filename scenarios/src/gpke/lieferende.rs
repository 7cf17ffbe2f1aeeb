//! GPKE Lieferende from the supplier: it signs a Marktlokation off, since its customer leaves.
//!
//! ```text
//! LF ─55004→ NB      until 06:00 of WT+1: 55005 (A11) or 55006 (A01, A02 lead time missed, A05, A06, A09, A10)
//! ```
//!
//! Silence says nothing: the supplier stays with the Marktlokation until the NB answers. A lead time that is missed is found after the
//! message was recognised: 312 goes out, then the refusal A02. Source: BK6-24-174 GPKE Teil 2, SD Lieferende von LF an NB; EBD E_0607;
//! AWH LFW24 V1.7 Kap. 10.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence};

/// GPKE Lieferende, LF to NB.
pub const LIEFERENDE: Art = Art {
    name: "gpke-lieferende",
    family: "GPKE",
    sparte: Sparte::Strom,
    title: "Abmeldung",
    request: Kind::utilmd("55004", "Abmeldung"),
    reason: Some(("E01", Some("ZW4"))),
    day: Day::End,
    lead_time: Some(("55004", "A02")),
    answers: Some(Answers {
        accepts: Kind::utilmd("55005", "Bestätigung der Abmeldung"),
        refuses: Kind::utilmd("55006", "Ablehnung der Abmeldung"),
        accepts_with: &["A11"],
        ebd: "E_0607",
        day: Day::End,
        silence: Silence::SaysNothing,
    }),
    labels: labels!(strom "55004" => "55005", "55006"; informs; hears),
    ..Art::PLAIN
};
