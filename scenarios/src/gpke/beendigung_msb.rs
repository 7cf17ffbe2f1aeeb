//! GPKE Beendigung der Zuordnung des MSB: the metering operator hears that its Marktlokation is no more.
//!
//! ```text
//! NB ─55611→ MSB      no answer
//! ```
//!
//! Source: BK6-24-174 GPKE Teil 2 § 2.5.2, SD Lieferende von NB an LF Nr. 11 and 13.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Art, Day, Kind};

/// GPKE Beendigung der Zuordnung des MSB, NB to MSB.
pub const BEENDIGUNG_MSB: Art = Art {
    name: "gpke-beendigung-msb",
    family: "GPKE",
    sparte: Sparte::Strom,
    title: "Beendigung der Zuordnung des MSB",
    request: Kind::utilmd("55611", "Beendigung der Zuordnung des MSB"),
    reason: Some(("Z33", Some("ZW4"))),
    day: Day::End,
    labels: labels!(strom "55611" => ; informs; hears),
    ..Art::PLAIN
};
