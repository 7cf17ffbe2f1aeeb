//! The LFN of a Lieferbeginn as a subject.

use mako_conformance::{Capabilities, Source, StoredCommands, WorkflowSubject};
use mako_engine::Timestamp;
use mako_engine::fristen::berlin;
use proptest::prelude::*;

use super::mail::{LFN, NB, answer_due, aperak, aperak_due, awaited_due, known, malo, received, received_at, refusal, rulebook, utilmd};
use crate::gpke::lieferbeginn::lfn::{Command, LieferbeginnLfn, State, awaits_storno, is_over};

/// GPKE Lieferbeginn, LFN.
#[derive(Debug, Clone, Copy)]
pub struct LieferbeginnLfnSubject;

impl WorkflowSubject for LieferbeginnLfnSubject {
    type Workflow = LieferbeginnLfn;
    const CAPABILITIES: Capabilities = Capabilities::FRISTEN.and(Capabilities::PERSONAL);
    const HOME: &'static str = env!("CARGO_MANIFEST_DIR");
    const SOURCES: &'static [Source] = mako_conformance::sources![
        "../gpke/lieferbeginn/lfn.rs",
        "../gpke/lieferbeginn/mod.rs",
        "../gpke/lieferbeginn/storno.rs",
        "../vorgang/frame.rs",
        "../vorgang/post.rs"
    ];

    fn commands(state: &State, now: Timestamp) -> BoxedStrategy<Command> {
        let begin = (rulebook(), 0..30_i64).prop_map(move |(rulebook, days)| Command::Begin {
            rulebook,
            me: known(LFN),
            nb: known(NB),
            malo: malo(),
            begin: berlin::midnight(berlin::day(now.plus_seconds(days * 86_400))),
            token: "TLFN".to_owned(),
        });
        let Some(frame) = &state.frame else {
            return prop_oneof![9 => begin, 1 => aperak("TLFN", &["55001"]).prop_map(Command::Aperak)].boxed();
        };
        let rules = frame.rulebook;
        let answer = (received_at(now), any::<bool>()).prop_map(move |(at, confirms)| {
            let utilmd = if confirms { utilmd("55002", Some("A51")) } else { utilmd("55003", Some("A07")) };
            Command::Answer(received(rules, LFN, NB, at, &utilmd), Box::new(utilmd))
        });
        let storno = (received_at(now), any::<bool>()).prop_map(move |(at, accepts)| {
            let utilmd = if accepts { utilmd("55023", Some("E15")) } else { utilmd("55024", Some("E17")) };
            Command::StornoAnswer(received(rules, LFN, NB, at, &utilmd), Box::new(utilmd))
        });
        let information = received_at(now).prop_map(move |at| Command::Information(received(rules, LFN, NB, at, &utilmd("55036", None))));
        prop_oneof![
            1 => begin,
            4 => answer,
            2 => information,
            1 => Just(Command::TakeBack),
            3 => storno,
            4 => aperak(&frame.token, &["55001", "55022"]).prop_map(Command::Aperak),
            2 => refusal(&["UTILMD 55001", "UTILMD 55022", "APERAK 55002", "APERAK 55036", "UTILMD 99999"]).prop_map(Command::Refused),
        ]
        .boxed()
    }

    fn stored_commands() -> Option<StoredCommands<Command>> {
        Some(StoredCommands::by_serde())
    }

    fn is_final(state: &State) -> bool {
        is_over(state)
    }

    fn waits_for(state: &State) -> Option<&'static str> {
        if awaits_storno(state) {
            return Some("the NB's answer to the Storno: its silence says nothing");
        }
        state.confirmed.is_none().then_some("the NB's answer, 55002 or 55003: there is no silent consent")
    }

    fn expected_due(after: &State, command: &Command, label: &str) -> Option<Timestamp> {
        let frame = after.frame.as_ref()?;
        match command {
            Command::Answer(received, utilmd) | Command::StornoAnswer(received, utilmd) if label == format!("APERAK {}", utilmd.pid) => {
                aperak_due(frame, label.strip_prefix("APERAK ")?, received.received_at)
            }
            Command::Information(received) if label == "APERAK 55036" => aperak_due(frame, "55036", received.received_at),
            Command::Delivered(delivered) if label == "answer 55001" => answer_due(frame, "55001", delivered.received_at),
            Command::Delivered(delivered) if label == "answer 55022" => answer_due(frame, "55022", delivered.received_at),
            Command::Delivered(delivered) => awaited_due(frame, delivered, label),
            _ => None,
        }
    }
}
