//! Every [`Vorgang`] in its two roles as two subjects: the one who asks, and the one who answers.
//!
//! Each history draws a Vorgang; its commands are made from what the Vorgang says about itself, its due instants come from the rulebook.
//! A new Vorgang is asked as soon as it stands in the list of its family, and needs no code here.

use std::collections::BTreeMap;

use mako_conformance::{Capabilities, Personal, Source, WorkflowSubject};
use mako_engine::fristen::{Rulebook, RulebookId, Sparte, berlin, gas_day_start};
use mako_engine::{Outgoing, Timestamp};
use mako_sim::application::BACK_OFFICE;
use mako_sim::edifact::{AnswerStatus, Aperak, Finding as Acknowledgement, Lokation, MpId, TypedMessage};
use mako_sim::received::{Original, ReceivedMessage};
use proptest::prelude::*;
use serde_json::Value;

use super::mail::{failed, known, received_at, rulebook};
use crate::vorgang::{
    Anliegen, Answering, Art, Asking, Day, Finding, Frame, Information, Kind, Meldung, Refusal, Then, To, Trigger, Vorgang, When,
    answering, asking,
};

/// The one who asks.
#[derive(Debug, Clone, Copy)]
pub struct Asks;

/// The one who answers.
#[derive(Debug, Clone, Copy)]
pub struct Answers;

/// The parts of every Vorgang; what it says itself is a table.
const SOURCES: &[Source] = mako_conformance::sources![
    "../vorgang/asking.rs",
    "../vorgang/asking/event.rs",
    "../vorgang/answering.rs",
    "../vorgang/answering/event.rs",
    "../vorgang/asks_first.rs",
    "../vorgang/art.rs",
    "../vorgang/frame.rs",
    "../vorgang/meldung.rs",
    "../vorgang/post.rs",
    "../vorgang/information.rs",
    "../vorgang/storno.rs",
    "../vorgang/then/mod.rs",
    "../vorgang/then/reporting.rs",
    "../vorgang/then/awaiting.rs",
    "../vorgang/then/search.rs",
];

/// A location that nobody has: what stands where a person was forgotten.
const REDACTED: &str = "\"51999990000\"";

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

/// The kinds that the one who answers a Vorgang may send: the answer, what he tells and reports, and what he asks first.
fn says(vorgang: Vorgang) -> Vec<Kind> {
    let told = vorgang.informs.iter().map(|information| information.kind).chain(vorgang.execution.map(|execution| execution.report));
    let stornos = vorgang.storno().into_iter().flat_map(|storno| [storno.accepts, storno.refuses]);
    let asked = vorgang.asks_first.map(|first| first.question.request);
    let follows = vorgang.then.map(Then::sent_by_answerer).unwrap_or_default();
    vorgang.answer_kinds().into_iter().chain(told).chain(asked).chain(stornos).chain(follows).collect()
}

fn place() -> Lokation {
    known("51999990018")
}

/// Everybody whom a Vorgang tells something, under what they are to the location.
fn partners(vorgang: Vorgang) -> BTreeMap<String, MpId> {
    vorgang.informs.iter().map(|information| (information.because_of.to_owned(), parties(vorgang.sparte).0)).collect()
}

/// What the one who asked sends: the request, and what it tells others once it is granted.
fn asked_and_told(vorgang: Vorgang) -> Vec<Kind> {
    let told = vorgang.informs.iter().filter(|information| information.when == When::Granted).map(|information| information.kind);
    let reports = vorgang.then.map(Then::sent_by_asker).unwrap_or_default();
    [vorgang.request].into_iter().chain(told).chain(vorgang.storno().map(|storno| storno.request)).chain(reports).collect()
}

/// The day `days` after `at`, as its Sparte begins it.
fn day_after(sparte: Sparte, at: Timestamp, days: i64) -> Timestamp {
    let date = berlin::day(at.plus_seconds(days * 86_400));
    match sparte {
        Sparte::Strom => berlin::midnight(date),
        Sparte::Gas => gas_day_start(date),
    }
}

