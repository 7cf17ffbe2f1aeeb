//! The boundary, message by message: from bytes to the reaction, from a value to bytes, AS4 around them; and a whole node behind it.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime};
use mako_benches::edifact::{ANMELDUNG, bestaetigung, envelope, reaction};
use mako_benches::inbound::{Door, anmeldung};
use mako_benches::stores::{NO_DISK, memory, production, settled};
use mako_engine::store::{Store, Writing};
use mako_sim::as4::{PartyId, UserMessage, decode_user_message, encode_user_message};
use mako_sim::edifact::write::write;

fn edifact(group: &mut BenchmarkGroup<'_, WallTime>) {
    assert_eq!(reaction(ANMELDUNG, "9999000002010").unwrap().answers[0].verdict(), "accepted APERAK 312");
    group.bench_function("react on a 55001", |b| b.iter(|| reaction(ANMELDUNG, "9999000002010")));
    let (message, envelope) = (bestaetigung().unwrap(), envelope().unwrap());
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

/// Bytes, accept commit, boundary, process commit, answer queued.
fn inbound(group: &mut BenchmarkGroup<'_, WallTime>) {
    let no_disk = tempfile::tempdir_in(NO_DISK).unwrap();
    let fjall = production(&no_disk.path().join("store"), Writing::Inline).unwrap();
    let stores: [(&str, Arc<dyn Store>); 2] = [("memory", Arc::new(memory().unwrap())), ("fjall, unsynced", Arc::new(fjall))];
    for (name, store) in stores {
        let (door, number) = (Door::new(store).unwrap(), Cell::new(0));
        let next = || {
            let number = number.replace(number.get() + 1);
            (number, anmeldung(number))
        };
        group.bench_function(format!("inbound 55001, {name}"), |b| {
            b.iter_batched(next, |arrival| settled(door.receive([arrival])).unwrap(), BatchSize::SmallInput);
        });
    }
}

fn all(c: &mut Criterion) {
    let mut group = c.benchmark_group("boundary");
    group.sample_size(20).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    edifact(&mut group);
    as4(&mut group);
    inbound(&mut group);
    group.finish();
}

criterion_group!(boundary, all);
criterion_main!(boundary);
