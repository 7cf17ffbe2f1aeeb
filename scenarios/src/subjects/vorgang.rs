//! Every [`Vorgang`] as two subjects: the one who asks, and the one who answers.
//!
//! The commands are made from what the Vorgang says about itself; the due instants come from the rulebook. A new Vorgang needs no code
//! here: its file stands in the list of sources, the pair in [`SUBJECTS`](super::SUBJECTS) and in `tests/it/every_workflow_conforms.rs`.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use mako_conformance::{Capabilities, Personal, Source, WorkflowSubject};
use mako_engine::fristen::{Rulebook, RulebookId, Sparte, berlin, gas_day_start};
use mako_engine::{Outgoing, Timestamp};
use mako_sim::application::BACK_OFFICE;
use mako_sim::edifact::{AnswerStatus, Aperak, Finding as Acknowledgement, Lokation, MpId, TypedMessage};
use mako_sim::received::{Original, ReceivedMessage};
use proptest::prelude::*;
use serde_json::Value;

use super::mail::{failed, known, received_at, rulebook};
use crate::vorgang::{Anliegen, Answering, Asking, Day, Finding, Frame, Kind, Meldung, Refusal, Silence, Vorgang, answering, asking};

/// The one who asks.
#[derive(Debug)]
pub struct Asks<V>(PhantomData<fn() -> V>);

/// The one who answers.
#[derive(Debug)]
pub struct Answers<V>(PhantomData<fn() -> V>);

/// The parts of every Vorgang, and every Vorgang that says more than a table.
const SOURCES: &[Source] = mako_conformance::sources![
    "../vorgang/asking.rs",
    "../vorgang/answering.rs",
    "../vorgang/art.rs",
    "../vorgang/frame.rs",
    "../vorgang/meldung.rs",
    "../vorgang/post.rs",
    "../gpke/kuendigung.rs",
    "../gpke/sperrung.rs",
    "../geli_gas/kuendigung.rs",
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

/// What is asked for: mostly complete.
fn anliegen<V: Vorgang>(now: Timestamp) -> BoxedStrategy<Anliegen> {
    let on = move |days| (V::ART.day != Day::None).then(|| day_after(V::ART.sparte, now, days));
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
    Some(match label.strip_suffix(pid)?.trim_end() {
        "awaits APERAK" | "awaits silence" => rules.aperak_frist(frame.sparte, kind.message_type, Some(pid), at).due,
        "awaits CONTRL" => rules.contrl_frist(frame.sparte, kind.message_type, at).due,
        _ => return None,
    })
}

fn answer_due<V: Vorgang>(frame: &Frame, anliegen: &Anliegen, from: Timestamp) -> Option<Timestamp> {
    let frist = Rulebook::of(frame.rulebook).answer_frist(V::trigger(anliegen, from), Some(V::ART.family), from);
    frist.ok().map(|frist| frist.due)
}

/// The events about mail that only happen in the other market.
fn other_market<V: Vorgang>() -> Vec<&'static str> {
    match V::ART.sparte {
        Sparte::Strom => vec!["ContrlReceived", "ContrlMissing", "SilenceAccepted"],
        Sparte::Gas => vec!["AperakMissing"],
    }
}

/// When an answer was received that comes at `now`: as any message, or in time after all although the Frist has lapsed.
fn answered_at(state: &asking::State, now: Timestamp) -> BoxedStrategy<Timestamp> {
    let lapsed = state.post.lapsed.values().map(|due| due.plus_ms(-1)).filter(|at| *at <= now).max();
    match lapsed {
        Some(just_in_time) => prop_oneof![3 => received_at(now), 1 => Just(just_in_time)].boxed(),
        None => received_at(now),
    }
}

/// The two answers; none where none is needed.
fn answers<V: Vorgang>() -> Vec<Kind> {
    V::ART.answers.map(|answers| vec![answers.accepts, answers.refuses]).unwrap_or_default()
}

impl<V: Vorgang> WorkflowSubject for Asks<V> {
    type Workflow = Asking<V>;
    const CAPABILITIES: Capabilities = Capabilities::FRISTEN.and(Capabilities::PERSONAL);
    const HOME: &'static str = env!("CARGO_MANIFEST_DIR");
    const SOURCES: &'static [Source] = SOURCES;
    const PERSONAL: &'static [Personal] = &[Personal { event: "Requested", field: "/anliegen/lokation", redacted: REDACTED }];

