//! A check that cannot fail is a defect (law 9): every kind of assertion, made false on purpose, is found false and says what was
//! found; made true, it holds.

use mako_scenarios::market::Market;
use mako_scenarios::suite;
use mako_sim::plan::{Behaviour, Expect, Expectation};
use mako_sim::run::{NetKind, StoreKind, run};

/// Each kind of assertion twice: as it holds at the end of the scenario with the silent LFA, and as it does not.
fn pairs() -> Vec<(Expect, Expect)> {
    let party = |name: &str| name.to_owned();
    let missed = |party_name: &str| Expect::FristMissed { party: party(party_name), label: "answer 55010".to_owned() };
    let sends = |count| Expect::Sends { party: party("NB"), count, kind: "UTILMD 55002".to_owned(), about: Some("Anmeldung".to_owned()) };
    let letters = |count| Expect::DeadLetters { party: party("NB"), count };
    let is = |state: &str| Expect::ProcessIs { party: party("LFN"), state: state.to_owned() };
    vec![
        (missed("LFA"), missed("NB")),
        (sends(1), sends(2)),
        (letters(0), letters(1)),
        (is("confirmed"), is("refused")),
        (
            Expect::FristClosed { party: party("NB"), label: "answer 55001".to_owned() },
            Expect::FristOpen { party: party("NB"), label: "answer 55001".to_owned(), due: None },
        ),
    ]
}

#[test]
fn every_assertion_holds_where_it_should_and_fails_where_it_should() {
    let mut plan = suite::load(&suite::home().join("gpke/lieferbeginn_lfa_silent.scenario")).expect("the scenario");
    plan.variants.clear();
    plan.expects = pairs().into_iter().flat_map(|(holds, fails)| [holds, fails]).map(|expect| Expectation { line: 0, expect }).collect();
    plan.expects.push(Expectation { line: 0, expect: Expect::NoFristMissed });
    let outcome = run(&plan, &Market::application(), StoreKind::Memory, NetKind::Memory);
    let expectations = &outcome.checks[outcome.checks.len() - plan.expects.len()..];
    for pair in expectations.chunks_exact(2) {
        assert_eq!(pair[0].found, None, "{} should hold", pair[0].text);
        assert!(pair[1].found.is_some(), "{} should fail", pair[1].text);
    }
    assert_eq!(expectations.last().and_then(|check| check.found.as_deref()), Some("LFA missed answer 55010"));
}

#[test]
fn a_frist_that_stands_is_open_with_its_due_and_not_with_another() {
    let mut plan = suite::load(&suite::home().join("gpke/lieferbeginn_lfa_silent.scenario")).expect("the scenario");
    plan.variants.clear();
    plan.parties[2].behaviour = Behaviour::Silent;
    plan.steps.retain(|step| step.at < "2025-11-06T12:00:00Z".parse().expect("an instant"));
    plan.until = "2025-11-06T12:00:00Z".parse().expect("an instant");
    let open = |due: Option<&str>| Expect::FristOpen {
        party: "NB".to_owned(),
        label: "answer 55010".to_owned(),
        due: due.map(|due| due.parse().expect("an instant")),
    };
    let expects = [open(None), open(Some("2025-11-07T08:00:00Z")), open(Some("2025-11-07T08:00:01Z"))];
    let closed = Expect::FristClosed { party: "NB".to_owned(), label: "answer 55010".to_owned() };
    plan.expects = expects.into_iter().chain([closed, Expect::NoFristMissed]).map(|expect| Expectation { line: 0, expect }).collect();
    let outcome = run(&plan, &Market::application(), StoreKind::Memory, NetKind::Memory);
    let held: Vec<bool> = outcome.checks.iter().rev().take(5).rev().map(|check| check.found.is_none()).collect();
    assert_eq!(held, [true, true, false, false, true]);
}
