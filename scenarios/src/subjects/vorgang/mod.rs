//! Every [`Vorgang`] in its two roles as two subjects: the one who asks, and the one who answers.
//!
//! Each history draws a Vorgang; its commands are made from what the Vorgang says about itself, its due instants come from the rulebook.
//! A new Vorgang is asked as soon as it stands in the list of its family, and needs no code here.

use mako_conformance::Source;
use mako_engine::Timestamp;
use mako_engine::fristen::{Rulebook, RulebookId, Sparte, berlin, gas_day_start};
use mako_sim::edifact::{AnswerStatus, Aperak, Finding as Acknowledgement, Lokation, MpId, TypedMessage};
use mako_sim::received::{Original, ReceivedMessage};
use proptest::prelude::*;

use super::mail::{failed, known, received_at};
use crate::vorgang::{Anliegen, Art, Day, Frame, Kind, Meldung, Messtechnik, Refusal, Trigger, Vorgang};

mod answers;
mod asks;

pub use answers::Answers;
pub use asks::Asks;

/// The parts of every Vorgang; what it says itself is a table.
const SOURCES: &[Source] = mako_conformance::sources![
    "../../vorgang/asking.rs",
    "../../vorgang/asking/event.rs",
    "../../vorgang/answering.rs",
    "../../vorgang/answering/event.rs",
    "../../vorgang/answering/taking_back.rs",
    "../../vorgang/answering/telling.rs",
    "../../vorgang/asks_first.rs",
    "../../vorgang/execution.rs",
    "../../vorgang/messtechnik.rs",
    "../../vorgang/question.rs",
    "../../vorgang/art.rs",
    "../../vorgang/frame.rs",
    "../../vorgang/meldung.rs",
    "../../vorgang/post.rs",
    "../../vorgang/information.rs",
    "../../vorgang/storno.rs",
    "../../vorgang/then/mod.rs",
    "../../vorgang/then/answerer.rs",
    "../../vorgang/then/reporting.rs",
    "../../vorgang/then/awaiting.rs",
    "../../vorgang/then/search.rs",
];

/// Who asks and who answers, by Sparte.
fn parties(sparte: Sparte) -> (MpId, MpId) {
    match sparte {
        Sparte::Strom => (known("9999000001012"), known("9999000002010")),
        Sparte::Gas => (known("9899000001014"), known("9899000002012")),
    }
}

/// Who else has to do with the location, by Sparte.
fn third_party(sparte: Sparte) -> MpId {
    match sparte {
        Sparte::Strom => known("9999000001020"),
        Sparte::Gas => known("9899000001022"),
    }
}

fn place() -> Lokation {
    known("51999990018")
}

/// The day `days` after `at`, as its Sparte begins it.
fn day_after(sparte: Sparte, at: Timestamp, days: i64) -> Timestamp {
    let date = berlin::day(at.plus_seconds(days * 86_400));
    match sparte {
        Sparte::Strom => berlin::midnight(date),
        Sparte::Gas => gas_day_start(date),
    }
}

/// The first day of the month `months` after that of `at`, as its Sparte begins it.
fn first_of_month(sparte: Sparte, at: Timestamp, months: i64) -> Timestamp {
    let some_day = berlin::day(at.plus_seconds(months * 30 * 86_400));
    let first = some_day.replace_day(1).unwrap_or(some_day);
    match sparte {
        Sparte::Strom => berlin::midnight(first),
        Sparte::Gas => gas_day_start(first),
    }
}

