//! GPKE Neuanlage: a supplier registers for a Marktlokation that is still being built, consuming or generating.
//!
//! ```text
//! LF ─55600→ NB      until 00:00 of WT+61: 55602 (A09) or 55604 (A01–A08)        consuming
//! LF ─55601→ NB      until 00:00 of WT+61: 55603 (A18) or 55605 (A10–A17, A19)   generating
//! ```
//!
//! The long runner of the family: the connection is built meanwhile, so the answer has three months, and the request of one format
//! version is answered in the next one. Silence says nothing. The begin may lie in the past or in the future; no lead time is stated
//! for it. Source: BK6-24-174 GPKE Teil 2 § 2.2.2, SD Neuanlage Prozessschritte 2/3; EBD E_0608.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence};

/// Why: a new connection is moved into.
const NEW_CONNECTION: Option<(&str, Option<&str>)> = Some(("E02", Some("ZW4")));

/// GPKE Neuanlage of a consuming Marktlokation, LF to NB.
pub const NEUANLAGE: Art = Art {
    name: "gpke-neuanlage",
    family: "GPKE",
    sparte: Sparte::Strom,
    title: "Neuanlage",
    request: Kind::utilmd("55600", "Anmeldung einer Neuanlage"),
    reason: NEW_CONNECTION,
    day: Day::Begin,
    answers: Some(Answers {
        accepts: Kind::utilmd("55602", "Bestätigung der Neuanlage"),
        refuses: Kind::utilmd("55604", "Ablehnung der Neuanlage"),
        accepts_with: &["A09"],
        ebd: "E_0608",
        day: Day::Begin,
        silence: Silence::SaysNothing,
    }),
    labels: labels!(strom "55600" => "55602", "55604"; informs; hears),
    ..Art::PLAIN
};

/// GPKE Neuanlage of a generating Marktlokation, LF to NB.
pub const NEUANLAGE_ERZEUGEND: Art = Art {
    name: "gpke-neuanlage-erzeugend",
    title: "Neuanlage erzeugend",
    request: Kind::utilmd("55601", "Anmeldung einer erzeugenden Neuanlage"),
    answers: Some(Answers {
        accepts: Kind::utilmd("55603", "Bestätigung der erzeugenden Neuanlage"),
        refuses: Kind::utilmd("55605", "Ablehnung der erzeugenden Neuanlage"),
        accepts_with: &["A18"],
        ebd: "E_0608",
        day: Day::Begin,
        silence: Silence::SaysNothing,
    }),
    labels: labels!(strom "55601" => "55603", "55605"; informs; hears),
    ..NEUANLAGE
};
