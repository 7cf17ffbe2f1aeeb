//! MABIS Zählpunkt of the monthly AAÜZ (Ausgleichsenergie by the Übertragungsnetzbetreiber's count), of the BKV of a supplier or of the
//! requesting grid operator.
//!
//! ```text
//! anfNB ─55203, 55209→ BIKO      for the first of a month 00:00; until the end of WT+1: 55204, 55210
//! anfNB ─55206, 55212→ BIKO      for the first of a month 00:00; until the end of WT+1: 55207, 55213
//! BIKO  ─55205, 55211, 55208, 55214→ BKV      told when it was accepted
//! ```
//!
//! One Prüfidentifikator says both yes and no; the code tells (E15 is yes; A01: no first of a month, or in the past). Silence says nothing.
//! Source: BK6-24-174 Anlage 3 (MaBiS) Kap. 17.3.3 and 17.3.5; EBD E_0071, E_0072, E_0078, E_0079.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Information, Kind, Silence, To, When};

const CAUSE: Option<(&str, Option<&str>)> = Some(("E03", None));

/// What all of them have.
const AAUEZ: Art = Art { family: "MABIS", sparte: Sparte::Strom, reason: CAUSE, ..Art::PLAIN };

/// One Prüfidentifikator says both yes and no.
const fn answered(pid: &'static str, word: &'static str, ebd: &'static str, day: Day) -> Option<Answers> {
    let answer = Kind::utilmd(pid, word);
    Some(Answers { accepts: answer, refuses: answer, accepts_with: &["E15"], ebd, day, silence: Silence::SaysNothing })
}

/// The BKV is told of what was accepted.
const fn told(pid: &'static str, word: &'static str, day: Day) -> Information {
    let (to, because_of, when) = (To::Partner("bkv"), "bkv", When::Accepted);
    Information { kind: Kind::utilmd(pid, word), to, because_of, when, day, reason: CAUSE, has_frist: true }
}

/// MABIS Aktivierung of a Zählpunkt of the AAÜZ of the BKV of the LF, anfNB to BIKO.
pub const AKTIVIERUNG_LF: Art = Art {
    name: "mabis-aauez-aktivierung-lf",
    title: "Aktivierung",
    request: Kind::utilmd("55203", "Aktivierung ZP AAÜZ"),
    day: Day::Begin,
    lead_time: Some(("55203", "A01")),
    answers: answered("55204", "Antwort auf die Aktivierung AAÜZ", "E_0071", Day::Begin),
    informs: &[told("55205", "Weiterleitung Aktivierung", Day::Begin)],
    labels: labels!(strom "55203" => "55204"; informs "55205"; hears),
    ..AAUEZ
};

/// MABIS Aktivierung of a Zählpunkt of the AAÜZ of the BKV of the LF, BIKO to BKV.
pub const WEITERLEITUNG_AKTIVIERUNG_LF: Art = Art {
    name: "mabis-aauez-weiterleitung-aktivierung-lf",
    title: "Weiterleitung Aktivierung",
    request: Kind::utilmd("55205", "Weiterleitung Aktivierung"),
    day: Day::Begin,
    labels: labels!(strom "55205" => ; informs; hears),
    ..AAUEZ
};

/// MABIS Deaktivierung of a Zählpunkt of the AAÜZ of the BKV of the LF, anfNB to BIKO.
pub const DEAKTIVIERUNG_LF: Art = Art {
    name: "mabis-aauez-deaktivierung-lf",
    title: "Deaktivierung",
    request: Kind::utilmd("55206", "Deaktivierung ZP AAÜZ"),
    day: Day::End,
    lead_time: Some(("55206", "A01")),
    answers: answered("55207", "Antwort auf die Deaktivierung AAÜZ", "E_0072", Day::End),
    informs: &[told("55208", "Weiterleitung Deaktivierung", Day::End)],
    labels: labels!(strom "55206" => "55207"; informs "55208"; hears),
    ..AAUEZ
};

/// MABIS Deaktivierung of a Zählpunkt of the AAÜZ of the BKV of the LF, BIKO to BKV.
pub const WEITERLEITUNG_DEAKTIVIERUNG_LF: Art = Art {
    name: "mabis-aauez-weiterleitung-deaktivierung-lf",
    title: "Weiterleitung Deaktivierung",
    request: Kind::utilmd("55208", "Weiterleitung Deaktivierung"),
    day: Day::End,
    labels: labels!(strom "55208" => ; informs; hears),
    ..AAUEZ
};

/// MABIS Aktivierung of a Zählpunkt of the AAÜZ of the BKV of the anfNB, anfNB to BIKO.
pub const AKTIVIERUNG_ANFNB: Art = Art {
    name: "mabis-aauez-aktivierung-anfnb",
    title: "Aktivierung",
    request: Kind::utilmd("55209", "Aktivierung ZP AAÜZ"),
    day: Day::Begin,
    lead_time: Some(("55209", "A01")),
    answers: answered("55210", "Antwort auf die Aktivierung AAÜZ", "E_0078", Day::Begin),
    informs: &[told("55211", "Weiterleitung Aktivierung", Day::Begin)],
    labels: labels!(strom "55209" => "55210"; informs "55211"; hears),
    ..AAUEZ
};

/// MABIS Aktivierung of a Zählpunkt of the AAÜZ of the BKV of the anfNB, BIKO to BKV.
pub const WEITERLEITUNG_AKTIVIERUNG_ANFNB: Art = Art {
    name: "mabis-aauez-weiterleitung-aktivierung-anfnb",
    title: "Weiterleitung Aktivierung",
    request: Kind::utilmd("55211", "Weiterleitung Aktivierung"),
    day: Day::Begin,
    labels: labels!(strom "55211" => ; informs; hears),
    ..AAUEZ
};

/// MABIS Deaktivierung of a Zählpunkt of the AAÜZ of the BKV of the anfNB, anfNB to BIKO.
pub const DEAKTIVIERUNG_ANFNB: Art = Art {
    name: "mabis-aauez-deaktivierung-anfnb",
    title: "Deaktivierung",
    request: Kind::utilmd("55212", "Deaktivierung ZP AAÜZ"),
    day: Day::End,
    lead_time: Some(("55212", "A01")),
    answers: answered("55213", "Antwort auf die Deaktivierung AAÜZ", "E_0079", Day::End),
    informs: &[told("55214", "Weiterleitung Deaktivierung", Day::End)],
    labels: labels!(strom "55212" => "55213"; informs "55214"; hears),
    ..AAUEZ
};

/// MABIS Deaktivierung of a Zählpunkt of the AAÜZ of the BKV of the anfNB, BIKO to BKV.
pub const WEITERLEITUNG_DEAKTIVIERUNG_ANFNB: Art = Art {
    name: "mabis-aauez-weiterleitung-deaktivierung-anfnb",
    title: "Weiterleitung Deaktivierung",
    request: Kind::utilmd("55214", "Weiterleitung Deaktivierung"),
    day: Day::End,
    labels: labels!(strom "55214" => ; informs; hears),
    ..AAUEZ
};
