//! The one who answers, as a subject: which commands come to it, and when its deadlines are due.

use std::collections::BTreeMap;

use mako_conformance::{Capabilities, Source, StoredCommands, WorkflowSubject};
use mako_engine::fristen::{Rulebook, RulebookId, Sparte, berlin};
use mako_engine::{Outgoing, Timestamp};
use mako_sim::application::BACK_OFFICE;
use mako_sim::edifact::{AnswerStatus, MpId};
use proptest::prelude::*;
use serde_json::Value;

use super::{
    SOURCES, anliegen, answer_due, aperak, later, later_acknowledged, lead_due, parties, received, refusal, sent, storno_due, third_party,
    watched, written,
};
use crate::subjects::mail::{received_at, rulebook};
use crate::vorgang::{Answering, Day, Finding, Frame, Information, Kind, Meldung, Messtechnik, Then, To, Vorgang, When, answering};

/// The one who answers.
#[derive(Debug, Clone, Copy)]
pub struct Answers;

/// The kinds that the one who answers a Vorgang may send: the answer, what he tells and reports, and what he asks first.
fn says(vorgang: Vorgang) -> Vec<Kind> {
    let told = vorgang.informs.iter().map(|information| information.kind).chain(vorgang.execution.map(|execution| execution.report));
    let stornos = vorgang.storno().into_iter().flat_map(|storno| [storno.accepts, storno.refuses]);
    let asked = vorgang.asks_first.map(|first| first.question.request);
    let follows = vorgang.then.map(Then::sent_by_answerer).unwrap_or_default();
    vorgang.answer_kinds().into_iter().chain(told).chain(asked).chain(stornos).chain(follows).collect()
}

/// Every Vorgang, as often as it gets histories of the one who answers: more where what it may come to lies more steps away.
fn to_answer() -> Vec<Vorgang> {
    let times = |vorgang: &Vorgang| match vorgang {
        long if long.asks_first.is_some() || long.then.is_some() => 24,
        rarely_accepted if rarely_accepted.lead_time.is_some() => 4,
        telling if !telling.informs.is_empty() => 4,
        _ => 1,
    };
    Vorgang::all().flat_map(|vorgang| std::iter::repeat_n(vorgang, times(&vorgang))).collect()
}

impl WorkflowSubject for Answers {
    type Workflow = Answering;
    const CAPABILITIES: Capabilities = Capabilities::FRISTEN.and(Capabilities::PERSONAL);
    const HOME: &'static str = env!("CARGO_MANIFEST_DIR");
    const SOURCES: &'static [Source] = SOURCES;

    fn kinds() -> u32 {
        u32::try_from(to_answer().len()).unwrap_or(1)
    }

    fn commands(state: &answering::State, now: Timestamp) -> BoxedStrategy<answering::Command> {
        let request = prop::sample::select(to_answer()).prop_flat_map(move |vorgang| {
            let parts = (rulebook(), received_at(now), anliegen(vorgang, now), prop::bool::weighted(0.9));
            parts.prop_map(move |(rulebook, at, asked, complete)| {
                let (sparte, technik, (from, me)) = (vorgang.sparte, asked.technik, parties(vorgang.sparte));
                let says = Meldung { lokation: complete.then_some(asked.lokation), day: asked.day, ..Meldung::default() };
                let message = received(rulebook, sparte, me, from, at, written(rulebook, sparte, vorgang.request, vorgang.day, &says));
                answering::Command::Request(vorgang, message, "TANS".to_owned(), technik)
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
            let mut heard = then.heard_by_answerer();
            if let Then::Successor(successor) = then {
                // What was not asked for yet is refused, and leads nowhere.
                let (asked, ordered) = ([successor.takes, successor.declines], [successor.stays, successor.goes]);
                heard.extend(if state.search.ordered { ordered.repeat(3) } else { asked.repeat(3) });
            }
            let later = later(known.frame.rulebook, vorgang, &known.anliegen, now, heard, (me, from));
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
            let says = Meldung {
                lokation: Some(asked.lokation.clone()),
                day: asked.day,
                answer,
                answers: Some("TANS".to_owned()),
                ..Meldung::default()
            };
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

    fn stored_commands() -> Option<StoredCommands<answering::Command>> {
        Some(StoredCommands::by_serde())
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
            let trigger = match request.anliegen.technik {
                None | Some(Messtechnik::Kme | Messtechnik::Keine) => "23008",
                Some(Messtechnik::Mme) => "23008-mme",
                Some(Messtechnik::Rlm | Messtechnik::Ims) => "23008-rlm-ims",
            };
            return match reported {
                Some(_) => rules.answer_frist(trigger, Some(vorgang.family), from).ok().map(|frist| frist.due),
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
