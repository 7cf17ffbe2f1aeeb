//! GPKE Lieferende from the grid operator: it announces to the supplier that its Zuordnung ends, such as when a Marktlokation is shut down.
//!
//! ```text
//! NB ─55007→ LF      until 05:00 of WT+1: 55008 (A10) or 55009 (A01–A07, A09; A04 says in words why)
//! NB ─55611→ MSB     after the 55008, until 07:00 of WT+1 from the ÜT of the 55007: the metering ends, too
//! ```
//!
//! Silence says nothing. The NB tells the MSB only what the supplier agreed to; the back office names the MSB of the location (`msb`).
//! Source: BK6-24-174 GPKE Teil 2 § 2.5.2, SD Lieferende von NB an LF Nr. 2, 11 and 13; EBD E_0609.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Information, Kind, Silence, To, When};

const STILLLEGUNG_REASON: Option<(&str, Option<&str>)> = Some(("Z33", Some("ZW4")));

/// GPKE Lieferende, NB to LF.
pub const STILLLEGUNG: Art = Art {
    name: "gpke-stilllegung",
    family: "GPKE",
    sparte: Sparte::Strom,
    title: "Ankündigung der Beendigung",
    request: Kind::utilmd("55007", "Ankündigung der Beendigung"),
    reason: STILLLEGUNG_REASON,
    day: Day::End,
    answers: Some(Answers {
        accepts: Kind::utilmd("55008", "Bestätigung der Beendigung"),
        refuses: Kind::utilmd("55009", "Ablehnung der Beendigung"),
        accepts_with: &["A10"],
        ebd: "E_0609",
        day: Day::End,
        silence: Silence::SaysNothing,
    }),
    informs: &[Information {
        kind: Kind::utilmd("55611", "Beendigung der Zuordnung des MSB"),
        to: To::Partner("msb"),
        because_of: "msb",
        when: When::Granted,
        day: Day::End,
        reason: STILLLEGUNG_REASON,
        has_frist: true,
    }],
    labels: labels!(strom "55007" => "55008", "55009"; informs; hears; tells "55611"),
    ..Art::PLAIN
};
