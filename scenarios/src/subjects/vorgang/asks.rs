//! The one who asks, as a subject: which commands come to it, and when its deadlines are due.

use std::collections::BTreeMap;

use mako_conformance::{Capabilities, Source, StoredCommands, WorkflowSubject};
use mako_engine::fristen::{Rulebook, RulebookId, Sparte};
use mako_engine::{Outgoing, Timestamp};
use mako_sim::application::BACK_OFFICE;
use mako_sim::edifact::{AnswerStatus, MpId};
use proptest::prelude::*;
use serde_json::Value;

use super::{
    SOURCES, anliegen, answer_due, answers_us, aperak, later, later_acknowledged, lead_due, parties, received, refusal, sent, storno_due,
    watched, written,
};
use crate::subjects::mail::{received_at, rulebook};
use crate::vorgang::{Anliegen, Asking, Day, Finding, Frame, Kind, Meldung, Then, Trigger, Vorgang, When, asking};

/// The one who asks.
#[derive(Debug, Clone, Copy)]
pub struct Asks;

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

/// When an answer was received that comes at `now`: as any message, or in time after all although the Frist has lapsed.
fn answered_at(state: &asking::State, now: Timestamp) -> BoxedStrategy<Timestamp> {
    let lapsed = state.post.lapsed.values().map(|due| due.plus_ms(-1)).filter(|at| *at <= now).max();
    match lapsed {
        Some(just_in_time) => prop_oneof![3 => received_at(now), 1 => Just(just_in_time)].boxed(),
        None => received_at(now),
    }
}

/// Every Vorgang, as often as it gets histories of the one who asks: more where what it may come to lies more steps away.
fn to_ask() -> Vec<Vorgang> {
    let times = |vorgang: &Vorgang| match vorgang {
        long if long.then.is_some() => 6,
        taken_back if taken_back.storno().is_some() => 3,
        _ => 1,
    };
    Vorgang::all().flat_map(|vorgang| std::iter::repeat_n(vorgang, times(&vorgang))).collect()
}

impl WorkflowSubject for Asks {
    type Workflow = Asking;
    const CAPABILITIES: Capabilities = Capabilities::FRISTEN.and(Capabilities::PERSONAL);
    const HOME: &'static str = env!("CARGO_MANIFEST_DIR");
    const SOURCES: &'static [Source] = SOURCES;

    fn kinds() -> u32 {
        u32::try_from(to_ask().len()).unwrap_or(1)
    }

    fn commands(state: &asking::State, now: Timestamp) -> BoxedStrategy<asking::Command> {
        let begin = prop::sample::select(to_ask()).prop_flat_map(move |vorgang| {
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
                let says = answers_us(&asked, answer);
                let message = received(rules, sparte, me, to, at, written(rules, sparte, kind, art.day, &says));
                asking::Command::Answer(message, kind.pid.to_owned())
            })
        });
        let heard = (!vorgang.hears.is_empty()).then(|| {
            let asked = request.anliegen.clone();
            (received_at(now), prop::sample::select(vorgang.hears), any::<bool>()).prop_map(move |(at, kind, done_well)| {
                let done = vorgang.execution.filter(|execution| execution.report.pid == kind.pid).map(|execution| execution.done_with);
                let answer = done.map(|code| AnswerStatus { code: if done_well { code } else { "A99" }.to_owned(), ebd: None });
                let says = Meldung { lokation: Some(asked.lokation.clone()), day: asked.day, answer, ..Meldung::default() };
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

    fn stored_commands() -> Option<StoredCommands<asking::Command>> {
        Some(StoredCommands::by_serde())
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
