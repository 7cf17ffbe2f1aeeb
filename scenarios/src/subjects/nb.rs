//! The NB of a Lieferbeginn as a subject.

use mako_conformance::{Capabilities, Source, StoredCommands, WorkflowSubject};
use mako_engine::fristen::berlin;
use mako_engine::{Outgoing, Timestamp};
use mako_sim::application::BACK_OFFICE;
use proptest::prelude::*;
use serde_json::Value;

use super::mail::{
    LFA, LFN, NB, answer_due, aperak, aperak_due, awaited_due, information_due, known, received, received_at, refusal, rulebook, utilmd,
};
use crate::gpke::lieferbeginn::nb::{Command, Finding, LieferbeginnNb, State, awaits_finding, is_over};

/// GPKE Lieferbeginn, NB.
#[derive(Debug, Clone, Copy)]
pub struct LieferbeginnNbSubject;

/// What may be refused.
const SENT: [&str; 8] =
    ["UTILMD 55002", "UTILMD 55003", "UTILMD 55010", "UTILMD 55023", "UTILMD 55024", "UTILMD 55036", "UTILMD 55037", "APERAK 55001"];

fn finding() -> BoxedStrategy<Finding> {
    let findings = [
        Finding::Possible { lfa: None },
        Finding::Possible { lfa: Some(known(LFA)) },
        Finding::Possible { lfa: Some(known(LFA)) },
        Finding::Impossible { code: "A05".to_owned() },
    ];
    prop::sample::select(findings.to_vec()).boxed()
}

impl WorkflowSubject for LieferbeginnNbSubject {
    type Workflow = LieferbeginnNb;
    const CAPABILITIES: Capabilities = Capabilities::FRISTEN.and(Capabilities::PERSONAL);
    const HOME: &'static str = env!("CARGO_MANIFEST_DIR");
    const SOURCES: &'static [Source] = mako_conformance::sources![
        "../gpke/lieferbeginn/nb.rs",
        "../gpke/lieferbeginn/nb/event.rs",
        "../gpke/lieferbeginn/mod.rs",
        "../gpke/lieferbeginn/storno.rs",
        "../vorgang/frame.rs",
        "../vorgang/post.rs"
    ];

    fn commands(state: &State, now: Timestamp) -> BoxedStrategy<Command> {
        let anmeldung = (rulebook(), received_at(now), 0..30_i64, prop::bool::weighted(0.9));
        let anmeldung = anmeldung.prop_map(|(rulebook, at, days, complete)| {
            let mut anmeldung = utilmd("55001", None);
            anmeldung.begin = complete.then(|| berlin::midnight(berlin::day(at.plus_seconds(days * 86_400))));
            Command::Anmeldung(received(rulebook, NB, LFN, at, &anmeldung), Box::new(anmeldung), "TNB".to_owned())
        });
        let Some(a) = &state.anmeldung else {
            return prop_oneof![9 => anmeldung, 1 => aperak("TNB", &["55002"]).prop_map(Command::Aperak)].boxed();
        };
        let rules = a.frame.rulebook;
        let answer = (received_at(now), prop::sample::select(&["55011", "55012"]), prop::sample::select(&["A36", "A30", "A35"]));
        let answer = (answer, prop::sample::select(&[LFA, LFA, LFA, LFN])).prop_map(move |((at, pid, code), from)| {
            let answer = utilmd(pid, Some(code));
            Command::LfaAnswer(received(rules, NB, from, at, &answer), Box::new(answer))
        });
        let storno = received_at(now).prop_map(move |at| Command::Storno(received(rules, NB, LFN, at, &utilmd("55022", None))));
        prop_oneof![
            1 => anmeldung,
            if state.decided.is_some() { 4 } else { 1 } => storno,
            4 => answer,
            4 => aperak(&a.frame.token, &["55002", "55003", "55010", "55023", "55024", "55036", "55037"]).prop_map(Command::Aperak),
            2 => refusal(&SENT).prop_map(Command::Refused),
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

    fn waits_for(state: &State) -> Option<&'static str> {
        awaits_finding(state).then_some("a person's finding: the back office was asked in vain, and there is no silent answer")
    }

    fn expected_due(after: &State, command: &Command, label: &str) -> Option<Timestamp> {
        let a = after.anmeldung.as_ref()?;
        let frame = &a.frame;
        match (command, label) {
            (Command::Anmeldung(received, ..), "APERAK 55001") => aperak_due(frame, "55001", received.received_at),
            (Command::Storno(received), "APERAK 55022") => aperak_due(frame, "55022", received.received_at),
            (Command::LfaAnswer(received, _), "APERAK 55011" | "APERAK 55012") => {
                aperak_due(frame, label.strip_prefix("APERAK ")?, received.received_at)
            }
            (Command::Delivered(delivered), label) if label.starts_with("awaits ") => awaited_due(frame, delivered, label),
            // All clocks of the NB count from the ÜT of the Anmeldung.
            (_, "answer 55001") => answer_due(frame, "55001", a.received_at),
            (_, "answer 55022") => answer_due(frame, "55022", after.storno.as_ref()?.received_at),
            (_, "receipt 55010") => answer_due(frame, "55010-receipt", a.received_at),
            (_, "answer 55010") => answer_due(frame, "55010-answer", a.received_at),
            (_, "information 55036") => information_due(frame, "55036", a.received_at),
            (_, "information 55037") => information_due(frame, "55037", a.received_at),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use mako_engine::{GivenUp, Id, Workflow as _};

    use super::*;
    use crate::gpke::lieferbeginn::nb::Event;
    use crate::vorgang::PostEvent;

    #[test]
    fn a_question_that_was_given_up_is_answered_by_a_person_once() {
        let at: Timestamp = "2025-11-04T09:00:00Z".parse().unwrap();
        let mut anmeldung = utilmd("55001", None);
        anmeldung.begin = Some(berlin::midnight(berlin::day(at.plus_seconds(20 * 86_400))));
        let anmeldung = Command::Anmeldung(
            received(mako_engine::fristen::RulebookId::BK6_24_174, NB, LFN, at, &anmeldung),
            Box::new(anmeldung),
            "TNB".to_owned(),
        );
        let given_up = || GivenUp { message_id: Id::from_u128(1), kind: "Anmeldung".to_owned(), reason: "no such channel".to_owned() };
        let found = || Command::Found(Finding::Possible { lfa: None });
        let mut state = State::default();
        let mut step = |command: Command| {
            let decision = LieferbeginnNb::handle(&state, command).map_err(|rejection| rejection.code)?;
            state = decision.events.iter().fold(state.clone(), LieferbeginnNb::apply);
            Ok::<_, String>((decision, state.clone()))
        };
        assert!(step(anmeldung).is_ok());
        assert_eq!(step(found()).unwrap_err(), "not-open", "the back office has the question");
        let (decision, open) = step(Command::GivenUp(given_up())).unwrap();
        assert_eq!(decision.events, [Event::Post(PostEvent::MessageGivenUp { kind: "Anmeldung".to_owned() })]);
        assert!(LieferbeginnNbSubject::waits_for(&open).is_some());
        let (decision, decided) = step(found()).unwrap();
        assert_eq!(decision.outbox.iter().map(|message| message.kind.as_str()).collect::<Vec<_>>(), ["UTILMD 55002"]);
        assert!(LieferbeginnNbSubject::waits_for(&decided).is_none());
        assert_eq!(step(found()).unwrap_err(), "not-open");
    }
}