/// What is asked for: mostly complete.
fn anliegen(vorgang: Vorgang, now: Timestamp) -> BoxedStrategy<Anliegen> {
    let on = move |days| (vorgang.day != Day::None).then(|| day_after(vorgang.sparte, now, days));
    (0..60_i64).prop_map(move |days| Anliegen { lokation: place(), day: on(days) }).boxed()
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

/// When an answer was received that comes at `now`: as any message, or in time after all although the Frist has lapsed.
fn answered_at(state: &asking::State, now: Timestamp) -> BoxedStrategy<Timestamp> {
    let lapsed = state.post.lapsed.values().map(|due| due.plus_ms(-1)).filter(|at| *at <= now).max();
    match lapsed {
        Some(just_in_time) => prop_oneof![3 => received_at(now), 1 => Just(just_in_time)].boxed(),
        None => received_at(now),
    }
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
            let says = Meldung { lokation: Some(asked.lokation.clone()), day: asked.day, answer, answers: Some("TASK".to_owned()) };
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

/// One Vorgang after the other.
fn any_vorgang() -> BoxedStrategy<Vorgang> {
    // What follows a yes lies many steps away.
    let long: Vec<Vorgang> = Vorgang::all().filter(|vorgang| vorgang.then.is_some()).collect();
    let all = prop::sample::select(Vorgang::all().collect::<Vec<_>>());
    prop_oneof![2 => all, 1 => prop::sample::select(long)].boxed()
}

/// As many histories as several Vorgänge has one whose answer needs a third party: it has that many more steps.
const WITH_A_THIRD_PARTY: usize = 40;

/// Every Vorgang, as often as it gets histories of the one who answers.
fn to_answer() -> Vec<Vorgang> {
    let times = |vorgang: &Vorgang| match vorgang {
        long if long.asks_first.is_some() || long.then.is_some() => WITH_A_THIRD_PARTY,
        telling if !telling.informs.is_empty() => 4,
        _ => 1,
    };
    Vorgang::all().flat_map(|vorgang| std::iter::repeat_n(vorgang, times(&vorgang))).collect()
}

impl WorkflowSubject for Asks {
    type Workflow = Asking;
    const CAPABILITIES: Capabilities = Capabilities::FRISTEN.and(Capabilities::PERSONAL);
    const HOME: &'static str = env!("CARGO_MANIFEST_DIR");
    const SOURCES: &'static [Source] = SOURCES;
    const PERSONAL: &'static [Personal] = &[Personal { event: "Requested", field: "/anliegen/lokation", redacted: REDACTED }];

    fn kinds() -> u32 {
        u32::try_from(Vorgang::all().count() * 3 / 2).unwrap_or(1)
    }

    fn commands(state: &asking::State, now: Timestamp) -> BoxedStrategy<asking::Command> {
        let begin = any_vorgang().prop_flat_map(move |vorgang| {
            (rulebook(), anliegen(vorgang, now)).prop_map(move |(rulebook, anliegen)| {
                let (me, to) = parties(vorgang.sparte);
                let partners = partners(vorgang);
                asking::Command::Begin { vorgang, rulebook, me, to, anliegen, partners, token: "TASK".to_owned() }
            })
        });
        let Some(request) = &state.request else {
            let (rulebook, token) = (RulebookId::BK6_24_174, "TASK".to_owned());
            let frame = Frame { rulebook, me: parties(Sparte::Strom).0, sparte: Sparte::Strom, token };
            return prop_oneof![19 => begin, 1 => aperak(&frame, vec!["55016"]).prop_map(asking::Command::Aperak)].boxed();
        };
        let vorgang = request.vorgang;
        let (me, to) = parties(vorgang.sparte);
        let (rules, sparte, frame) = (request.frame.rulebook, vorgang.sparte, request.frame.clone());
        let mail = {
            let heard = vorgang.then.map(Then::heard_by_asker).unwrap_or_default();
            let acknowledged: Vec<&str> = vorgang.answer_kinds().iter().chain(&heard).map(|kind| kind.pid).collect();
            let ours = asked_and_told(vorgang);
            let kinds = sent(&ours, if frame.acknowledges() { &acknowledged } else { &[] });
            prop_oneof![
                4 => aperak(&frame, ours.iter().map(|kind| kind.pid).collect()).prop_map(asking::Command::Aperak),
                2 => refusal(kinds).prop_map(asking::Command::Refused),
                2 => Just(asking::Command::Taken(vorgang.request.name())),
                1 => begin,
            ]
        };
        let answered = vorgang.answers.map(|art| {
            let asked = request.anliegen.clone();
            (answered_at(state, now), any::<bool>()).prop_map(move |(at, accepts)| {
                let kind = if accepts { art.accepts } else { art.refuses };
                let code = if accepts { art.accepts_with.first().copied().unwrap_or("A01") } else { "A99" };
                let ebd = (!art.ebd.is_empty()).then(|| art.ebd.to_owned());
                let answer = Some(AnswerStatus { code: code.to_owned(), ebd });
                let says = Meldung { lokation: Some(asked.lokation.clone()), day: asked.day, answer, answers: Some("TASK".to_owned()) };
                let message = received(rules, sparte, me, to, at, written(rules, sparte, kind, art.day, &says));
                asking::Command::Answer(message, kind.pid.to_owned())
            })
        });
        let heard = (!vorgang.hears.is_empty()).then(|| {
            let asked = request.anliegen.clone();
            (received_at(now), prop::sample::select(vorgang.hears), any::<bool>()).prop_map(move |(at, kind, done_well)| {
                let done = vorgang.execution.filter(|execution| execution.report.pid == kind.pid).map(|execution| execution.done_with);
                let answer = done.map(|code| AnswerStatus { code: if done_well { code } else { "A99" }.to_owned(), ebd: None });
                let says = Meldung { lokation: Some(asked.lokation.clone()), day: asked.day, answer, answers: None };
                let message = received(rules, sparte, me, to, at, written(rules, sparte, kind, vorgang.day, &says));
                asking::Command::Information(message, kind.pid.to_owned())
            })
        });
        // Whether the order is asked to be taken back, and what the partner says to that.
        let taken_back = vorgang.storno().map(|storno| {
            (received_at(now), any::<bool>()).prop_map(move |(at, accepts)| {
                let kind = if accepts { storno.accepts } else { storno.refuses };
                let answer = Some(AnswerStatus { code: "A01".to_owned(), ebd: None });
                let says = Meldung { answer, answers: Some("TASK".to_owned()), ..Meldung::default() };
                let message = received(rules, sparte, me, to, at, written(rules, sparte, kind, Day::None, &says));
                asking::Command::Answer(message, kind.pid.to_owned())
            })
        });
        let mail = match taken_back {
            Some(taken_back) => prop_oneof![6 => mail, 2 => Just(asking::Command::TakeBack), 2 => taken_back].boxed(),
            None => mail.boxed(),
        };
        let follows = vorgang.then.map(Then::heard_by_asker).filter(|kinds| !kinds.is_empty());
        if let (Some(kinds), Some(asking::Settled::Accepted)) = (follows, state.settled) {
            let later = later(rules, vorgang, &request.anliegen, now, kinds, (me, to));
            return prop_oneof![5 => mail, 4 => later.prop_map(|(message, pid)| asking::Command::Later(message, pid))].boxed();
        }
        // Acknowledgements that refuse a request end it; most of what has something to follow should come to that.
        if let (Some(_), None, Some(answered)) = (vorgang.then, state.settled, answered.clone()) {
            return prop_oneof![1 => mail, 6 => answered].boxed();
        }
        match (answered, heard) {
            (Some(answered), Some(heard)) => prop_oneof![5 => mail, 4 => answered, 2 => heard].boxed(),
            (Some(answered), None) => prop_oneof![5 => mail, 4 => answered].boxed(),
            (None, Some(heard)) => prop_oneof![5 => mail, 2 => heard].boxed(),
            (None, None) => mail.boxed(),
        }
    }

    fn answer(message: &Outgoing) -> BoxedStrategy<Option<Value>> {
        if message.channel != BACK_OFFICE {
            return Just(None).boxed();
        }
        let finding = |accepts| Finding { code: String::new(), accepts, partners: BTreeMap::new() };
        any::<bool>().prop_map(move |accepts| serde_json::to_value(finding(accepts)).ok()).boxed()
    }

    fn is_final(state: &asking::State) -> bool {
        asking::is_over(state)
    }

    fn waits_for(state: &asking::State) -> Option<&'static str> {
        if state.taken_back == Some(asking::TakenBack::Asked) {
            return Some("the partner's answer to the Storno: its silence says nothing");
        }
        let executes = state.request.as_ref().is_some_and(|request| request.vorgang.execution.is_some());
        match state.settled {
            None => Some("the partner's answer: its silence says nothing, or counts from a receipt that never came"),
            Some(asking::Settled::Accepted) if executes => Some("the report that it is done: the partner has no Frist for it"),
            Some(asking::Settled::Accepted) if state.reporting.reported.is_some() => {
                Some("what the partner makes of the report: its silence says nothing")
            }
            _ => None,
        }
    }

    fn expected_due(after: &asking::State, command: &asking::Command, label: &str) -> Option<Timestamp> {
        let request = after.request.as_ref()?;
        let (vorgang, frame) = (request.vorgang, &request.frame);
        let reports = vorgang.then.map(Then::sent_by_asker).unwrap_or_default();
        if let (Some(Then::Report(report)), Some(asking::Settled::Accepted)) = (vorgang.then, after.settled) {
            if label == format!("awaits start {}", report.done.pid) {
                return request.anliegen.day;
            }
            if label == format!("information {}", report.done.pid) {
                return lead_due(frame, report.done.pid, request.anliegen.day);
            }
            if let (Some(reported), asking::Command::Delivered(delivered)) =
                (reports.iter().find(|kind| label == format!("answer {}", kind.pid)), command)
            {
                let frist = Rulebook::of(frame.rulebook).answer_frist(reported.pid, Some(vorgang.family), delivered.received_at);
                return frist.ok().map(|frist| frist.due);
            }
        }
        match command {
            asking::Command::Later(received, pid) if label == format!("APERAK {pid}") => {
                later_acknowledged(frame, &vorgang.then?.heard_by_asker(), received, pid)
            }
            asking::Command::Answer(received, pid) | asking::Command::Information(received, pid) if label == format!("APERAK {pid}") => {
                let storno = vorgang.storno().into_iter().flat_map(|storno| storno.kinds());
                let kinds = vorgang.answer_kinds().into_iter().chain(vorgang.hears.iter().copied()).chain(storno);
                let kind = kinds.into_iter().find(|kind| kind.pid == pid)?;
                Some(Rulebook::of(frame.rulebook).aperak_frist(frame.sparte, kind.message_type, Some(pid), received.received_at).due)
            }
            asking::Command::Delivered(delivered) if label.starts_with("answer ") && label != format!("answer {}", vorgang.request.pid) => {
                storno_due(vorgang, frame, delivered.received_at)
            }
            asking::Command::Delivered(delivered) if label == format!("answer {}", vorgang.request.pid) => {
                answer_due(&vorgang, frame, &request.anliegen, delivered.received_at)
            }
            asking::Command::Delivered(delivered) => watched(frame, &asked_and_told(vorgang), label, delivered.received_at),
            // Sent again, its Frist counts from where it counted before.
            asking::Command::Refused(_) if label.starts_with("information ") => {
                let pid = label.strip_prefix("information ")?;
                let (_, from) = after.told.get(pid)?;
                Rulebook::of(frame.rulebook).information_frist(pid, *from).ok().map(|frist| frist.due)
            }
            // From the ÜT of the request; as long as nobody knows it, from the answer.
            asking::Command::Answer(received, _) if label.starts_with("information ") => {
                let from = after.arrived_at.unwrap_or(received.received_at);
                Rulebook::of(frame.rulebook).information_frist(label.strip_prefix("information ")?, from).ok().map(|frist| frist.due)
            }
            // As long as the answer had, a late one is waited for.
            asking::Command::Timeout(timeout) if label == format!("late answer {}", vorgang.request.pid) => {
                // About a day that has begun by then.
                let begun = Anliegen { day: None, ..request.anliegen.clone() };
                let by_day = matches!(vorgang.frist, Trigger::ByDay { .. });
                answer_due(&vorgang, frame, if by_day { &begun } else { &request.anliegen }, timeout.due)
            }
            _ => None,
        }
    }

    fn recognised_by(command: &asking::Command) -> Option<&'static str> {
        let message = matches!(
            command,
            asking::Command::Answer(..) | asking::Command::Information(..) | asking::Command::Later(..) | asking::Command::Taken(_)
        );
        message.then_some("the boundary, by sender and interchange")
    }
}

