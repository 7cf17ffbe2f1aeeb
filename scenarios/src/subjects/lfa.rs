//! The LFA of a Lieferbeginn as a subject.

use mako_conformance::{Capabilities, Source, StoredCommands, WorkflowSubject};
use mako_engine::fristen::berlin;
use mako_engine::{Outgoing, Timestamp};
use mako_sim::application::BACK_OFFICE;
use mako_sim::edifact::Utilmd;
use proptest::prelude::*;
use serde_json::Value;

use super::mail::{
    LFA, NB, answer_due, aperak, aperak_due, awaited_due, information_due, received, received_at, refusal, rulebook, utilmd,
};
use crate::gpke::lieferbeginn::lfa::{Command, Finding, LieferbeginnLfa, State, is_over};

/// GPKE Lieferbeginn, LFA.
#[derive(Debug, Clone, Copy)]
pub struct LieferbeginnLfaSubject;

/// From when the clocks count: DTM+154 names the day of the Anmeldung.
fn start(received_at: Timestamp, utilmd: &Utilmd) -> Timestamp {
    match utilmd.ut_of_lfn {
        Some(day) if day != berlin::day(received_at) => berlin::instant(day, time::macros::time!(12:00)),
        _ => received_at,
    }
}

fn finding() -> BoxedStrategy<Finding> {
    any::<bool>().prop_map(|consents| Finding { consents, code: if consents { "A36" } else { "A30" }.to_owned() }).boxed()
}

impl WorkflowSubject for LieferbeginnLfaSubject {
    type Workflow = LieferbeginnLfa;
    const CAPABILITIES: Capabilities = Capabilities::FRISTEN.and(Capabilities::PERSONAL);
    const HOME: &'static str = env!("CARGO_MANIFEST_DIR");
    const SOURCES: &'static [Source] = mako_conformance::sources![
        "../gpke/lieferbeginn/lfa.rs",
        "../gpke/lieferbeginn/mod.rs",
        "../vorgang/frame.rs",
        "../vorgang/post.rs"
    ];

    fn commands(state: &State, now: Timestamp) -> BoxedStrategy<Command> {
        let question = (rulebook(), received_at(now), prop::option::of(0..4_i64), any::<bool>());
        let question = question.prop_map(|(rulebook, at, days_ago, complete)| {
            let mut question = utilmd("55010", None);
            question.end = complete.then(|| berlin::midnight(berlin::day(at.plus_seconds(10 * 86_400))));
            question.ut_of_lfn = days_ago.map(|days| berlin::day(at.plus_seconds(-days * 86_400)));
            Command::Anfrage(received(rulebook, LFA, NB, at, &question), Box::new(question), "TLFA".to_owned())
        });
        let Some(anfrage) = &state.anfrage else {
            return prop_oneof![9 => question, 1 => aperak("TLFA", &["55011"]).prop_map(Command::Aperak)].boxed();
        };
        let rules = anfrage.frame.rulebook;
        let termination = received_at(now).prop_map(move |at| Command::Termination(received(rules, LFA, NB, at, &utilmd("55037", None))));
        prop_oneof![
            1 => question,
            3 => termination,
            4 => aperak(&anfrage.frame.token, &["55011", "55012"]).prop_map(Command::Aperak),
            2 => refusal(&["UTILMD 55011", "UTILMD 55012", "APERAK 55010", "UTILMD 99999"]).prop_map(Command::Refused),
            1 => finding().prop_map(Command::Found),
        ]
        .boxed()
    }

    fn answer(message: &Outgoing) -> BoxedStrategy<Option<Value>> {
        if message.channel != BACK_OFFICE {
            return Just(None).boxed();
        }
        finding().prop_map(|finding| serde_json::to_value(finding).ok()).boxed()
    }

    fn stored_commands() -> Option<StoredCommands<Command>> {
        Some(StoredCommands::by_serde())
    }

    fn is_final(state: &State) -> bool {
        is_over(state)
    }

    fn expected_due(after: &State, command: &Command, label: &str) -> Option<Timestamp> {
        let frame = &after.anfrage.as_ref()?.frame;
        match (command, label) {
            (Command::Anfrage(received, ..), "APERAK 55010") => aperak_due(frame, "55010", received.received_at),
            (Command::Anfrage(received, utilmd, _), "answer 55010") => {
                answer_due(frame, "55010-answer", start(received.received_at, utilmd))
            }
            (Command::Anfrage(received, utilmd, _), "awaits 55037") => information_due(frame, "55037", start(received.received_at, utilmd)),
            (Command::Termination(received), "APERAK 55037") => aperak_due(frame, "55037", received.received_at),
            (Command::Delivered(delivered), label) => awaited_due(frame, delivered, label),
            _ => None,
        }
    }
}
