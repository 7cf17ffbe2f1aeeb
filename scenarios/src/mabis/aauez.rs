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
use crate::vorgang::{Answers, Art, Day, Information, Kind, Silence, To, Trigger, When};

const CAUSE: Option<(&str, Option<&str>)> = Some(("E03", None));

/// MABIS Aktivierung of a Zählpunkt of the AAÜZ of the BKV of the LF, anfNB to BIKO.
pub const AKTIVIERUNG_LF: Art = Art {
    name: "mabis-aauez-aktivierung-lf",
    family: "MABIS",
    sparte: Sparte::Strom,
    title: "Aktivierung",
    request: Kind::utilmd("55203", "Aktivierung ZP AAÜZ"),
    reason: CAUSE,
    day: Day::Begin,
    lead_time: Some(("55203", "A01")),
    frist: Trigger::Request,
    answers: Some(Answers {
        accepts: Kind::utilmd("55204", "Antwort auf die Aktivierung AAÜZ"),
        refuses: Kind::utilmd("55204", "Antwort auf die Aktivierung AAÜZ"),
        accepts_with: &["E15"],
        ebd: "E_0071",
        day: Day::Begin,
        silence: Silence::SaysNothing,
    }),
    asks_first: None,
    execution: None,
    then: None,
    informs: &[Information {
        kind: Kind::utilmd("55205", "Weiterleitung Aktivierung"),
        to: To::Partner("bkv"),
        because_of: "bkv",
        when: When::Accepted,
        day: Day::Begin,
        reason: CAUSE,
        has_frist: true,
    }],
    hears: &[],
    labels: labels!(strom "55203" => "55204"; informs "55205"; hears),
};

/// MABIS Aktivierung of a Zählpunkt of the AAÜZ of the BKV of the LF, BIKO to BKV.
pub const WEITERLEITUNG_AKTIVIERUNG_LF: Art = Art {
    name: "mabis-aauez-weiterleitung-aktivierung-lf",
    family: "MABIS",
    sparte: Sparte::Strom,
    title: "Weiterleitung Aktivierung",
    request: Kind::utilmd("55205", "Weiterleitung Aktivierung"),
    reason: CAUSE,
    day: Day::Begin,
    lead_time: None,
    frist: Trigger::Request,
    answers: None,
    asks_first: None,
    execution: None,
    then: None,
    informs: &[],
    hears: &[],
    labels: labels!(strom "55205" => ; informs; hears),
};

/// MABIS Deaktivierung of a Zählpunkt of the AAÜZ of the BKV of the LF, anfNB to BIKO.
pub const DEAKTIVIERUNG_LF: Art = Art {
    name: "mabis-aauez-deaktivierung-lf",
    family: "MABIS",
    sparte: Sparte::Strom,
    title: "Deaktivierung",
    request: Kind::utilmd("55206", "Deaktivierung ZP AAÜZ"),
    reason: CAUSE,
    day: Day::End,
    lead_time: Some(("55206", "A01")),
    frist: Trigger::Request,
    answers: Some(Answers {
        accepts: Kind::utilmd("55207", "Antwort auf die Deaktivierung AAÜZ"),
        refuses: Kind::utilmd("55207", "Antwort auf die Deaktivierung AAÜZ"),
        accepts_with: &["E15"],
        ebd: "E_0072",
        day: Day::End,
        silence: Silence::SaysNothing,
    }),
    asks_first: None,
    execution: None,
    then: None,
    informs: &[Information {
        kind: Kind::utilmd("55208", "Weiterleitung Deaktivierung"),
        to: To::Partner("bkv"),
        because_of: "bkv",
        when: When::Accepted,
        day: Day::End,
        reason: CAUSE,
        has_frist: true,
    }],
    hears: &[],
    labels: labels!(strom "55206" => "55207"; informs "55208"; hears),
};

/// MABIS Deaktivierung of a Zählpunkt of the AAÜZ of the BKV of the LF, BIKO to BKV.
pub const WEITERLEITUNG_DEAKTIVIERUNG_LF: Art = Art {
    name: "mabis-aauez-weiterleitung-deaktivierung-lf",
    family: "MABIS",
    sparte: Sparte::Strom,
    title: "Weiterleitung Deaktivierung",
    request: Kind::utilmd("55208", "Weiterleitung Deaktivierung"),
    reason: CAUSE,
    day: Day::End,
    lead_time: None,
    frist: Trigger::Request,
    answers: None,
    asks_first: None,
    execution: None,
    then: None,
    informs: &[],
    hears: &[],
    labels: labels!(strom "55208" => ; informs; hears),
};

