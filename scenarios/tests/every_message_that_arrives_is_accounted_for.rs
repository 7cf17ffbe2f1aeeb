//! Law 6: the counts add up. What arrives at a node is accepted once or recognised as a duplicate, what is accepted is settled, and
//! nothing else happens to it.

use std::collections::BTreeSet;

use mako_scenarios::market::Market;
use mako_scenarios::suite;
use mako_sim::plan::{Action, LinkFault};
use mako_sim::run::{NetKind, StoreKind, run};
use mako_sim::trace::What;

#[test]
fn every_message_that_arrives_is_accounted_for() {
    let mut arrived = 0;
    for file in suite::scenario_files().expect("the scenario files") {
        let plan = suite::load(&file).expect("a scenario");
        let outcome = run(&plan, &Market::application(), StoreKind::Memory, NetKind::Memory);
        let (mut accepted, mut duplicates) = (BTreeSet::new(), 0);
        for entry in outcome.trace.entries() {
            match &entry.what {
                What::Accepted { from, message_id } => assert!(accepted.insert((from, message_id)), "{message_id} was accepted twice"),
                What::Duplicate { from, message_id } => {
                    assert!(accepted.contains(&(from, message_id)), "{message_id} is a duplicate of nothing");
                    duplicates += 1;
                }
                _ => {}
            }
        }
        // What the network repeats by itself is not among what senders sent.
        let repeated = |action: &Action| matches!(action, Action::Link { fault: LinkFault::Duplicate, .. });
        let repeats = plan.steps.iter().filter(|step| repeated(&step.action)).count() as u64;
        assert_eq!(outcome.messages + repeats, accepted.len() as u64 + duplicates, "{}", file.display());
        assert!(outcome.ends.iter().all(|end| end.unsettled == 0), "{}", file.display());
        arrived += outcome.messages;
    }
    assert!(arrived > 50, "{arrived} messages prove nothing");
}
