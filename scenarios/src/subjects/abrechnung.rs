//! The Abrechnung of a Zählpunkt and month as a subject, on both its sides.

use mako_conformance::{Capabilities, Exemption, Source, StoredCommands, Without, WorkflowSubject};
use mako_engine::fristen::Rulebook;
use mako_engine::{Outgoing, Timestamp};
use mako_sim::application::BACK_OFFICE;
use mako_sim::edifact::{
    AnswerStatus, Aperak, Auftrag, Finding as Acknowledgement, Liefermonat, Lokation, MpId, Summenzeitreihe, TypedMessage,
};
use mako_sim::received::{Original, ReceivedMessage};
use proptest::prelude::*;
use serde_json::Value;

use super::mail::{failed, known, received_at, rulebook};
use crate::mabis::abrechnung::{
    Abrechnung, Checks, Command, Finding, Order, Phase, Question, Side, State, answer_due, end_of, is_over, is_turn, kinds, label,
};
use crate::vorgang::Refusal;

/// MABIS Abrechnung, both sides.
#[derive(Debug, Clone, Copy)]
pub struct AbrechnungSubject;

const MAKES: &str = "9999000002010";
const CHECKS: &str = "9999000004016";

fn zaehlpunkt() -> Lokation {
    known("DE00099900000MABIS000000000000000")
}

/// Who checks; mostly the BIKO.
fn checks() -> BoxedStrategy<Checks> {
    prop_oneof![4 => Just(Checks::Biko), 1 => Just(Checks::Bkv), 1 => Just(Checks::Lf), 1 => Just(Checks::Nb)].boxed()
}

/// The month before `at`, or now and then another one.
fn month(at: Timestamp, back: i64) -> Liefermonat {
    let day = at.plus_seconds(-back * 30 * 86_400).to_offset().date();
    known(&format!("{:04}-{:02}", day.year(), u8::from(day.month())))
}

fn received(
    rulebook: mako_engine::fristen::RulebookId,
    (me, from): (&str, &str),
    at: Timestamp,
    message: TypedMessage,
) -> Box<ReceivedMessage> {
    let document = match &message {
        TypedMessage::Other(other) => other.document.clone(),
        TypedMessage::Utilmd(_) | TypedMessage::Aperak(_) | TypedMessage::Contrl(_) => String::new(),
    };
    let original = Original { interchange: format!("IC{document}"), document, document_time: at.plus_seconds(-60), vorgang: None };
    let (me, from): (MpId, MpId) = (known(me), known(from));
    let sparte = mako_engine::fristen::Sparte::Strom;
    Box::new(ReceivedMessage { rulebook, me, from, sparte, received_at: at, original, about_sent: None, message })
}

/// A series, which need not be whole: the boundary has seen to that.
fn series(month: Liefermonat, version: Timestamp) -> TypedMessage {
    let series = Summenzeitreihe { values: vec![1, 2], ..Summenzeitreihe::flat("D1", zaehlpunkt(), month, version, 1) };
    TypedMessage::Other(series.message())
}

/// An APERAK about one of the messages of the process, or about nothing.
fn aperak(state: &State) -> BoxedStrategy<Aperak> {
    let sent = state.matter.iter().flat_map(|matter| {
        state.exchanges.values().flat_map(|exchange| {
            let token = format!("{}N{}", matter.frame.token, exchange.number);
            exchange.post.sent.keys().filter_map(move |kind| Some(format!("{token}D{}", kind.split(' ').nth(1)?)))
        })
    });
    let documents: Vec<String> = sent.chain(["D0".to_owned()]).collect();
    (prop::sample::select(documents), any::<bool>())
        .prop_map(|(document, recognised)| Aperak {
            document: "A1".to_owned(),
            original_interchange: "IC1".to_owned(),
            original_time: Timestamp::EPOCH,
            original_document: document,
            original_vorgang: None,
            finding: if recognised { Acknowledgement::Recognised } else { failed() },
        })
        .boxed()
}

fn status(pid: &str, code: &str, document: String) -> TypedMessage {
    let answer = Some(AnswerStatus { code: code.to_owned(), ebd: None });
    let says = Auftrag { answer, answers: Some(document), ..Auftrag::new("IFTSTA", known(pid), "P1") };
    match says.message() {
        Ok(message) => TypedMessage::Other(message),
        Err(error) => panic!("{pid}: {error}"),
    }
}