    fn never_decides() -> Vec<&'static str> {
        let mut never = other_market::<V>();
        let Some(answers) = V::ART.answers else {
            never.extend(["AnswerReceived", "FurtherAnswerNoted", "ConsentedBySilence", "Closed", "FristLapsed", "LapseWithdrawn"]);
            return never;
        };
        if answers.silence == Silence::SaysNothing {
            never.extend(["ConsentedBySilence", "Closed"]);
        }
        if V::ART.hears.is_empty() {
            never.push("Informed");
        }
        // Silence that is consent does not lapse, and in Gas nothing else has a Frist.
        if answers.silence == Silence::IsConsent && V::ART.sparte == Sparte::Gas {
            never.extend(["FristLapsed", "LapseWithdrawn"]);
        }
        never
    }

    fn commands(state: &asking::State, now: Timestamp) -> BoxedStrategy<asking::Command> {
        let (me, to) = parties(V::ART.sparte);
        let begin = (rulebook(), anliegen::<V>(now)).prop_map(move |(rulebook, anliegen)| {
            let token = "TASK".to_owned();
            asking::Command::Begin { rulebook, me, to, anliegen, token }
        });
        let Some(request) = &state.request else {
            let frame = Frame { rulebook: RulebookId::BK6_24_174, me, sparte: V::ART.sparte, token: "TASK".to_owned() };
            return prop_oneof![9 => begin, 1 => aperak(&frame, vec![V::ART.request.pid]).prop_map(asking::Command::Aperak)].boxed();
        };
        let (rules, sparte, frame) = (request.frame.rulebook, V::ART.sparte, request.frame.clone());
        let mail = {
            let acknowledged: Vec<&str> = answers::<V>().iter().map(|kind| kind.pid).collect();
            let kinds = sent(&[V::ART.request], if frame.acknowledges() { &acknowledged } else { &[] });
            prop_oneof![
                4 => aperak(&frame, vec![V::ART.request.pid]).prop_map(asking::Command::Aperak),
                2 => refusal(kinds).prop_map(asking::Command::Refused),
                2 => Just(asking::Command::Taken(V::ART.request.name())),
                1 => begin,
            ]
        };
        let answered = V::ART.answers.map(|art| {
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
        let heard = (!V::ART.hears.is_empty()).then(|| {
            let asked = request.anliegen.clone();
            (received_at(now), prop::sample::select(V::ART.hears)).prop_map(move |(at, kind)| {
                let says = Meldung { lokation: Some(asked.lokation.clone()), day: asked.day, answer: None, answers: None };
                let message = received(rules, sparte, me, to, at, written(rules, sparte, kind, V::ART.day, &says));
                asking::Command::Information(message, kind.pid.to_owned())
            })
        });
        match (answered, heard) {
            (Some(answered), Some(heard)) => prop_oneof![5 => mail, 4 => answered, 2 => heard].boxed(),
            (Some(answered), None) => prop_oneof![5 => mail, 4 => answered].boxed(),
            (None, Some(heard)) => prop_oneof![5 => mail, 2 => heard].boxed(),
            (None, None) => mail.boxed(),
        }
    }

    fn is_final(state: &asking::State) -> bool {
        asking::is_over::<V>(state)
    }

    fn waits_for(state: &asking::State) -> Option<&'static str> {
        let speaks = V::ART.answers.is_some_and(|answers| answers.silence == Silence::SaysNothing);
        (state.settled.is_none() && speaks).then_some("the partner's answer: its silence says nothing")
    }

    fn expected_due(after: &asking::State, command: &asking::Command, label: &str) -> Option<Timestamp> {
        let request = after.request.as_ref()?;
        let frame = &request.frame;
        match command {
            asking::Command::Answer(received, pid) | asking::Command::Information(received, pid) if label == format!("APERAK {pid}") => {
                let kind = answers::<V>().into_iter().chain(V::ART.hears.iter().copied()).find(|kind| kind.pid == pid)?;
                Some(Rulebook::of(frame.rulebook).aperak_frist(frame.sparte, kind.message_type, Some(pid), received.received_at).due)
            }
            asking::Command::Delivered(delivered) if label == format!("answer {}", V::ART.request.pid) => {
                answer_due::<V>(frame, &request.anliegen, delivered.received_at)
            }
            asking::Command::Delivered(delivered) => watched(frame, &[V::ART.request], label, delivered.received_at),
            // As long as the answer had, a late one is waited for.
            asking::Command::Timeout(timeout) if label == format!("late answer {}", V::ART.request.pid) => {
                answer_due::<V>(frame, &request.anliegen, timeout.due)
            }
            _ => None,
        }
    }

    fn recognised_by(command: &asking::Command) -> Option<&'static str> {
        let message = matches!(command, asking::Command::Answer(..) | asking::Command::Information(..) | asking::Command::Taken(_));
        message.then_some("the boundary, by sender and interchange")
    }
}