/// MABIS Aktivierung of a Zählpunkt of the AAÜZ of the BKV of the anfNB, anfNB to BIKO.
pub const AKTIVIERUNG_ANFNB: Art = Art {
    name: "mabis-aauez-aktivierung-anfnb",
    family: "MABIS",
    sparte: Sparte::Strom,
    title: "Aktivierung",
    request: Kind::utilmd("55209", "Aktivierung ZP AAÜZ"),
    reason: CAUSE,
    day: Day::Begin,
    lead_time: Some(("55209", "A01")),
    frist: Trigger::Request,
    answers: Some(Answers {
        accepts: Kind::utilmd("55210", "Antwort auf die Aktivierung AAÜZ"),
        refuses: Kind::utilmd("55210", "Antwort auf die Aktivierung AAÜZ"),
        accepts_with: &["E15"],
        ebd: "E_0078",
        day: Day::Begin,
        silence: Silence::SaysNothing,
    }),
    asks_first: None,
    execution: None,
    then: None,
    informs: &[Information {
        kind: Kind::utilmd("55211", "Weiterleitung Aktivierung"),
        to: To::Partner("bkv"),
        because_of: "bkv",
        when: When::Accepted,
        day: Day::Begin,
        reason: CAUSE,
        has_frist: true,
    }],
    hears: &[],
    labels: labels!(strom "55209" => "55210"; informs "55211"; hears),
};

/// MABIS Aktivierung of a Zählpunkt of the AAÜZ of the BKV of the anfNB, BIKO to BKV.
pub const WEITERLEITUNG_AKTIVIERUNG_ANFNB: Art = Art {
    name: "mabis-aauez-weiterleitung-aktivierung-anfnb",
    family: "MABIS",
    sparte: Sparte::Strom,
    title: "Weiterleitung Aktivierung",
    request: Kind::utilmd("55211", "Weiterleitung Aktivierung"),
    reason: CAUSE,
    day: Day::Begin,
    lead_time: None,
    frist: Trigger::Request,
    answers: None,
    asks_first: None,
    execution: None,
    then: None,
    informs: &[],
    hears: &[],
    labels: labels!(strom "55211" => ; informs; hears),
};

/// MABIS Deaktivierung of a Zählpunkt of the AAÜZ of the BKV of the anfNB, anfNB to BIKO.
pub const DEAKTIVIERUNG_ANFNB: Art = Art {
    name: "mabis-aauez-deaktivierung-anfnb",
    family: "MABIS",
    sparte: Sparte::Strom,
    title: "Deaktivierung",
    request: Kind::utilmd("55212", "Deaktivierung ZP AAÜZ"),
    reason: CAUSE,
    day: Day::End,
    lead_time: Some(("55212", "A01")),
    frist: Trigger::Request,
    answers: Some(Answers {
        accepts: Kind::utilmd("55213", "Antwort auf die Deaktivierung AAÜZ"),
        refuses: Kind::utilmd("55213", "Antwort auf die Deaktivierung AAÜZ"),
        accepts_with: &["E15"],
        ebd: "E_0079",
        day: Day::End,
        silence: Silence::SaysNothing,
    }),
    asks_first: None,
    execution: None,
    then: None,
    informs: &[Information {
        kind: Kind::utilmd("55214", "Weiterleitung Deaktivierung"),
        to: To::Partner("bkv"),
        because_of: "bkv",
        when: When::Accepted,
        day: Day::End,
        reason: CAUSE,
        has_frist: true,
    }],
    hears: &[],
    labels: labels!(strom "55212" => "55213"; informs "55214"; hears),
};

/// MABIS Deaktivierung of a Zählpunkt of the AAÜZ of the BKV of the anfNB, BIKO to BKV.
pub const WEITERLEITUNG_DEAKTIVIERUNG_ANFNB: Art = Art {
    name: "mabis-aauez-weiterleitung-deaktivierung-anfnb",
    family: "MABIS",
    sparte: Sparte::Strom,
    title: "Weiterleitung Deaktivierung",
    request: Kind::utilmd("55214", "Weiterleitung Deaktivierung"),
    reason: CAUSE,
    day: Day::End,
    lead_time: None,
    frist: Trigger::Request,
    answers: None,
    asks_first: None,
    execution: None,
    then: None,
    informs: &[],
    hears: &[],
    labels: labels!(strom "55214" => ; informs; hears),
};
