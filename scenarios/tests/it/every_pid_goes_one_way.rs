//! Every Prüfidentifikator, in every format version and Sparte, goes one way: to one workflow, or to a refusal that has a name.

use std::sync::Arc;

use mako_engine::dead_letter::AuditContext;
use mako_engine::fristen::Sparte;
use mako_engine::routing::{Claim, Inbound};
use mako_engine::store::KeyedStore;
use mako_engine::testing::{ManualClock, MemoryBackend, SeededIds};
use mako_engine::version::{PidRow, pid, pids};
use mako_engine::{EngineBuilder, EngineContext, FormatVersion, TenantId, Timestamp};
use mako_scenarios::market::{FIRST, Market, processes};
use mako_scenarios::suite;
use mako_sim::application::Application as _;
use proptest::prelude::*;

/// An engine with every workflow of the market.
fn engine() -> EngineContext {
    let plan = suite::load(&suite::home().join("gpke/lieferbeginn_happy.scenario")).expect("a scenario");
    let store = Arc::new(KeyedStore::open(MemoryBackend::default()).expect("an empty store"));
    let clock = Arc::new(ManualClock::at(Timestamp::EPOCH));
    let builder = EngineBuilder::new(TenantId::new("9999000002010"), store, clock, Arc::new(SeededIds::new(1)));
    Market.wire(&plan, &plan.parties[0], builder).build().expect("the market")
}

fn message(row: &PidRow, version: FormatVersion, sparte: Sparte, role: &str) -> Inbound {
    Inbound {
        message_type: row.message.clone(),
        pid: Some(row.pid.to_string()),
        sparte,
        role: role.into(),
        format_version: version,
        sender: "9999000001012".to_owned(),
        received_at: Timestamp::EPOCH,
        references: Vec::new(),
        idempotency_key: None,
        about: format!("{} {}", row.message, row.pid),
        audit: AuditContext::at(Timestamp::EPOCH),
        body: Arc::new(()),
    }
}

/// Who claims a message of this kind.
fn claims<'a>(engine: &'a EngineContext, message: &Inbound) -> Vec<&'a Claim> {
    engine.router().iter().filter(|claim| claim.on.matches(message)).collect()
}

#[test]
fn of_the_catalogue() {
    let engine = engine();
    let (mut routed, mut refused, mut nobody) = (0, 0, 0);
    for (row, version, sparte) in
        pids().flat_map(|row| FormatVersion::ALL.map(|version| [Sparte::Strom, Sparte::Gas].map(|sparte| (row, version, sparte)))).flatten()
    {
        match pid(row.pid, version, Some(sparte)) {
            Err(refusal) => {
                assert!(refusal.to_string().contains(&row.pid.to_string()), "{refusal}: it names the Prüfidentifikator");
                refused += 1;
            }
            Ok(_) => match claims(&engine, &message(row, version, sparte, "anybody")).as_slice() {
                [] => nobody += 1,
                [claim] => {
                    // One that continues a conversation goes to the workflow that had it. Nothing here is older than the Lieferbeginn in 24 h.
                    let reads =
                        |workflow: &str| engine.workflows().any(|(known, versions)| known == workflow && versions.contains(&version));
                    assert!(version < FIRST || claim.route.workflow().is_none_or(reads), "{claim}: no such workflow reads {version}");
                    routed += 1;
                }
                several => panic!("{} {} in {version} and {sparte}: {several:?}", row.message, row.pid),
            },
        }
    }
    assert!(routed > 0 && refused > 0 && nobody > 0, "{routed} routed, {refused} refused, {nobody} of no workflow here");
}

#[test]
fn what_a_process_sends_or_takes_is_in_the_catalogue_under_its_message_type() {
    for kind in processes().flat_map(|process| process.messages()) {
        let number: u32 = kind.pid.parse().expect("a number");
        let known = pids().find(|row| row.pid == number);
        assert_eq!(known.map(|row| row.message.as_str()), Some(kind.message_type), "{}", kind.name());
        let in_force = FormatVersion::ALL.into_iter().any(|version| pid(number, version, None).is_ok());
        assert!(in_force, "{} is in no format version", kind.name());
    }
}

proptest! {
    /// Whatever the number and whoever is addressed.
    #[test]
    fn of_any_number(number in 0..100_000_u32, version in prop::sample::select(FormatVersion::ALL.to_vec()), gas: bool, role in "[A-Z]{2,4}") {
        let sparte = if gas { Sparte::Gas } else { Sparte::Strom };
        match pid(number, version, Some(sparte)) {
            Err(refusal) => prop_assert!(refusal.to_string().contains(&number.to_string())),
            Ok(row) => prop_assert!(claims(&engine(), &message(row, version, sparte, &role)).len() <= 1),
        }
    }
}
