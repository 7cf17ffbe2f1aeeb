//! Plans to run: a Lieferbeginn with a supplier in possession, and a week in which nothing happens.

use std::collections::BTreeMap;

use mako_engine::Timestamp;
use mako_engine::fristen::{RulebookId, Sparte};
use mako_sim::edifact::identifier::InvalidIdentifier;
use mako_sim::plan::{Action, Behaviour, Expect, Object, Order, Party, Plan, Step};

/// LFN registers for a Marktlokation that LFA supplies; the run lasts `days` days.
///
/// # Errors
/// [`InvalidIdentifier`] when a number in it is none.
pub fn lieferbeginn(days: i64) -> Result<Plan, InvalidIdentifier> {
    let order = Order {
        from: "LFN".to_owned(),
        to: "NB".to_owned(),
        message_type: "UTILMD".to_owned(),
        pid: "55001".to_owned(),
        word: "Anmeldung".to_owned(),
        objects: vec!["malo".to_owned()],
        details: BTreeMap::from([("begin".to_owned(), "2026-01-15".to_owned())]),
    };
    plan(Action::Send(order), days)
}

/// The same parties, and nobody does anything for `days` days.
///
/// # Errors
/// [`InvalidIdentifier`] when a number in it is none.
pub fn idle(days: i64) -> Result<Plan, InvalidIdentifier> {
    plan(Action::Check(Expect::NoFristMissed), days)
}

fn plan(action: Action, days: i64) -> Result<Plan, InvalidIdentifier> {
    let party = |name: &str, role: &str, id: &str| {
        let (name, role) = (name.to_owned(), role.to_owned());
        id.parse().map(|mp_id| Party { name, role, mp_id, sparte: Sparte::Strom, behaviour: Behaviour::Conformant })
    };
    // Tuesday 23.12.2025, 16:00 in Berlin.
    let at = Timestamp::from_unix_ms(1_766_502_000_000);
    Ok(Plan {
        title: "Lieferbeginn".to_owned(),
        source: String::new(),
        rulebook: RulebookId::BK6_24_174,
        seed: 7,
        parties: vec![
            party("LFN", "Lieferant", "9999000001012")?,
            party("NB", "Netzbetreiber", "9999000002010")?,
            party("LFA", "Lieferant", "9999000001020")?,
        ],
        objects: vec![Object {
            name: "malo".to_owned(),
            kind: "MaLo".to_owned(),
            id: "51999990018".to_owned(),
            attributes: BTreeMap::from([("supplier".to_owned(), "LFA".to_owned())]),
        }],
        steps: vec![Step { at, line: 0, action }],
        until: at.plus_seconds(days * 86_400),
        expects: Vec::new(),
        variants: Vec::new(),
        disturbance: None,
    })
}
