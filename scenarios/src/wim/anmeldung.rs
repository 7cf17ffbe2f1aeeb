//! WiM Strom Anmeldung: the new metering operator registers for a Messlokation, and reports when the meters hang.
//!
//! ```text
//! MSBN ─55042→ NB      at least 15 WT before the day (where nothing measures there yet: 7); until the end of WT+5: 55043 (E15) or 55044 (E17: too late)
//!
//! after 55043, counted from the confirmed day X:
//! MSBN ─21010→ NB      it is done      until the end of X+10WT;  NB until the end of WT+1: 21012 (the MeLo is theirs) or 21011
//!      ─21009→         it failed                                 NB until the end of WT+1: 21011
//! MSBN ←21013─ NB      nothing came: the whole has failed         on X+11WT
//! ```
//!
//! Silence of the NB says nothing; silence of the MSBN ends the Gesamtvorgang. That nothing measures there yet says no message: the NB
//! knows it from its master data ([`Messtechnik`](crate::vorgang::Messtechnik)). Source: WiM Strom Teil 1 Kap. 2.3.2; EBD E_0201, E_0232.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Report, Silence, Then};

/// What the MSBN reports, and what becomes of it.
pub const GESAMTVORGANG: Then = Then::Report(Report {
    title: "Gesamtvorgang",
    done: Kind::of("IFTSTA", "21010", "Gesamtvorgang erfolgreich"),
    failed: Kind::of("IFTSTA", "21009", "Gesamtvorgang gescheitert"),
    accepts: Kind::of("IFTSTA", "21012", "Zuordnung nach Gesamtvorgang"),
    refuses: Kind::of("IFTSTA", "21011", "keine Zuordnung nach Gesamtvorgang"),
    codes: ("E15", "E17"),
    ebd: "E_0232",
    calls_off: Kind::of("IFTSTA", "21013", "Scheitern des Gesamtvorgangs"),
    day: Day::Order,
});

/// WiM Strom Anmeldung, MSBN to NB.
pub const ANMELDUNG: Art = Art {
    name: "wim-anmeldung",
    family: "WiM Strom",
    sparte: Sparte::Strom,
    title: "Anmeldung",
    request: Kind::utilmd("55042", "Anmeldung MSB"),
    reason: Some(("E03", None)),
    day: Day::ServiceBegin,
    lead_time: Some(("55042", "E17")),
    first_lead_time: Some("55042-erstmalig"),
    answers: Some(Answers {
        accepts: Kind::utilmd("55043", "Bestätigung der Anmeldung MSB"),
        refuses: Kind::utilmd("55044", "Ablehnung der Anmeldung MSB"),
        accepts_with: &["E15"],
        ebd: "S_0055",
        day: Day::ServiceBegin,
        silence: Silence::SaysNothing,
    }),
    then: Some(&GESAMTVORGANG),
    labels: labels!(strom "55042" => "55043", "55044"; then reports "21010", "21009" => "21012", "21011"; or "21013"),
    ..Art::PLAIN
};