/// What is asked for: mostly complete, for any day soon or, as some lead times ask, for the first of a month.
fn anliegen(vorgang: Vorgang, now: Timestamp) -> BoxedStrategy<Anliegen> {
    let sparte = vorgang.sparte;
    let soon = (0..60_i64).prop_map(move |days| day_after(sparte, now, days));
    let month = (2..6_i64).prop_map(move |months| first_of_month(sparte, now, months));
    // Where a lead time has an end as well, only a few days are right.
    let in_time = (6..16_i64).prop_map(move |days| day_after(sparte, now, days));
    let day = prop_oneof![2 => soon, 1 => in_time, 1 => month];
    let counts_by_it = matches!(vorgang.frist, Trigger::ByTechnik(_)) || vorgang.first_lead_time.is_some();
    let technik = prop::option::of(prop::sample::select(vec![
        Messtechnik::Kme,
        Messtechnik::Mme,
        Messtechnik::Rlm,
        Messtechnik::Ims,
        Messtechnik::Keine,
    ]));
    (day, technik)
        .prop_map(move |(day, technik)| Anliegen {
            lokation: place(),
            day: (vorgang.day != Day::None).then_some(day),
            technik: technik.filter(|_| counts_by_it),
        })
        .boxed()
}

/// `message` as it was received.
fn received(rulebook: RulebookId, sparte: Sparte, me: MpId, from: MpId, at: Timestamp, message: TypedMessage) -> Box<ReceivedMessage> {
    let (document, vorgang) = match &message {
        TypedMessage::Utilmd(utilmd) => (utilmd.document.clone(), Some(utilmd.vorgang.clone())),
        TypedMessage::Other(other) => (other.document.clone(), None),
        TypedMessage::Aperak(_) | TypedMessage::Contrl(_) => (String::new(), None),
    };
    let original = Original { interchange: format!("IC{document}"), document, document_time: at.plus_seconds(-60), vorgang };
    Box::new(ReceivedMessage { rulebook, me, from, sparte, received_at: at, original, about_sent: None, message })
}

/// The message `kind` of the partner, that says `meldung`.
fn written(rulebook: RulebookId, sparte: Sparte, kind: Kind, day: Day, meldung: &Meldung) -> TypedMessage {
    let frame = Frame { rulebook, me: parties(sparte).0, sparte, token: "PARTNER".to_owned() };
    match meldung.write(&frame, kind, day, Some(("E03", None))) {
        Ok(message) => message,
        Err(error) => panic!("{}: {error}", kind.name()),
    }
}

/// An APERAK about one of these messages of ours, or about nothing.
fn aperak(frame: &Frame, pids: Vec<&'static str>) -> BoxedStrategy<Aperak> {
    let frame = frame.clone();
    let about = prop_oneof![8 => prop::sample::select(pids).prop_map(Some), 1 => Just(None)];
    (about, any::<bool>())
        .prop_map(move |(about, recognised)| Aperak {
            document: "A1".to_owned(),
            original_interchange: "IC1".to_owned(),
            original_time: Timestamp::EPOCH,
            original_document: about.map_or_else(|| "D1".to_owned(), |pid| frame.document(pid)),
            original_vorgang: about.map(|pid| frame.vorgang(pid)),
            finding: if recognised && frame.acknowledges() { Acknowledgement::Recognised } else { failed() },
        })
        .boxed()
}

/// The messages that may be refused or taken, and one that was never sent.
fn sent(kinds: &[Kind], acknowledged: &[&str]) -> Vec<String> {
    let of_ours = kinds.iter().map(Kind::name).chain(acknowledged.iter().map(|pid| format!("APERAK {pid}")));
    of_ours.chain(["UTILMD 99999".to_owned()]).collect()
}

fn refusal(kinds: Vec<String>) -> BoxedStrategy<Refusal> {
    prop::sample::select(kinds).prop_map(|kind| Refusal { kind, answer: "CONTRL 4 UCI 28".to_owned() }).boxed()
}

