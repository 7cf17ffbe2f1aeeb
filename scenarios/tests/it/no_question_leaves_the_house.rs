//! One outbox holds messages for partners and questions for the party's own back office. Only the former leave by AS4.

use std::collections::BTreeSet;

use crate::plans::{anmeldung, at, market};
use mako_scenarios::market::Market;
use mako_sim::run::{NetKind, StoreKind, run};
use mako_sim::trace::What;

#[test]
fn what_is_asked_inside_is_decided_inside_and_everything_on_the_wire_is_a_market_message() {
    let mut plan = market(1, 4, at("2026-02-04T00:00:00Z"));
    plan.steps = (0..4).map(|malo| anmeldung(at("2026-02-02T08:00:00Z"), malo, "2026-02-15")).collect();
    let outcome = run(&plan, &Market::application(), StoreKind::Memory, NetKind::Memory);
    assert_eq!(outcome.failure, None);
    let (mut asked, mut on_the_wire) = (BTreeSet::new(), BTreeSet::new());
    for entry in outcome.trace.entries() {
        match &entry.what {
            What::Decides { about, .. } => drop(asked.insert(about.clone())),
            What::TryBegins { label, .. } => drop(on_the_wire.insert(label.split(' ').next().unwrap_or_default().to_owned())),
            _ => {}
        }
    }
    assert_eq!(asked, BTreeSet::from(["Anfrage".to_owned(), "Anmeldung".to_owned()]));
    assert_eq!(on_the_wire, BTreeSet::from(["APERAK".to_owned(), "UTILMD".to_owned()]));
}
