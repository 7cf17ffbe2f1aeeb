//! Mail as it may come to a process: received messages, APERAKs, refused interchanges; and the due instants that mail has.

use mako_engine::fristen::{Rulebook, RulebookId, Sparte};
use mako_engine::{Delivered, Timestamp};
use mako_sim::edifact::{AnswerStatus, Aperak, Finding, MaloId, MpId, TypedMessage, Utilmd};
use mako_sim::received::{Original, ReceivedMessage};
use proptest::prelude::*;

use crate::vorgang::{Frame, Refusal};

pub(super) const LFN: &str = "9999000001012";
pub(super) const NB: &str = "9999000002010";
pub(super) const LFA: &str = "9999000001020";

const HOUR_MS: i64 = 3_600_000;

/// Text that is right by construction, as a value.
pub(super) fn known<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    match text.parse() {
        Ok(value) => value,
        Err(error) => panic!("{text}: {error:?}"),
    }
}

pub(super) fn malo() -> MaloId {
    known("51999990018")
}

/// When a message was received that a process gets at `now`: mostly just now, sometimes up to two days ago, since it waited.
pub(super) fn received_at(now: Timestamp) -> BoxedStrategy<Timestamp> {
    prop_oneof![3 => Just(now), 1 => (0..48 * HOUR_MS).prop_map(move |ago| now.plus_ms(-ago))].boxed()
}

/// `utilmd`, received by `me` from `from`.
pub(super) fn received(rulebook: RulebookId, me: &str, from: &str, at: Timestamp, utilmd: &Utilmd) -> Box<ReceivedMessage> {
    let original = Original {
        interchange: format!("IC{}", utilmd.document),
        document: utilmd.document.clone(),
        document_time: at.plus_seconds(-60),
        vorgang: Some(utilmd.vorgang.clone()),
    };
    let message = TypedMessage::Utilmd(Box::new(utilmd.clone()));
    let (me, from): (MpId, MpId) = (known(me), known(from));
    Box::new(ReceivedMessage { rulebook, me, from, sparte: Sparte::Strom, received_at: at, original, about_sent: None, message })
}

/// A UTILMD with `pid` and an answer code, when it has one.
pub(super) fn utilmd(pid: &str, code: Option<&str>) -> Utilmd {
    let mut utilmd = Utilmd::new(known(pid), format!("D{pid}"), format!("V{pid}"));
    utilmd.malo = Some(malo());
    utilmd.answer = code.map(|code| AnswerStatus { code: code.to_owned(), ebd: None });
    utilmd
}

/// An APERAK about one of the messages that a process sends, or about nothing.
pub(super) fn aperak(token: &str, pids: &'static [&'static str]) -> BoxedStrategy<Aperak> {
    let token = token.to_owned();
    let about = prop_oneof![8 => prop::sample::select(pids).prop_map(Some), 1 => Just(None)];
    (about, any::<bool>())
        .prop_map(move |(about, recognised)| Aperak {
            document: "A1".to_owned(),
            original_interchange: "IC1".to_owned(),
            original_time: Timestamp::EPOCH,
            original_document: "D1".to_owned(),
            original_vorgang: about.map(|pid| format!("{token}{pid}")),
            finding: if recognised { Finding::Recognised } else { failed() },
        })
        .boxed()
}

/// What a 313 says.
pub(super) fn failed() -> Finding {
    let failed = serde_json::json!({"failed": {"original_message": "1", "errors": [{"code": "Z35"}]}});
    serde_json::from_value(failed).unwrap_or(Finding::Recognised)
}

/// A refused interchange with a message of one of these kinds.
pub(super) fn refusal(kinds: &'static [&'static str]) -> BoxedStrategy<Refusal> {
    prop::sample::select(kinds).prop_map(|kind| Refusal { kind: kind.to_owned(), answer: "CONTRL 4 UCI 28".to_owned() }).boxed()
}

/// The rulebook under which a process begins.
pub(super) fn rulebook() -> BoxedStrategy<RulebookId> {
    Just(RulebookId::BK6_24_174).boxed()
}

/// When the APERAK about `pid` is due, received at `at`.
pub(super) fn aperak_due(frame: &Frame, pid: &str, at: Timestamp) -> Option<Timestamp> {
    Some(Rulebook::of(frame.rulebook).aperak_frist(Sparte::Strom, "UTILMD", Some(pid), at).due)
}

/// When the answer to `trigger` is due.
pub(super) fn answer_due(frame: &Frame, trigger: &str, from: Timestamp) -> Option<Timestamp> {
    Rulebook::of(frame.rulebook).answer_frist(trigger, Some("GPKE"), from).ok().map(|frist| frist.due)
}

/// When the information `pid` is due.
pub(super) fn information_due(frame: &Frame, pid: &str, from: Timestamp) -> Option<Timestamp> {
    Rulebook::of(frame.rulebook).information_frist(pid, from).ok().map(|frist| frist.due)
}

/// When the APERAK about a message of ours is awaited: from its receipt.
pub(super) fn awaited_due(frame: &Frame, delivered: &Delivered, label: &str) -> Option<Timestamp> {
    let pid = label.strip_prefix("awaits APERAK ")?;
    aperak_due(frame, pid, delivered.received_at)
}