/// When a watch over a message of ours ends, that was received at `at`.
fn watched(frame: &Frame, kinds: &[Kind], label: &str, at: Timestamp) -> Option<Timestamp> {
    let pid = label.rsplit(' ').next()?;
    let kind = kinds.iter().find(|kind| kind.pid == pid)?;
    let rules = Rulebook::of(frame.rulebook);
    // In Gas what a Formatumstellung excuses is waited for until it does no more.
    let excused = |due: Timestamp| rules.tolerated_until(due).unwrap_or(due);
    Some(match label.strip_suffix(pid)?.trim_end() {
        "awaits APERAK" => rules.aperak_frist(frame.sparte, kind.message_type, Some(pid), at).due,
        "awaits silence" => excused(rules.aperak_frist(frame.sparte, kind.message_type, Some(pid), at).due),
        "awaits CONTRL" => excused(rules.contrl_frist(frame.sparte, kind.message_type, at).due),
        _ => return None,
    })
}

fn answer_due(art: &Art, frame: &Frame, anliegen: &Anliegen, from: Timestamp) -> Option<Timestamp> {
    let rules = Rulebook::of(frame.rulebook);
    let trigger = match art.frist {
        Trigger::Request => art.request.pid,
        Trigger::ByDay { ahead, .. } if anliegen.day.is_some_and(|day| day > from) => ahead,
        Trigger::ByDay { begun, .. } => begun,
        Trigger::ByTechnik(_) => match anliegen.technik {
            Some(Messtechnik::Rlm | Messtechnik::Ims) => "23001-rlm-ims",
            None | Some(Messtechnik::Kme | Messtechnik::Mme | Messtechnik::Keine) => "23001",
        },
        Trigger::BeforeDay(lead) => {
            let latest = rules.latest_uet(lead, berlin::day(anliegen.day?)).ok()?;
            return Some(berlin::end_of_day(latest.max(berlin::day(from))));
        }
    };
    rules.answer_frist(trigger, Some(art.family), from).ok().map(|frist| frist.due)
}

/// When the answer to a Storno is due that was received at `from`.
fn storno_due(vorgang: Vorgang, frame: &Frame, from: Timestamp) -> Option<Timestamp> {
    let storno = vorgang.storno()?;
    let frist = Rulebook::of(frame.rulebook).answer_frist(storno.request.pid, Some(storno.family), from);
    frist.ok().map(|frist| frist.due)
}

/// What a message says that names the one of ours with which we asked for `asked`.
fn answers_us(asked: &Anliegen, answer: Option<AnswerStatus>) -> Meldung {
    let (lokation, answers) = (Some(asked.lokation.clone()), Some("TASK".to_owned()));
    Meldung { lokation, day: asked.day, answer, answers, ..Meldung::default() }
}

/// A message that follows a yes, of one of these kinds, as the partner sends it.
fn later(
    rulebook: RulebookId,
    vorgang: Vorgang,
    asked: &Anliegen,
    now: Timestamp,
    kinds: Vec<Kind>,
    (me, from): (MpId, MpId),
) -> BoxedStrategy<(Box<ReceivedMessage>, String)> {
    let (asked, sparte) = (asked.clone(), vorgang.sparte);
    (received_at(now), prop::sample::select(kinds))
        .prop_map(move |(at, kind)| {
            let answer = Some(AnswerStatus { code: "E15".to_owned(), ebd: None });
            let says = answers_us(&asked, answer);
            let message = received(rulebook, sparte, me, from, at, written(rulebook, sparte, kind, vorgang.day, &says));
            (message, kind.pid.to_owned())
        })
        .boxed()
}

/// When the APERAK about a message that follows a yes is due.
fn later_acknowledged(frame: &Frame, kinds: &[Kind], received: &ReceivedMessage, pid: &str) -> Option<Timestamp> {
    let kind = kinds.iter().find(|kind| kind.pid == pid)?;
    Some(Rulebook::of(frame.rulebook).aperak_frist(frame.sparte, kind.message_type, Some(pid), received.received_at).due)
}

/// The end of the latest day of a lead time that counts from the agreed day.
fn lead_due(frame: &Frame, lead: &str, agreed: Option<Timestamp>) -> Option<Timestamp> {
    Some(berlin::end_of_day(Rulebook::of(frame.rulebook).latest_uet(lead, berlin::day(agreed?)).ok()?))
}