impl WorkflowSubject for Answers {
    type Workflow = Answering;
    const CAPABILITIES: Capabilities = Capabilities::FRISTEN.and(Capabilities::PERSONAL);
    const HOME: &'static str = env!("CARGO_MANIFEST_DIR");
    const SOURCES: &'static [Source] = SOURCES;
    const PERSONAL: &'static [Personal] = &[Personal { event: "RequestReceived", field: "/anliegen/lokation", redacted: REDACTED }];

    fn kinds() -> u32 {
        u32::try_from(to_answer().len()).unwrap_or(1)
    }

    fn commands(state: &answering::State, now: Timestamp) -> BoxedStrategy<answering::Command> {
        let request = prop::sample::select(to_answer()).prop_flat_map(move |vorgang| {
            let parts = (rulebook(), received_at(now), anliegen(vorgang, now), prop::bool::weighted(0.9));
            parts.prop_map(move |(rulebook, at, asked, complete)| {
                let (sparte, (from, me)) = (vorgang.sparte, parties(vorgang.sparte));
                let says = Meldung { lokation: complete.then_some(asked.lokation), day: asked.day, answer: None, answers: None };
                let message = received(rulebook, sparte, me, from, at, written(rulebook, sparte, vorgang.request, vorgang.day, &says));
                answering::Command::Request(vorgang, message, "TANS".to_owned())
            })
        });
        let Some(known) = &state.request else {
            let (rulebook, token) = (RulebookId::BK6_24_174, "TANS".to_owned());
            let frame = Frame { rulebook, me: parties(Sparte::Strom).1, sparte: Sparte::Strom, token };
            return prop_oneof![19 => request, 1 => aperak(&frame, vec!["55017"]).prop_map(answering::Command::Aperak)].boxed();
        };
        let vorgang = known.vorgang;
        let kinds = says(vorgang);
        let mut pids: Vec<&'static str> = kinds.iter().map(|kind| kind.pid).collect();
        pids.push("99999");
        let acknowledged = if known.frame.acknowledges() { vec![vorgang.request.pid] } else { Vec::new() };
        let names = sent(&kinds, &acknowledged);
        let mail = prop_oneof![
            1 => request,
            4 => aperak(&known.frame, pids).prop_map(answering::Command::Aperak),
            2 => refusal(names.clone()).prop_map(answering::Command::Refused),
            2 => prop::sample::select(names).prop_map(answering::Command::Taken),
        ];
        if let Some(then) = vorgang.then {
            let (from, me) = parties(vorgang.sparte);
            let later = later(known.frame.rulebook, vorgang, &known.anliegen, now, then.heard_by_answerer(), (me, from));
            return prop_oneof![5 => mail, 3 => later.prop_map(|(message, pid)| answering::Command::Later(message, pid))].boxed();
        }
        if let Some(storno) = vorgang.storno() {
            let (rules, sparte, (from, me)) = (known.frame.rulebook, vorgang.sparte, parties(vorgang.sparte));
            let taken_back = received_at(now).prop_map(move |at| {
                let says = Meldung { answers: Some("TASK".to_owned()), ..Meldung::default() };
                answering::Command::Storno(received(rules, sparte, me, from, at, written(rules, sparte, storno.request, Day::None, &says)))
            });
            return prop_oneof![8 => mail, 2 => taken_back].boxed();
        }
        let Some((first, theirs)) = vorgang.asks_first.and_then(|first| Some((first, first.question.answers?))) else {
            return mail.boxed();
        };
        let (rules, sparte, me, asked) = (known.frame.rulebook, vorgang.sparte, known.frame.me, known.anliegen.clone());
        let objections: Vec<&'static str> = first.goes_on_with.iter().copied().chain(["Z12"]).collect();
        let third = (received_at(now), any::<bool>(), prop::bool::weighted(0.9), prop::sample::select(objections));
        let answered = third.prop_map(move |(at, consents, was_asked, objection)| {
            let kind = if consents { theirs.accepts } else { theirs.refuses };
            let code = if consents { theirs.accepts_with.first().copied().unwrap_or("A01") } else { objection };
            let answer = Some(AnswerStatus { code: code.to_owned(), ebd: None });
            let says = Meldung { lokation: Some(asked.lokation.clone()), day: asked.day, answer, answers: Some("TANS".to_owned()) };
            let from = if was_asked { third_party(sparte) } else { parties(sparte).0 };
            let message = received(rules, sparte, me, from, at, written(rules, sparte, kind, theirs.day, &says));
            answering::Command::ThirdParty(message, kind.pid.to_owned())
        });
        prop_oneof![2 => mail, 3 => answered].boxed()
    }