impl<V: Vorgang> WorkflowSubject for Answers<V> {
    type Workflow = Answering<V>;
    const CAPABILITIES: Capabilities = Capabilities::FRISTEN.and(Capabilities::PERSONAL);
    const HOME: &'static str = env!("CARGO_MANIFEST_DIR");
    const SOURCES: &'static [Source] = SOURCES;
    const PERSONAL: &'static [Personal] = &[Personal { event: "RequestReceived", field: "/anliegen/lokation", redacted: REDACTED }];

    fn never_decides() -> Vec<&'static str> {
        let mut never = other_market::<V>();
        let Some(answers) = V::ART.answers else {
            never.extend(["LeadTimeMissed", "Checked", "QuestionGivenUp", "ConsentedBySilence", "Decided", "Told"]);
            return never;
        };
        if answers.silence == Silence::SaysNothing {
            never.push("ConsentedBySilence");
        }
        if V::ART.lead_time.is_none() {
            never.push("LeadTimeMissed");
        }
        if V::ART.informs.is_empty() {
            never.push("Told");
        }
        never
    }

    fn commands(state: &answering::State, now: Timestamp) -> BoxedStrategy<answering::Command> {
        let (from, me) = parties(V::ART.sparte);
        let sparte = V::ART.sparte;
        let request = (rulebook(), received_at(now), anliegen::<V>(now), prop::bool::weighted(0.9));
        let request = request.prop_map(move |(rulebook, at, asked, complete)| {
            let says = Meldung { lokation: complete.then_some(asked.lokation), day: asked.day, answer: None, answers: None };
            let message = received(rulebook, sparte, me, from, at, written(rulebook, sparte, V::ART.request, V::ART.day, &says));
            answering::Command::Request(message, "TANS".to_owned())
        });
        let told = V::ART.informs.iter().map(|information| information.kind);
        let kinds: Vec<Kind> = answers::<V>().into_iter().chain(told).collect();
        let mut pids: Vec<&'static str> = kinds.iter().map(|kind| kind.pid).collect();
        pids.push("99999");
        let Some(known) = &state.request else {
            let frame = Frame { rulebook: RulebookId::BK6_24_174, me, sparte, token: "TANS".to_owned() };
            return prop_oneof![9 => request, 1 => aperak(&frame, pids).prop_map(answering::Command::Aperak)].boxed();
        };
        let acknowledged = if known.frame.acknowledges() { vec![V::ART.request.pid] } else { Vec::new() };
        let names = sent(&kinds, &acknowledged);
        prop_oneof![
            1 => request,
            4 => aperak(&known.frame, pids).prop_map(answering::Command::Aperak),
            2 => refusal(names.clone()).prop_map(answering::Command::Refused),
            2 => prop::sample::select(names).prop_map(answering::Command::Taken),
        ]
        .boxed()
    }

    fn answer(message: &Outgoing) -> BoxedStrategy<Option<Value>> {
        if message.channel != BACK_OFFICE {
            return Just(None).boxed();
        }
        let partners: BTreeMap<String, MpId> =
            V::ART.informs.iter().map(|information| (information.to.to_owned(), parties(V::ART.sparte).0)).collect();
        let finding = |code: &str, accepts, partners| Finding { code: code.to_owned(), accepts, partners };
        let findings = vec![finding("", true, partners.clone()), finding("A99", false, partners), finding("", true, BTreeMap::new())];
        prop::sample::select(findings).prop_map(|finding| serde_json::to_value(finding).ok()).boxed()
    }

    fn is_final(state: &answering::State) -> bool {
        answering::is_over::<V>(state)
    }

    fn expected_due(after: &answering::State, command: &answering::Command, label: &str) -> Option<Timestamp> {
        let request = after.request.as_ref()?;
        let (frame, rules) = (&request.frame, Rulebook::of(request.frame.rulebook));
        let pid = V::ART.request.pid;
        if label == format!("APERAK {pid}") {
            let frist = rules.aperak_frist(frame.sparte, V::ART.request.message_type, Some(pid), request.received_at);
            return matches!(command, answering::Command::Request(..)).then_some(frist.due);
        }
        // All clocks of the one who answers count from the ÜT of the request.
        if label == format!("answer {pid}") {
            return answer_due::<V>(frame, &request.anliegen, request.received_at);
        }
        if let Some(told) = label.strip_prefix("information ") {
            return rules.information_frist(told, request.received_at).ok().map(|frist| frist.due);
        }
        let answering::Command::Delivered(delivered) = command else { return None };
        let told = V::ART.informs.iter().map(|information| information.kind);
        let kinds: Vec<Kind> = answers::<V>().into_iter().chain(told).collect();
        watched(frame, &kinds, label, delivered.received_at)
    }

    fn recognised_by(command: &answering::Command) -> Option<&'static str> {
        matches!(command, answering::Command::Taken(_)).then_some("the boundary, by sender and interchange")
    }
}
