//! Recorded messages, and the boundary's answer to them.

use mako_engine::Timestamp;
use mako_engine::fristen::{Sparte, berlin};
use mako_engine::version::release_of;
use mako_sim::edifact::identifier::InvalidIdentifier;
use mako_sim::edifact::pid::AllPids;
use mako_sim::edifact::reaction::Reaction;
use mako_sim::edifact::write::Envelope;
use mako_sim::edifact::{ReceiveContext, TypedMessage, react};

use crate::stores::Failed;

/// A supplier registers for a Marktlokation.
pub const ANMELDUNG: &[u8] = include_bytes!("../../scenarios/conversations/gpke_lieferbeginn_happy/01_LFN-NB_UTILMD_55001.edi");
/// The grid operator confirms it.
pub const BESTAETIGUNG: &[u8] = include_bytes!("../../scenarios/conversations/gpke_lieferbeginn_happy/07_NB-LFN_UTILMD_55002.edi");

/// What `me` would answer to `bytes`, received when they were recorded.
///
/// # Errors
/// `me` is no number of a Marktpartner.
pub fn reaction(bytes: &[u8], me: &str) -> Result<Reaction, InvalidIdentifier> {
    let releases = |message_type: &str, sparte: Sparte, at: Timestamp| release_of(message_type, sparte, at).map(str::to_owned);
    let context = ReceiveContext {
        me: me.parse()?,
        sparte: Sparte::Strom,
        received: Timestamp::from_unix_ms(1_762_430_400_000), // 6.11.2025, 13:00 in Berlin
        releases: &releases,
        pids: &AllPids,
        ledger: &|_: &str, _: &str| false,
        berlin_offset_seconds: &|at| berlin::local(at).2,
    };
    Ok(react(bytes, &context))
}

/// The confirmation, as a value.
///
/// # Errors
/// The boundary does not take it.
pub fn bestaetigung() -> Result<TypedMessage, Failed> {
    Ok(reaction(BESTAETIGUNG, "9999000001012")?.accepted().pop().ok_or("the boundary refuses the recorded 55002")?)
}

/// What the confirmation is sent in.
///
/// # Errors
/// [`InvalidIdentifier`] when a number in it is none.
pub fn envelope() -> Result<Envelope, InvalidIdentifier> {
    Ok(Envelope {
        sender: "9999000002010".parse()?,
        receiver: "9999000001012".parse()?,
        interchange_ref: "ABCDEFGHIJKL".to_owned(),
        message_ref: "ABCDEFGHIJKLM".to_owned(),
        prepared_at: Timestamp::from_unix_ms(1_762_430_400_000),
        berlin_offset_seconds: 3_600,
        release: "S2.1".to_owned(),
    })
}
