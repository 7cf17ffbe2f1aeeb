//! What holds of every trace, also of one that no run could write: a report is written, and no id is in it.

use proptest::prelude::*;
use serde_json::json;

use super::{diff, example, page, sequence_diagram, timetable};
use crate::plan::{ClockFault, DiskFault, Queue};
use crate::trace::{Trace, TryEnd, What};

fn id() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}@[a-z]{2,5}",
        "[a-z]{0,6}[0-9A-F]{16,20}",
        "[0-9a-f]{16}",
        "[ab1]",
        "\\PC{0,6}",
    ]
}

fn text() -> impl Strategy<Value = String> {
    (id(), "[ -~\n\t·;#]{0,8}", id()).prop_map(|(a, between, b)| format!("{a} {between} {b}"))
}

fn party() -> impl Strategy<Value = String> {
    prop_oneof![Just("LFN".to_owned()), Just("NB".to_owned()), Just(String::new()), id()]
}

fn stream() -> impl Strategy<Value = String> {
    prop_oneof![Just("boundary".to_owned()), id(), id().prop_map(|id| format!("gpke-lieferbeginn-nb/{id}"))]
}

fn at() -> impl Strategy<Value = mako_engine::Timestamp> {
    prop_oneof![Just(i64::MIN), Just(i64::MAX), 1_766_000_000_000_i64..1_767_000_000_000].prop_map(mako_engine::Timestamp::from_unix_ms)
}

fn what() -> impl Strategy<Value = What> {
    let end = prop_oneof![at().prop_map(TryEnd::Receipt), text().prop_map(TryEnd::Failed)];
    let event_type = prop_oneof![Just("MessageDelivered".to_owned()), Just("Decided".to_owned()), Just("DeadLettered".to_owned()), id()];
    let begins = (
        0_u64..4,
        id(),
        party(),
        text(),
        proptest::option::of(id()),
        proptest::option::of(stream()),
        text(),
        any::<u32>(),
        proptest::option::of(at()),
    )
        .prop_map(|(exchange, message_id, to, label, answers, stream, note, attempt, fulfils)| What::TryBegins {
            exchange,
            message_id,
            to,
            label,
            answers,
            stream,
            note,
            attempt,
            fulfils,
            queued_at: None,
            release: None,
        });
    let event = (stream(), any::<u64>(), event_type, text(), id()).prop_map(|(stream, version, event_type, text, token)| {
        let body = json!({"kind": text, "code": text, "pid": token, "label": text, "begin": text, "lfn": token, "frame": {"token": token}});
        What::Event { stream, version, payload: json!({ event_type.clone(): body }), event_type }
    });
    prop_oneof![
        3 => begins,
        3 => (0_u64..4, end).prop_map(|(exchange, end)| What::TryEnds { exchange, end }),
        2 => (party(), id()).prop_map(|(from, message_id)| What::Duplicate { from, message_id }),
        2 => (party(), id()).prop_map(|(from, message_id)| What::Accepted { from, message_id }),
        1 => (party(), id()).prop_map(|(from, message_id)| What::SentBack { from, message_id }),
        2 => event,
        1 => (text(), text()).prop_map(|(point, keep)| What::Crash { point, keep }),
        1 => (any::<usize>(), proptest::option::of(text())).prop_map(|(resumes, repaired)| What::Restart { resumes, repaired }),
        1 => (stream(), text(), at(), text()).prop_map(|(stream, label, due, reason)| What::FristSet { stream, label, due, reason }),
        1 => (stream(), text(), at()).prop_map(|(stream, label, due)| What::FristFired { stream, label, due }),
        1 => (text(), text()).prop_map(|(about, reason)| What::DeadLetter { about, reason }),
        1 => (text(), text()).prop_map(|(about, verdict)| What::Decides { about, verdict }),
        1 => (party(), at()).prop_map(|(with, until)| What::Partition { with, until }),
        1 => (party(), text()).prop_map(|(to, fault)| What::LinkFault { to, fault }),
        1 => at().prop_map(|until| What::Pause { until }),
        1 => Just(What::Resume),
        1 => (party(), id(), at()).prop_map(|(from, message_id, until)| What::Leased { from, message_id, until }),
        1 => Just(What::Unreadable { queue: Queue::Outbox }),
        1 => text().prop_map(|name| What::Rulebook { name }),
        1 => text().prop_map(|version| What::Cutover { version }),
        1 => any::<i64>().prop_map(|ms| What::Clock { fault: ClockFault::Step(ms) }),
        1 => at().prop_map(|until| What::Disk { fault: DiskFault::Full(until) }),
        1 => (text(), proptest::option::of(text())).prop_map(|(text, found)| What::Check { text, found }),
    ]
}

/// Whether 16 hexadecimal digits stand together, or a uuid.
fn shows_an_id(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_hexdigit()).any(|run| run.len() >= 16)
        || text.split(|c: char| !c.is_ascii_hexdigit() && c != '-').any(|run| run.len() >= 36 && run.split('-').count() >= 5)
}

proptest! {
    #[test]
    fn every_trace_can_be_told_and_shows_no_id(entries in proptest::collection::vec((at(), party(), what()), 0..24), title in text()) {
        let mut trace = Trace::default();
        for (at, party, what) in entries {
            trace.push(at, &party, what);
        }
        let mut outcome = example::only(trace);
        outcome.plan.title = title.clone();
        outcome.failure = Some(title);
        let both = diff(&outcome, &example::christmas(), ["one", "other"]);
        for report in [timetable(&outcome), sequence_diagram(&outcome), page(&outcome, &[]), both] {
            prop_assert!(!shows_an_id(&report), "{report}");
        }
    }
}