    fn answer(message: &Outgoing) -> BoxedStrategy<Option<Value>> {
        if message.channel != BACK_OFFICE {
            return Just(None).boxed();
        }
        let asked: Option<answering::Question> = serde_json::from_value(message.payload.clone()).ok();
        let Some(vorgang) = asked.map(|asked| asked.vorgang) else { return Just(None).boxed() };
        let successor = match vorgang.then {
            Some(Then::Successor(successor)) => Some(successor.partner),
            Some(Then::Report(_)) | None => None,
        };
        let to = vorgang.informs.iter().filter_map(|information| match information.to {
            To::Partner(what) => Some(what),
            To::Asker => None,
        });
        let because_of = vorgang.informs.iter().map(|information| information.because_of).chain(to);
        let because_of = because_of.chain(vorgang.asks_first.map(|first| first.whom)).chain(successor);
        let partners: BTreeMap<String, MpId> = because_of.map(|what| (what.to_owned(), third_party(vorgang.sparte))).collect();
        let finding = |code: &str, accepts, partners| Finding { code: code.to_owned(), accepts, partners };
        let findings = [finding("", true, partners.clone()), finding("A99", false, partners), finding("", true, BTreeMap::new())];
        let [accepted, refused, alone] = findings.map(Just);
        // Only an acceptance leads to a third party.
        let accepts = if vorgang.asks_first.is_some() { 4 } else { 1 };
        prop_oneof![accepts => accepted, 1 => refused, 1 => alone].prop_map(|finding| serde_json::to_value(finding).ok()).boxed()
    }

