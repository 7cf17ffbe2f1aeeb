//! GPKE Lieferbeginn of a generating Marktlokation: like that of a consuming one, seen from the two who must agree.
//!
//! ```text
//! LFN ─55077→ NB      until 11:00 of WT+1: 55078 (A51) or 55080
//!                     where another supplier is there: 55036 to the LFN (07:00 of WT+1), 55037 to the LFA (12:00 of WT+1)
//!                     where one is to come:            55038 to the LFZ (12:00 of WT+1)
//! ```
//!
//! The supplier in possession is not asked (55010) here: the back office knows. Source: BK6-24-174 GPKE Teil 2, SD Lieferbeginn; EBD
//! E_0622, E_0623.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Information, Kind, Silence, To, When};

const EXISTS: Kind = Kind::utilmd("55036", "Information über existierende Zuordnung");
const ENDS: Kind = Kind::utilmd("55037", "Beendigung der Zuordnung");
const NEVER_BEGINS: Kind = Kind::utilmd("55038", "Aufhebung einer zukünftigen Zuordnung");
const CHANGE: Option<(&str, Option<&str>)> = Some(("E03", Some("ZW4")));

/// GPKE Lieferbeginn erzeugend, LFN to NB.
pub const ANMELDUNG_ERZEUGEND: Art = Art {
    name: "gpke-anmeldung-erzeugend",
    family: "GPKE",
    sparte: Sparte::Strom,
    title: "Anmeldung einer erzeugenden Marktlokation",
    request: Kind::utilmd("55077", "Anmeldung einer erzeugenden Marktlokation"),
    reason: CHANGE,
    day: Day::Begin,
    lead_time: Some(("55077", "A07")),
    answers: Some(Answers {
        accepts: Kind::utilmd("55078", "Bestätigung"),
        refuses: Kind::utilmd("55080", "Ablehnung"),
        accepts_with: &["A51"],
        ebd: "E_0623",
        day: Day::Begin,
        silence: Silence::SaysNothing,
    }),
    informs: &[
        Information {
            kind: EXISTS,
            to: To::Asker,
            because_of: "supplier",
            when: When::Decided,
            day: Day::Begin,
            reason: CHANGE,
            has_frist: true,
        },
        Information {
            kind: ENDS,
            to: To::Partner("supplier"),
            because_of: "supplier",
            when: When::Accepted,
            day: Day::End,
            reason: Some(("ZC8", Some("ZW4"))),
            has_frist: true,
        },
        Information {
            kind: NEVER_BEGINS,
            to: To::Partner("next_supplier"),
            because_of: "next_supplier",
            when: When::Accepted,
            day: Day::Begin,
            reason: CHANGE,
            has_frist: true,
        },
    ],
    hears: &[EXISTS],
    labels: labels!(strom "55077" => "55078", "55080"; informs "55036", "55037", "55038"; hears "55036"),
    ..Art::PLAIN
};
