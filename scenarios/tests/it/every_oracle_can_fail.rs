//! A check that cannot fail is a defect (law 9): every oracle is content with a run, and finds what is doctored into it.

use mako_engine::Timestamp;
use mako_scenarios::market::Market;
use mako_scenarios::suite;
use mako_sim::nemesis::QUIET_S;
use mako_sim::oracle::{ORACLES, judge};
use mako_sim::plan::{Action, Behaviour, Queue, Step};
use mako_sim::run::{Checked, NetKind, Outcome, StoreKind, run};
use mako_sim::trace::{Entry, Trace, TryEnd, What};

type Doctor = fn(&mut Outcome);

/// What is done to a sound run, by the oracle that must find it.
const DOCTORED: &[(&str, &str, Doctor)] = &[
    ("runs-through", "a node failed", |outcome| outcome.failure = Some("a node failed".to_owned())),
    ("expectations", "a check did not hold", |outcome| {
        outcome.checks.push(Checked { text: "no Frist missed".to_owned(), found: Some("one".to_owned()), line: 7 });
    }),
    ("gapless", "an event is lost", |outcome| {
        edit(outcome, |entries| {
            let second = entries.iter().position(|entry| matches!(entry.what, What::Event { version: 2, .. })).expect("an event");
            entries.remove(second);
        });
    }),
    ("acknowledged-is-accepted", "a receipt states another instant", |outcome| {
        first(outcome, |what| match what {
            What::TryEnds { end: TryEnd::Receipt(at), .. } => {
                *at = at.plus_ms(1);
                true
            }
            _ => false,
        });
    }),
    ("acknowledged-is-accepted", "an accepted message is not in the store", |outcome| {
        edit(outcome, |entries| {
            let accepted = entries.iter().position(|entry| matches!(entry.what, What::Accepted { .. })).expect("a message");
            entries.remove(accepted);
        });
        outcome.messages -= 1;
    }),
    ("one-effect", "an event happens again", |outcome| {
        edit(outcome, |entries| {
            let mut again = entries.iter().rfind(|entry| is_event(&entry.what, "AperakReceived")).expect("an event").clone();
            if let What::Event { version, .. } = &mut again.what {
                *version += 1;
            }
            entries.push(again);
        });
    }),
    ("one-effect", "a message begins two processes", |outcome| {
        edit(outcome, |entries| {
            let mut again = entries.iter().find(|entry| is_event(&entry.what, "AnmeldungReceived")).expect("an event").clone();
            if let What::Event { stream, .. } = &mut again.what {
                stream.push_str("-again");
            }
            entries.push(again);
        });
    }),
    ("caused", "a stream without events sends", |outcome| {
        first(outcome, |what| match what {
            What::TryBegins { stream, .. } => {
                *stream = Some("nobody".to_owned());
                true
            }
            _ => false,
        });
    }),
    ("caused", "nobody's stream sends", |outcome| {
        first(outcome, |what| match what {
            What::TryBegins { stream, .. } => {
                *stream = None;
                true
            }
            _ => false,
        });
    }),
    ("caused", "what never arrived is answered", |outcome| {
        first(outcome, |what| match what {
            What::TryBegins { answers: Some(answers), .. } => {
                answers.push('x');
                true
            }
            _ => false,
        });
    }),
    ("sent-once", "a message is sent after its receipt", |outcome| {
        edit(outcome, |entries| {
            let again = entries.iter().find(|entry| matches!(entry.what, What::TryBegins { .. })).expect("a try").clone();
            entries.push(again);
        });
    }),
    ("answer-or-lapse", "an answer in time is recorded as lapsed", |outcome| {
        let (party, stream, due) = fulfilled(outcome);
        let payload = serde_json::json!({ "Post": { "FristLapsed": { "label": "whatever it was", "due": due } } });
        let version = 1 + outcome.trace.entries().iter().filter(|entry| entry.party == party && is_of(&entry.what, &stream)).count() as u64;
        let what = What::Event { stream, version, event_type: "FristLapsed".to_owned(), payload };
        edit(outcome, |entries| entries.push(Entry { at: due, party, cause: None, what }));
    }),
    ("in-time-or-fired", "an answer is late and no Frist fired", |outcome| {
        let (_, _, due) = fulfilled(outcome);
        let answer = outcome.trace.entries().iter().find_map(|entry| match &entry.what {
            What::TryBegins { message_id, fulfils: Some(_), .. } => Some(message_id.clone()),
            _ => None,
        });
        edit(outcome, |entries| {
            let accepts = |what: &What| matches!(what, What::Accepted { message_id, .. } if Some(message_id) == answer.as_ref());
            entries.iter_mut().find(|entry| accepts(&entry.what)).expect("it is accepted").at = due.plus_seconds(1);
        });
    }),
    ("in-time-or-fired", "a Frist stands past its instant", |outcome| {
        let due = outcome.plan.until.plus_seconds(-1);
        outcome.ends[0].processes[0].fristen.push(("answer 55001".to_owned(), due));
    }),
    ("fires-on-time", "a Frist fires a second late", |outcome| fires(outcome, 1)),
    ("fires-on-time", "a Frist fires a second early", |outcome| fires(outcome, -1)),
    ("due-by-law", "a Frist is due an hour late", |outcome| {
        first(outcome, |what| match what {
            What::FristSet { label, due, .. } if label == "answer 55001" => {
                *due = due.plus_seconds(3_600);
                true
            }
            _ => false,
        });
    }),
    ("due-by-law", "a Frist of the supplier who is asked is due an hour late", |outcome| later(outcome, "LFA", "answer 55010")),
    ("due-by-law", "he waits an hour too long", |outcome| later(outcome, "LFA", "awaits 55037")),
    ("due-by-law", "an APERAK is due an hour late that no event gives an instant for", |outcome| later(outcome, "LFA", "APERAK 55037")),
    ("due-by-law", "a clock starts when nothing was received", |outcome| {
        edit(outcome, |entries| entries.retain(|entry| !matches!(entry.what, What::Accepted { .. }) || entry.party != "NB"));
    }),
    ("silence-is-silence", "the supplier who answered is taken for silent", |outcome| {
        let asked = |what: &What| match what {
            What::TryBegins { stream: Some(stream), label, .. } if label.starts_with("UTILMD 55010") => Some(stream.clone()),
            _ => None,
        };
        let stream = outcome.trace.entries().iter().find_map(|entry| asked(&entry.what)).expect("a question");
        let (at, label) = (outcome.plan.until, "answer 55010".to_owned());
        let fired = What::FristFired { stream: stream.clone(), label, due: at };
        let silent = What::Event { stream, version: 99, event_type: "LfaSilent".to_owned(), payload: serde_json::json!("LfaSilent") };
        edit(outcome, |entries| entries.extend([fired, silent].map(|what| Entry { at, party: "NB".to_owned(), cause: None, what })));
    }),
    ("refused-is-not-received", "an APERAK is missed about a refused message", |outcome| {
        let at = outcome.plan.until;
        let event = |event_type: &str| {
            let payload = serde_json::json!({ "Post": { event_type: { "kind": "UTILMD 55010" } } });
            What::Event { stream: "A".to_owned(), version: 1, event_type: event_type.to_owned(), payload }
        };
        let events = ["InterchangeRefused", "AperakMissing"].map(event);
        edit(outcome, |entries| entries.extend(events.map(|what| Entry { at, party: "NB".to_owned(), cause: None, what })));
    }),
    ("dead-letters-explained", "a message of the market is not understood", |outcome| {
        let at = outcome.plan.until;
        let what = What::DeadLetter { about: "UTILMD 55001".to_owned(), reason: "unknown PID".to_owned() };
        edit(outcome, |entries| entries.push(Entry { at, party: "NB".to_owned(), cause: None, what }));
    }),
    ("set-aside", "a row that cannot be read is nobody's dead letter", |outcome| {
        let at = outcome.plan.until;
        let what = What::Unreadable { queue: Queue::Inbox };
        edit(outcome, |entries| entries.push(Entry { at, party: "NB".to_owned(), cause: None, what }));
    }),
    ("set-aside", "a row is set aside that can be read", |outcome| {
        let at = outcome.plan.until;
        let (about, reason) = ("a stored inbox entry".to_owned(), "cannot be decoded".to_owned());
        edit(outcome, |entries| entries.push(Entry { at, party: "NB".to_owned(), cause: None, what: What::DeadLetter { about, reason } }));
    }),
    ("patient", "a message is given up after its first try", |outcome| {
        first(outcome, |what| match what {
            What::TryEnds { end, .. } => {
                *end = TryEnd::Failed("no receipt".to_owned());
                true
            }
            _ => false,
        });
    }),
    ("patient", "a message that was refused for good is sent again", |outcome| {
        let one = outcome.trace.entries().iter().position(|entry| matches!(entry.what, What::TryEnds { .. })).expect("a try");
        edit(outcome, |entries| {
            let began = entries.iter().find(|entry| matches!(entry.what, What::TryBegins { .. })).expect("a try").clone();
            if let What::TryEnds { end, .. } = &mut entries[one].what {
                *end = TryEnd::Failed("refused: EBMS:0101".to_owned());
            }
            entries.insert(one + 1, began);
        });
    }),
    ("prompt", "a message waits for nobody", |outcome| {
        first(outcome, |what| match what {
            What::TryBegins { queued_at: Some(queued_at), .. } => {
                *queued_at = queued_at.plus_seconds(-1);
                true
            }
            _ => false,
        });
    }),
    ("one-holder", "two living processes hold one key", |outcome| {
        edit(outcome, |entries| {
            let began = entries.iter().position(|entry| matches!(entry.what, What::Began { .. })).expect("a process");
            let mut again = entries[began].clone();
            if let What::Began { stream, .. } = &mut again.what {
                stream.push_str("-again");
            }
            entries.insert(began + 1, again);
        });
    }),
    ("one-holder", "a process that has ended turns somebody away", |outcome| {
        edit(outcome, |entries| {
            let over = entries.iter().find(|entry| matches!(entry.what, What::Ended { .. })).expect("a process that ends").clone();
            let What::Ended { stream: holder } = over.what else { return };
            let what = What::Declined { about: "UTILMD 55001".to_owned(), holder };
            entries.push(Entry { what, ..over });
        });
    }),
    ("counts-add-up", "a message arrives and nothing becomes of it", |outcome| outcome.messages += 1),
    ("counts-add-up", "more is accepted than arrived", |outcome| outcome.messages -= 1),
    ("counts-add-up", "an accepted message is not settled", |outcome| outcome.ends[1].unsettled = 1),
    ("counts-add-up", "a duplicate of nothing", |outcome| {
        let what = What::Duplicate { from: "9999000001012".to_owned(), message_id: "never".to_owned() };
        let at = outcome.plan.until;
        edit(outcome, |entries| entries.push(Entry { at, party: "NB".to_owned(), cause: None, what }));
        outcome.messages += 1;
    }),
    ("counts-add-up", "a message is never delivered and nowhere", |outcome| {
        edit(outcome, |entries| entries.retain(|entry| !matches!(entry.what, What::TryEnds { exchange: 1, .. })));
    }),
    ("liveness", "a node is down", |outcome| outcome.ends[0].down = true),
    ("liveness", "a process neither ends nor waits", |outcome| outcome.ends[0].processes[0].ended = false),
    ("liveness", "a message of a process is not delivered", |outcome| {
        outcome.ends[0].outbox = 1;
        outcome.ends[0].processes[0].queued.push("UTILMD 55001".to_owned());
    }),
    ("liveness", "an answer of the boundary is not delivered", |outcome| outcome.ends[1].outbox = 1),
    ("liveness", "a back office that is not silent never decides", |outcome| {
        outcome.ends[1].outbox = 1;
        outcome.ends[1].processes[0].asks.push("Anmeldung".to_owned());
    }),
];