    fn is_final(state: &answering::State) -> bool {
        answering::is_over(state)
    }

    fn waits_for(state: &answering::State) -> Option<&'static str> {
        let asks = state.request.is_some() && state.third.is_some_and(|third| third.answered_at.is_none()) && state.decided.is_none();
        let ordered = state.search.ordered && state.search.stays.is_none();
        match (asks, ordered) {
            (true, _) => Some("the third party's answer: its silence says nothing, or counts from a receipt that never came"),
            (_, true) => Some("whether the one who asked stays: his silence says nothing, or counts from a receipt that never came"),
            (false, false) => None,
        }
    }

    fn expected_due(after: &answering::State, command: &answering::Command, label: &str) -> Option<Timestamp> {
        let request = after.request.as_ref()?;
        let (vorgang, frame, rules) = (request.vorgang, &request.frame, Rulebook::of(request.frame.rulebook));
        if let Some(due) = follows_due(after, request, command, label) {
            return Some(due);
        }
        let pid = vorgang.request.pid;
        if label == format!("APERAK {pid}") {
            let frist = rules.aperak_frist(frame.sparte, vorgang.request.message_type, Some(pid), request.received_at);
            return matches!(command, answering::Command::Request(..)).then_some(frist.due);
        }
        if let (Some(storno), Some(asked)) = (vorgang.storno(), &after.storno) {
            if label == format!("APERAK {}", storno.request.pid) {
                let frist = rules.aperak_frist(frame.sparte, storno.request.message_type, Some(storno.request.pid), asked.received_at);
                return matches!(command, answering::Command::Storno(_)).then_some(frist.due);
            }
            if label == format!("answer {}", storno.request.pid) {
                return storno_due(vorgang, frame, asked.received_at);
            }
        }
        // All other clocks of the one who answers count from the ÜT of the request; after a third party's answer the earlier one binds.
        if label == format!("answer {pid}") {
            let own = answer_due(&vorgang, frame, &request.anliegen, request.received_at)?;
            let within = vorgang.asks_first.and_then(|first| first.answered_within);
            let after_it = within.zip(after.third.and_then(|third| third.answered_at));
            let after_it = after_it.and_then(|(trigger, at)| rules.answer_frist(trigger, Some(vorgang.family), at).ok());
            return Some(after_it.map_or(own, |after_it| after_it.due.min(own)));
        }
        if let Some(question) =
            vorgang.asks_first.map(|first| first.question).filter(|asked| label == format!("answer {}", asked.request.pid))
        {
            let answering::Command::Delivered(delivered) = command else { return None };
            return answer_due(question, frame, &request.anliegen, delivered.received_at);
        }
        if let Some(told) = label.strip_prefix("information ") {
            let reported = vorgang.execution.filter(|execution| execution.report.pid == told).and_then(|execution| execution.frist);
            let of_acceptance = |information: &&Information| information.when == When::AcceptanceDelivered;
            let of_acceptance = vorgang.informs.iter().filter(of_acceptance).any(|information| information.kind.pid == told);
            let from = if of_acceptance { after.answered_at? } else { request.received_at };
            return match reported {
                Some(trigger) => rules.answer_frist(trigger, Some(vorgang.family), from).ok().map(|frist| frist.due),
                None => rules.information_frist(told, from).ok().map(|frist| frist.due),
            };
        }
        let answering::Command::Delivered(delivered) = command else { return None };
        watched(frame, &says(vorgang), label, delivered.received_at)
    }

    fn recognised_by(command: &answering::Command) -> Option<&'static str> {
        matches!(command, answering::Command::Taken(_) | answering::Command::Later(..)).then_some("the boundary, by sender and interchange")
    }
}

