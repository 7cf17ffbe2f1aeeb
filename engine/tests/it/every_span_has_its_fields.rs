//! Spans of commands, replays, deliveries and firings have the fields that the table in `mako_engine::spans` promises.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use crate::testing::inquiry::Command;
use crate::testing::partner::Act;
use crate::testing::{Place, at, by_hand};
use mako_engine::testing::MemoryBackend;
use tracing::field::{Field, Visit};
use tracing::span;

/// A span: its name, its target, the name of the span around it, and its fields, those that were added later included.
#[derive(Debug, Clone, Default)]
struct Seen {
    name: &'static str,
    target: String,
    inside: &'static str,
    fields: BTreeMap<&'static str, String>,
}

impl Visit for Seen {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.fields.insert(field.name(), format!("{value:?}"));
    }
}

/// Spans in the order in which they began; the id of a span is its place, from 1.
#[derive(Clone, Default)]
struct Recorder {
    seen: Arc<Mutex<Vec<Seen>>>,
    entered: Arc<Mutex<Vec<u64>>>,
}

impl Recorder {
    fn with(&self, id: &span::Id, change: impl FnOnce(&mut Seen)) {
        change(&mut self.seen.lock().unwrap()[usize::try_from(id.into_u64()).unwrap() - 1]);
    }

    /// The spans with this name, and nothing of them twice.
    fn take(&self, name: &str) -> Vec<Seen> {
        self.seen.lock().unwrap().iter().filter(|seen| seen.name == name).cloned().collect()
    }
}

impl tracing::Subscriber for Recorder {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        let mut seen = self.seen.lock().unwrap();
        let around = self.entered.lock().unwrap().last().and_then(|id| seen.get(usize::try_from(*id).unwrap() - 1)).map(|seen| seen.name);
        let metadata = attributes.metadata();
        let mut span = Seen { name: metadata.name(), target: metadata.target().to_owned(), ..Seen::default() };
        span.inside = around.unwrap_or_default();
        attributes.record(&mut span);
        seen.push(span);
        span::Id::from_u64(seen.len() as u64)
    }

    fn record(&self, id: &span::Id, values: &span::Record<'_>) {
        self.with(id, |seen| values.record(seen));
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {}

    fn enter(&self, id: &span::Id) {
        self.entered.lock().unwrap().push(id.into_u64());
    }

    fn exit(&self, _: &span::Id) {
        self.entered.lock().unwrap().pop();
    }
}

fn fields(seen: &Seen) -> Vec<(&str, &str)> {
    assert_eq!(seen.target, mako_engine::spans::TARGET);
    seen.fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[tokio::test]
async fn a_process_from_its_command_to_its_end() {
    let recorder = Recorder::default();
    let _guard = tracing::subscriber::set_default(recorder.clone());
    let house = Place::Memory(MemoryBackend::default()).house(at(0));
    let (mut outbox, partners) = house.postman();
    partners.script("partner", [Act::Fail("busy"), Act::Take]);
    let process = house.ask("malo", "partner", at(600)).await;
    let stream = process.identity().stream.to_string();
    outbox.run_until_quiet();
    outbox.run_at(&house.clock, at(60));
    process.execute(by_hand(Command::Note("x".to_owned()))).await.unwrap();
    process.state().await.unwrap();
    house.scheduler().run_at(&house.clock, at(601));
    process.execute(by_hand(Command::Answer)).await.unwrap_err();

    let stream = stream.as_str();
    let id = partners.tries()[0].id.to_string();
    let caused = |cause: &'static str, version: &'static str| {
        vec![("cause", cause), ("stream", stream), ("tenant", "9900000000001"), ("version", version), ("workflow", "inquiry")]
    };
    let commands = recorder.take("command");
    assert_eq!(commands.iter().map(|seen| seen.inside).collect::<Vec<_>>(), ["", "delivery", "", "firing", ""]);
    assert_eq!(fields(&commands[0]), caused("command test", "1"));
    assert_eq!(commands[1].fields["cause"], format!("delivery {id}"));
    assert_eq!(fields(&commands[2]), caused("command test", "3"));
    assert_eq!(fields(&commands[3]), caused("deadline answer", "4"));
    assert_eq!(commands[4].fields.get("version"), None, "a refused command leaves the stream as it was");

    let mut tried = vec![("attempt", "1"), ("channel", "as4"), ("kind", "question"), ("message_id", &id), ("outcome", "transient")];
    tried.extend([("recipient", "partner"), ("stream", stream), ("tenant", "9900000000001")]);
    let deliveries = recorder.take("delivery");
    assert_eq!(fields(&deliveries[0]), tried);
    (tried[0].1, tried[4].1) = ("2", "delivered");
    assert_eq!(deliveries[1..].iter().map(fields).collect::<Vec<_>>(), [tried]);

    let firings = recorder.take("firing");
    let mut fired = vec![("due", "2025-12-23T15:10:00Z"), ("fired_at", "2025-12-23T15:10:01Z"), ("label", "answer"), ("stream", stream)];
    fired.extend([("tenant", "9900000000001"), ("workflow", "inquiry")]);
    assert_eq!(firings.iter().map(fields).collect::<Vec<_>>(), [fired]);

    let replays = recorder.take("replay");
    let last = replays.iter().rfind(|seen| seen.inside.is_empty()).unwrap();
    let expected = [("from", "0"), ("stream", stream), ("tenant", "9900000000001"), ("version", "3"), ("workflow", "inquiry")];
    assert_eq!(fields(last), expected);
    assert!(replays.iter().any(|seen| seen.inside == "command" && seen.fields["from"] == "1"), "a hot state is gone on from");
}
