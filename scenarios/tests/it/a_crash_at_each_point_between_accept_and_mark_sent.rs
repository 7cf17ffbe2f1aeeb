//! Law 5, at every place where a node can crash while a message goes through it: what was accepted has one effect, and the end is the
//! one that there would have been without the crash.

use std::collections::BTreeMap;

use crate::plans::{KEEPS, POINTS, anmeldung, at, crash, market, restart};
use mako_scenarios::market::Market;
use mako_sim::plan::{CrashPoint, Keep};
use mako_sim::run::{NetKind, Outcome, StoreKind, run};
use mako_sim::trace::What;

/// LFN registers for a Marktlokation with a supplier; `node` crashes at `point` a moment after `seconds` and is back half a minute later.
fn exchange(crashing: Option<(&str, CrashPoint, Keep, i64)>) -> Outcome {
    let begin = at("2025-12-22T08:00:00Z");
    let mut plan = market(5, 2, at("2025-12-30T00:00:00Z"));
    plan.steps.push(anmeldung(begin, 0, "2026-01-15"));
    if let Some((node, point, keep, seconds)) = crashing {
        plan.steps.push(crash(begin.plus_seconds(seconds), node, point, keep));
        plan.steps.push(restart(begin.plus_seconds(seconds + 30), node));
    }
    run(&plan, &Market::application(), StoreKind::Fjall, NetKind::Turmoil)
}

/// By message id.
type Accepted<'a> = BTreeMap<&'a str, usize>;
/// By party, name of the event, and the message that it is about.
type Events<'a> = BTreeMap<(&'a str, &'a str, String), usize>;

/// How often each message was accepted, and how often each event of a process happened.
fn effects(outcome: &Outcome) -> (Accepted<'_>, Events<'_>) {
    let (mut accepted, mut events) = (BTreeMap::new(), BTreeMap::new());
    for entry in outcome.trace.entries() {
        match &entry.what {
            What::Accepted { message_id, .. } => *accepted.entry(message_id.as_str()).or_default() += 1,
            What::Event { event_type, payload, .. } => {
                let about = payload.pointer("/Post/MessageDelivered/kind").or(payload.pointer("/Post/AperakReceived/kind"));
                let about = about.map(ToString::to_string).unwrap_or_default();
                *events.entry((entry.party.as_str(), event_type.as_str(), about)).or_default() += 1;
            }
            _ => {}
        }
    }
    (accepted, events)
}

fn states(outcome: &Outcome) -> Vec<(String, Vec<String>)> {
    let words = |end: &mako_sim::run::PartyEnd| end.processes.iter().map(|process| process.state.clone()).collect();
    outcome.ends.iter().map(|end| (end.party.clone(), words(end))).collect()
}

#[test]
fn leaves_one_effect_per_accepted_message_and_the_same_end() {
    let undisturbed = exchange(None);
    let (accepted, events) = effects(&undisturbed);
    assert_eq!(accepted.len(), 12, "{accepted:?}");
    for node in ["NB", "LFN"] {
        for point in POINTS {
            for keep in KEEPS {
                // The crash is armed before the first message, and in the middle of them.
                for seconds in [0, 2] {
                    let case = format!("{node} crashes {point:?}, keeps {keep:?}, after {seconds} s");
                    let outcome = exchange(Some((node, point, keep, seconds)));
                    assert_eq!(outcome.failure, None, "{case}");
                    let (accepted_here, events_here) = effects(&outcome);
                    assert!(accepted_here.values().all(|times| *times == 1), "{case}: {accepted_here:?}");
                    assert_eq!(accepted_here.len(), accepted.len(), "{case}");
                    assert_eq!(events_here, events, "{case}");
                    assert_eq!(states(&outcome), states(&undisturbed), "{case}");
                    for end in &outcome.ends {
                        assert_eq!((end.outbox, end.dead_letters, end.unsettled, end.open_fristen), (0, 0, 0, 0), "{case}: {end:?}");
                    }
                }
            }
        }
    }
}