/// When a deadline of what follows a yes is due.
fn follows_due(after: &answering::State, request: &answering::Request, command: &answering::Command, label: &str) -> Option<Timestamp> {
    let (then, frame, agreed) = (request.vorgang.then?, &request.frame, request.anliegen.day);
    let rules = Rulebook::of(frame.rulebook);
    let answer = |pid: &str, from| rules.answer_frist(pid, Some(request.vorgang.family), from).ok().map(|frist| frist.due);
    if let answering::Command::Later(received, pid) = command
        && label == format!("APERAK {pid}")
    {
        return later_acknowledged(frame, &then.heard_by_answerer(), received, pid);
    }
    match (then, command) {
        (Then::Report(report), _) if label == format!("awaits {}", report.done.pid) => lead_due(frame, report.done.pid, agreed),
        (Then::Report(report), _) if label == format!("awaits day {}", report.calls_off.pid) => {
            rules.latest_uet(report.calls_off.pid, berlin::day(agreed?)).ok().map(berlin::midnight)
        }
        (Then::Report(report), _) if label == format!("information {}", report.calls_off.pid) => {
            lead_due(frame, report.calls_off.pid, agreed)
        }
        (Then::Report(_), _) => {
            let received = after.awaiting.report.as_ref().filter(|received| label == format!("answer {}", received.pid))?;
            answer(&received.pid, received.received_at)
        }
        (Then::Successor(successor), _) if label == format!("awaits window {}", successor.asks.pid) => {
            rules.earliest_uet(successor.asks.pid, berlin::day(agreed?)).ok()?.map(berlin::midnight)
        }
        (Then::Successor(successor), _) if label == format!("information {}", successor.asks.pid) => {
            lead_due(frame, successor.asks.pid, agreed)
        }
        (Then::Successor(successor), answering::Command::Delivered(delivered)) => {
            let sent = [successor.asks, successor.orders].into_iter().find(|kind| label == format!("answer {}", kind.pid))?;
            answer(sent.pid, delivered.received_at)
        }
        (Then::Successor(_), _) => None,
    }
}
