//! WiM Strom Ende: a metering operator leaves a Messlokation, and the grid operator sees to it that somebody takes over.
//!
//! ```text
//! MSBA ─55051→ NB      at least 20 WT before the day X, else the NB puts the next day that can be; until the end of WT+7: 55052 or 55053
//!
//! after 55052, where the Messlokation has a grundzuständigen MSB:
//! NB ─55168→ gMSB      from the 8th to the 5th WT before X; until the end of WT+1: 55169 (takes over) or 55170
//! NB ─17002→ MSBA      where the gMSB declines, or says nothing; until the end of WT+1: 19003 (stays) or 19004
//! ```
//!
//! Source: WiM Strom Teil 1 Kap. 2.4.2; EBD E_0202, in messages of FV2025-10-01 S_0060.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence, Successor, Then};

/// Who takes over.
pub const VERPFLICHTUNG: Then = Then::Successor(Successor {
    partner: "gmsb",
    asks: Kind::utilmd("55168", "Verpflichtungsanfrage"),
    asks_day: Day::ServiceBegin,
    takes: Kind::utilmd("55169", "Bestätigung der Verpflichtungsanfrage"),
    declines: Kind::utilmd("55170", "Ablehnung der Verpflichtungsanfrage"),
    orders: Kind::of("ORDERS", "17002", "Weiterverpflichtung"),
    orders_day: Day::Order,
    stays: Kind::of("ORDRSP", "19003", "Fortführungsbestätigung"),
    goes: Kind::of("ORDRSP", "19004", "Ablehnung der Fortführung"),
});

/// WiM Strom Ende, MSBA to NB.
pub const ENDE: Art = Art {
    name: "wim-ende",
    family: "WiM Strom",
    sparte: Sparte::Strom,
    title: "Ende",
    request: Kind::utilmd("55051", "Ende MSB"),
    reason: Some(("E03", None)),
    day: Day::End,
    lead_time: Some(("55051", "Z01")),
    answers: Some(Answers {
        accepts: Kind::utilmd("55052", "Bestätigung des Endes MSB"),
        refuses: Kind::utilmd("55053", "Ablehnung des Endes MSB"),
        accepts_with: &["E15", "Z01"],
        ebd: "S_0060",
        day: Day::End,
        silence: Silence::SaysNothing,
    }),
    then: Some(&VERPFLICHTUNG),
    labels: labels!(strom "55051" => "55052", "55053"; then asks "55168" => "55169", "55170"; then orders "17002" => "19003", "19004"),
    ..Art::PLAIN
};