/// A run in which everything holds, faults stop, and everything comes to its end.
fn sound() -> Outcome {
    let mut plan = suite::load(&suite::home().join("gpke/lieferbeginn_happy.scenario")).expect("the scenario");
    plan.variants.clear();
    plan.steps.push(Step { at: plan.until, line: 0, action: Action::Calm });
    plan.until = plan.until.plus_seconds(QUIET_S);
    run(&plan, &Market::application(), StoreKind::Memory, NetKind::Memory)
}

/// The Frist `label` of `party` is due an hour later than it was.
fn later(outcome: &mut Outcome, party: &str, label: &str) {
    edit(outcome, |entries| {
        let of_party = entries.iter_mut().filter(|entry| entry.party == party);
        let due = of_party.filter_map(|entry| match &mut entry.what {
            What::FristSet { label: of, due, .. } if of == label => Some(due),
            _ => None,
        });
        let due = due.into_iter().next().expect("it is set");
        *due = due.plus_seconds(3_600);
    });
}

fn fires(outcome: &mut Outcome, seconds_late: i64) {
    let due = outcome.plan.until;
    let what = What::FristFired { stream: "A".to_owned(), label: "answer 55001".to_owned(), due };
    edit(outcome, |entries| entries.push(Entry { at: due.plus_seconds(seconds_late), party: "NB".to_owned(), cause: None, what }));
}

