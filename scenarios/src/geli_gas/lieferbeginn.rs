//! GeLi Gas Lieferbeginn: the new supplier registers for a Marktlokation, and the grid operator asks the one who is there.
//!
//! ```text
//! LFN ─44001→ NB       10 WT before the begin, else refused (E17); until the end of WT+4: 44002 (E15) or 44003
//!             NB ─44010→ LFA   where another supplier is there: 44011 consents, 44012 objects (44003, Z10), silence consents
//!             NB ─44036→ LFN   at the same time: there is another supplier; end of WT+4
//!             the answer is then due 24 h after that of the LFA, where this is earlier than the end of WT+4
//!             NB ─44037→ LFA   after the confirmation: the supply ends; end of the day of the 44002
//!             NB ─44038→ LFZ   where another supplier was to come: he will not; end of the day of the 44002
//! ```
//!
//! Silence of the NB says nothing. Source: GeLi Gas 3.0 (BK7-24-01-009) Kap. 3.2.3; AWH GeLi Gas V1.2 Kap. 2.5.2, SD Lieferbeginn Nr. 2–7;
//! code list G_0012 as the sample message names it. The codes E17, Z10 are those of the list of Antwortkategorien of the UTILMD.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, AsksFirst, Day, Information, Kind, Silence, To, When};

use super::abmeldeanfrage::ABMELDEANFRAGE;
use super::aufhebung::AUFHEBUNG;
use super::beendigung::BEENDIGUNG;

const EXISTS: Kind = Kind::utilmd("44036", "Information über existierende Zuordnung");
const CHANGE: Option<(&str, Option<&str>)> = Some(("E03", None));

/// GeLi Gas Lieferbeginn, LFN to NB.
pub const LIEFERBEGINN: Art = Art {
    name: "geli-gas-lieferbeginn",
    family: "GeLi Gas",
    sparte: Sparte::Gas,
    title: "Anmeldung",
    request: Kind::utilmd("44001", "Anmeldung"),
    reason: CHANGE,
    day: Day::Begin,
    lead_time: Some(("44001", "E17")),
    asks_first: Some(AsksFirst {
        question: &ABMELDEANFRAGE,
        whom: "supplier",
        objected: "Z10",
        goes_on_with: &[],
        answered_within: Some("44001-lfa-answered"),
    }),
    answers: Some(Answers {
        accepts: Kind::utilmd("44002", "Bestätigung der Anmeldung"),
        refuses: Kind::utilmd("44003", "Ablehnung der Anmeldung"),
        accepts_with: &["E15"],
        ebd: "G_0012",
        day: Day::Begin,
        silence: Silence::SaysNothing,
    }),
    informs: &[
        Information {
            kind: EXISTS,
            to: To::Asker,
            because_of: "supplier",
            when: When::Asked,
            day: Day::Begin,
            reason: CHANGE,
            has_frist: true,
        },
        Information {
            kind: BEENDIGUNG.request,
            to: To::Partner("supplier"),
            because_of: "supplier",
            when: When::AcceptanceDelivered,
            day: BEENDIGUNG.day,
            reason: BEENDIGUNG.reason,
            has_frist: true,
        },
        Information {
            kind: AUFHEBUNG.request,
            to: To::Partner("next_supplier"),
            because_of: "next_supplier",
            when: When::AcceptanceDelivered,
            day: AUFHEBUNG.day,
            reason: AUFHEBUNG.reason,
            has_frist: true,
        },
    ],
    hears: &[EXISTS],
    labels: labels!(gas "44001" => "44002", "44003"; asks "44010" => "44011", "44012"; informs "44036", "44037", "44038"; hears "44036"),
    ..Art::PLAIN
};
