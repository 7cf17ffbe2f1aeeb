//! The boundary, message by message: from bytes to the reaction, from a value to bytes, and AS4 around them.

use std::time::Duration;

use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime};
use mako_engine::Timestamp;
use mako_engine::fristen::{Sparte, berlin};
use mako_engine::version::release_of;
use mako_sim::as4::{PartyId, UserMessage, decode_user_message, encode_user_message};
use mako_sim::edifact::pid::AllPids;
use mako_sim::edifact::write::{Envelope, write};
use mako_sim::edifact::{ReceiveContext, TypedMessage, react};

const ANMELDUNG: &[u8] = include_bytes!("../../scenarios/conversations/gpke_lieferbeginn_happy/01_LFN-NB_UTILMD_55001.edi");
const BESTAETIGUNG: &[u8] = include_bytes!("../../scenarios/conversations/gpke_lieferbeginn_happy/07_NB-LFN_UTILMD_55002.edi");

fn received(bytes: &[u8], me: &str) -> mako_sim::edifact::reaction::Reaction {
    let releases = |message_type: &str, sparte: Sparte, at: Timestamp| release_of(message_type, sparte, at).map(str::to_owned);
    let context = ReceiveContext {
        me: me.parse().unwrap(),
        sparte: Sparte::Strom,
        received: "2025-11-06T12:00:00Z".parse().unwrap(),
        releases: &releases,
        pids: &AllPids,
        ledger: &|_: &str, _: &str| false,
        berlin_offset_seconds: &|at| berlin::local(at).2,
    };
    react(bytes, &context)
}

fn edifact(group: &mut BenchmarkGroup<'_, WallTime>) {
    assert_eq!(received(ANMELDUNG, "9999000002010").answers[0].verdict(), "accepted APERAK 312");
    group.bench_function("react on a 55001", |b| b.iter(|| received(ANMELDUNG, "9999000002010")));

    let message: TypedMessage = received(BESTAETIGUNG, "9999000001012").accepted().remove(0);
    let envelope = Envelope {
        sender: "9999000002010".parse().unwrap(),
        receiver: "9999000001012".parse().unwrap(),
        interchange_ref: "ABCDEFGHIJKL".to_owned(),
        message_ref: "ABCDEFGHIJKLM".to_owned(),
        prepared_at: "2025-11-06T12:00:00Z".parse().unwrap(),
        berlin_offset_seconds: 3_600,
        release: "S2.1".to_owned(),
    };
    group.bench_function("write a 55002", |b| b.iter(|| write(&message, &envelope).unwrap()));
}

fn as4(group: &mut BenchmarkGroup<'_, WallTime>) {
    let (from, to) = (PartyId::market("9999000001012"), PartyId::market("9999000002010"));
    let message = UserMessage::interchange("1@9999000001012", "2025-11-06T12:00:00Z".parse().unwrap(), from, to, ANMELDUNG.to_vec());
    let bytes = encode_user_message(&message).unwrap();
    assert_eq!(decode_user_message(&bytes).unwrap(), message);
    group.bench_function("AS4 encode", |b| b.iter(|| encode_user_message(&message).unwrap()));
    group.bench_function("AS4 decode", |b| b.iter(|| decode_user_message(&bytes).unwrap()));
}

fn all(c: &mut Criterion) {
    let mut group = c.benchmark_group("boundary");
    group.sample_size(20).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    edifact(&mut group);
    as4(&mut group);
    group.finish();
}

criterion_group!(boundary, all);
criterion_main!(boundary);
