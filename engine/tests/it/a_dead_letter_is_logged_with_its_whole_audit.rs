//! The logging sink writes one event per dead letter, with the audit under names that alarms may rely on.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use mako_engine::Id;
use mako_engine::dead_letter::{AuditContext, DeadLetterReason, DeadLetterSink, LogDeadLetters};
use tracing::field::{Field, Visit};
use tracing::span;

/// Level and fields of an event.
type Logged = (tracing::Level, BTreeMap<String, String>);

#[derive(Clone, Default)]
struct Journal(Arc<Mutex<Vec<Logged>>>);

#[derive(Default)]
struct Fields(BTreeMap<String, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
}

impl tracing::Subscriber for Journal {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        self.0.lock().unwrap().push((*event.metadata().level(), fields.0));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// What the sink logs of `reason`: one event.
fn logged(reason: &DeadLetterReason) -> Logged {
    let journal = Journal::default();
    // Through a shared `dyn`, as an engine holds it.
    let sink: Arc<dyn DeadLetterSink> = Arc::new(LogDeadLetters);
    tracing::subscriber::with_default(journal.clone(), || sink.reject(reason));
    let mut events = journal.0.lock().unwrap();
    assert_eq!(events.len(), 1);
    events.remove(0)
}

fn map(fields: &[(&str, &str)]) -> BTreeMap<String, String> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_received_message_is_a_warning_with_every_field() {
    let audit = AuditContext::at("2025-12-23T15:00:01Z".parse().unwrap())
        .message_type("UTILMD")
        .release_code("S2.1")
        .pid("55001")
        .sender_mp_id("9900000000002")
        .receiver_mp_id("9900000000001")
        .message_reference("IC1/1")
        .process("inquiry/1")
        .tenant("9900000000001")
        .correlation_id("0192f0c1@partner");
    let (level, fields) = logged(&DeadLetterReason::ProcessingError { detail: "it is over".to_owned(), audit: audit.into() });
    assert_eq!(level, tracing::Level::WARN);
    let expected = [
        ("message", "dead letter"),
        ("label", "processing_error"),
        ("reason", "not possible now: it is over"),
        ("rejected_at", "2025-12-23T16:00:01+01:00"),
        ("message_type", "UTILMD"),
        ("release_code", "S2.1"),
        ("pid", "55001"),
        ("sender_mp_id", "9900000000002"),
        ("receiver_mp_id", "9900000000001"),
        ("message_reference", "IC1/1"),
        ("process", "inquiry/1"),
        ("tenant", "9900000000001"),
        ("correlation_id", "0192f0c1@partner"),
    ];
    assert_eq!(fields, map(&expected));
}

#[test]
fn an_exhausted_outbox_is_an_error_and_what_is_not_known_is_left_out() {
    let audit = AuditContext::at("2026-06-08T22:00:00Z".parse().unwrap()).receiver_mp_id("9900000000002");
    let (level, fields) = logged(&DeadLetterReason::OutboxExhausted {
        message_id: Id::from_u128(1),
        kind: "UTILMD 55002".to_owned(),
        recipient: "9900000000002".to_owned(),
        last_error: "no connection".to_owned(),
        attempts: 6,
        audit: audit.into(),
    });
    assert_eq!(level, tracing::Level::ERROR);
    let expected = [
        ("message", "dead letter"),
        ("label", "outbox_exhausted"),
        ("reason", "given up after 6 tries: no connection"),
        ("rejected_at", "2026-06-09T00:00:00+02:00"),
        ("receiver_mp_id", "9900000000002"),
        ("message_id", "00000000-0000-0000-0000-000000000001"),
        ("kind", "UTILMD 55002"),
        ("recipient", "9900000000002"),
        ("last_error", "no connection"),
        ("attempts", "6"),
    ];
    assert_eq!(fields, map(&expected));
}