fn edit(outcome: &mut Outcome, change: impl FnOnce(&mut Vec<Entry>)) {
    let mut entries = outcome.trace.entries().to_vec();
    change(&mut entries);
    outcome.trace = Trace::default();
    entries.into_iter().for_each(|entry| outcome.trace.add(entry));
    // Whoever watched the run saw another one.
    outcome.watched = None;
}

/// Changes the first entry that `change` takes.
fn first(outcome: &mut Outcome, change: impl Fn(&mut What) -> bool) {
    edit(outcome, |entries| assert!(entries.iter_mut().any(|entry| change(&mut entry.what)), "there is no entry to change"));
}

/// A Frist that a message fulfilled: whose, of which stream, when it was due.
fn fulfilled(outcome: &Outcome) -> (String, String, Timestamp) {
    let found = outcome.trace.entries().iter().find_map(|entry| match &entry.what {
        What::TryBegins { stream: Some(stream), fulfils: Some(due), .. } => Some((entry.party.clone(), stream.clone(), *due)),
        _ => None,
    });
    found.expect("a message that fulfils a Frist")
}

fn is_event(what: &What, name: &str) -> bool {
    matches!(what, What::Event { event_type, .. } if event_type == name)
}

fn is_of(what: &What, of: &str) -> bool {
    matches!(what, What::Event { stream, .. } if stream == of)
}