impl WorkflowSubject for AbrechnungSubject {
    type Workflow = Abrechnung;
    const CAPABILITIES: Capabilities = Capabilities::FRISTEN;
    const WITHOUT: Without = &[(Capabilities::PERSONAL, "a Zählpunkt of the Bilanzierung and its sums are nobody's data")];
    const EXEMPT: &'static [Exemption] = &[];
    const HOME: &'static str = env!("CARGO_MANIFEST_DIR");
    const SOURCES: &'static [Source] = mako_conformance::sources![
        "../mabis/abrechnung/mod.rs",
        "../mabis/abrechnung/event.rs",
        "../mabis/abrechnung/exchange.rs",
        "../mabis/abrechnung/window.rs",
        "../mabis/abrechnung/providing.rs",
        "../mabis/abrechnung/checking.rs",
        "../vorgang/frame.rs",
        "../vorgang/post.rs",
    ];

    fn kinds() -> u32 {
        2
    }

    fn commands(state: &State, now: Timestamp) -> BoxedStrategy<Command> {
        let version_after = state.newest.unwrap_or(now);
        let known_month = state.matter.as_ref().map(|matter| matter.month);
        let send = (rulebook(), checks(), 0..3_i64, 1..9_u64, -1..3_i64).prop_map(move |(rulebook, checks, back, value, later)| {
            let order = Order {
                rulebook,
                me: known(MAKES),
                to: known(CHECKS),
                checks,
                zaehlpunkt: zaehlpunkt(),
                month: known_month.unwrap_or_else(|| month(now, back)),
                version: version_after.plus_seconds(later * 60),
                value,
                token: "TMAK".to_owned(),
            };
            Command::Send(Box::new(order))
        });
        let came = (rulebook(), checks(), received_at(now), 0..3_i64, -1..3_i64).prop_map(move |(rulebook, checks, at, back, later)| {
            let month = known_month.unwrap_or_else(|| month(now, back));
            let message = series(month, version_after.plus_seconds(later * 60));
            Command::Series { received: received(rulebook, (CHECKS, MAKES), at, message), checks, token: "TCHK".to_owned() }
        });
        let Some(matter) = &state.matter else {
            return prop_oneof![9 => send, 9 => came, 1 => aperak(state).prop_map(Command::Aperak)].boxed();
        };
        let (rules, of) = (matter.frame.rulebook, matter.clone());
        let sent: Vec<String> = kinds().into_iter().chain(["UTILMD 99999".to_owned()]).collect();
        let refusal = prop::sample::select(sent).prop_map(|kind| Refusal { kind, answer: "CONTRL 4 UCI 28".to_owned() });
        let mail = prop_oneof![3 => aperak(state).prop_map(Command::Aperak), 1 => refusal.prop_map(Command::Refused)];
        match matter.side {
            Side::Checks => prop_oneof![4 => came, 4 => mail, 1 => send].boxed(),
            Side::Provides => {
                let lapsed = state.exchanges.values().flat_map(|exchange| exchange.post.lapsed.values()).map(|due| due.plus_ms(-1)).max();
                let at = match lapsed.filter(|at| *at <= now) {
                    Some(just_in_time) => prop_oneof![3 => received_at(now), 1 => Just(just_in_time)].boxed(),
                    None => received_at(now),
                };
                let numbers: Vec<u32> = state.exchanges.values().map(|exchange| exchange.number).chain([0]).collect();
                let answer = (at, any::<bool>(), prop::sample::select(numbers), prop::bool::weighted(0.9));
                let answer = answer.prop_map(move |(at, accepts, number, from_partner)| {
                    let pid = of.checks.answer(accepts).pid;
                    let document = format!("{}N{number}D13003", of.frame.token);
                    let from = if from_partner { CHECKS } else { "9999000001012" };
                    let message = status(pid, if accepts { "A01" } else { "A99" }, document);
                    Command::Answer(received(rules, (MAKES, from), at, message), pid.to_owned())
                });
                prop_oneof![3 => send, 4 => mail, 4 => answer].boxed()
            }
        }
    }

    fn answer(message: &Outgoing) -> BoxedStrategy<Option<Value>> {
        if message.channel != BACK_OFFICE {
            return Just(None).boxed();
        }
        let Ok(asked) = serde_json::from_value::<Question>(message.payload.clone()) else { return Just(None).boxed() };
        let finding = move |accepts: bool| {
            let code = if accepts { String::new() } else { "A99".to_owned() };
            serde_json::to_value(Finding { number: asked.number, accepts, code }).ok()
        };
        any::<bool>().prop_map(finding).boxed()
    }

    fn stored_commands() -> Option<StoredCommands<Command>> {
        Some(StoredCommands::by_serde())
    }

    fn is_final(state: &State) -> bool {
        is_over(state)
    }

    fn expected_due(after: &State, command: &Command, of: &str) -> Option<Timestamp> {
        let matter = after.matter.as_ref()?;
        let rules = Rulebook::of(matter.frame.rulebook);
        let windows = [(Phase::Erstaufschlag, "Erstaufschlag"), (Phase::Clearing, "Clearing"), (Phase::Kbka, "KBKA")];
        if let Some((phase, _)) = windows.into_iter().find(|(_, name)| of == format!("awaits end of {name}")) {
            return end_of(rules, matter.checks, matter.month, phase).ok().map(|frist| frist.due);
        }
        let (slot, exchange) = after.exchanges.iter().rev().find(|(number, _)| is_turn(of, **number))?;
        let slot = *slot;
        let acknowledged = |message_type: &str, pid: &str, at| rules.aperak_frist(matter.frame.sparte, message_type, Some(pid), at).due;
        let answer = exchange.answer.as_ref().map(|(_, pid, _)| pid.as_str());
        match command {
            Command::Series { received, .. } if of == label("APERAK 13003", slot) => {
                Some(acknowledged("MSCONS", "13003", received.received_at))
            }
            Command::Answer(received, pid) if of == label("APERAK 21003", slot) => Some(acknowledged("IFTSTA", pid, received.received_at)),
            Command::Delivered(delivered) if of == label("awaits APERAK 13003", slot) => {
                Some(acknowledged("MSCONS", "13003", delivered.received_at))
            }
            Command::Delivered(delivered) if of == label("awaits APERAK 21003", slot) => {
                Some(acknowledged("IFTSTA", answer?, delivered.received_at))
            }
            Command::Delivered(delivered) if of == label("answer 13003", slot) && matter.side == Side::Provides => {
                answer_due(matter, delivered.received_at)
            }
            _ if of == label("answer 13003", slot) => answer_due(matter, exchange.received_at?),
            _ => None,
        }
    }

    fn recognised_by(command: &Command) -> Option<&'static str> {
        let message = matches!(command, Command::Series { .. } | Command::Answer(..));
        message.then_some("the boundary, by sender and interchange")
    }
}