#[test]
fn every_oracle_finds_what_is_doctored_into_a_sound_run() {
    let sound = sound();
    assert_eq!(judge(&sound), []);
    for (oracle, what, doctor) in DOCTORED {
        let mut doctored = sound.clone();
        doctor(&mut doctored);
        let found = judge(&doctored);
        assert!(found.iter().any(|failure| failure.oracle == *oracle), "{oracle} does not see that {what}: {found:?}");
    }
}

#[test]
fn the_second_opinion_knows_the_table_of_the_product_too() {
    let plan = suite::load(&suite::home().join("gpke/lieferbeginn_mako_engine.scenario")).expect("the scenario");
    let outcome = run(&plan, &Market::application(), StoreKind::Memory, NetKind::Memory);
    assert_eq!(judge(&outcome), []);
    for (party, label) in [("NB", "answer 55001"), ("LFN", "answer 55001"), ("NB", "APERAK 55001")] {
        let mut doctored = outcome.clone();
        later(&mut doctored, party, label);
        let found = judge(&doctored);
        assert!(found.iter().any(|failure| failure.oracle == "due-by-law"), "{party} {label}: {found:?}");
    }
}

/// What only the living nodes show is seen failing in `a_run_stops_where_a_promise_is_broken.rs` and beside the oracle.
#[test]
fn every_oracle_is_seen_failing() {
    for oracle in ORACLES.iter().filter(|oracle| oracle.watch.is_some() || oracle.judge.is_some()) {
        assert!(DOCTORED.iter().any(|(name, ..)| *name == oracle.name), "nothing is doctored for {}", oracle.name);
    }
}

#[test]
fn who_waits_for_a_silent_party_is_not_stuck() {
    let mut outcome = sound();
    outcome.plan.parties[1].behaviour = Behaviour::Silent;
    outcome.ends[1].outbox = 1;
    outcome.ends[1].processes[0].ended = false;
    outcome.ends[1].processes[0].asks.push("Anmeldung".to_owned());
    assert_eq!(judge(&outcome), []);
    // Its partner waits for it, which is right only once somebody knows.
    outcome.ends[0].processes[0].ended = false;
    assert_eq!(judge(&outcome).len(), 1);
}

#[test]
fn liveness_is_not_asked_of_a_plan_that_leaves_no_time() {
    let mut outcome = sound();
    outcome.ends[0].down = true;
    outcome.plan.until = outcome.plan.until.plus_seconds(-1);
    assert_eq!(judge(&outcome), []);
}
