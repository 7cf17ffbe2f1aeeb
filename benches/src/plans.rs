//! Plans to run: a Lieferbeginn with a supplier in possession, half a year of them, a week in which nothing happens, crashes.

use std::collections::BTreeMap;

use mako_engine::Timestamp;
use mako_engine::fristen::{RulebookId, Sparte};
use mako_sim::edifact::identifier::InvalidIdentifier;
use mako_sim::plan::{Action, Behaviour, CrashPoint, Expect, Keep, Object, Order, Party, Plan, Step};

/// Half a year with three Anmeldungen, the first of them for a Marktlokation that LFA supplies: 20 messages.
///
/// # Errors
/// [`InvalidIdentifier`] when a number in it is none.
pub fn half_a_year() -> Result<Plan, InvalidIdentifier> {
    let mut plan = idle(180)?;
    let Some(first) = plan.steps.pop() else { return Ok(plan) };
    for (number, malo) in ["51999990018", "51999990026", "51999990034"].into_iter().enumerate() {
        let name = format!("malo{number}");
        let attributes = BTreeMap::from([("supplier".to_owned(), "LFA".to_owned())]);
        let attributes = if number == 0 { attributes } else { BTreeMap::new() };
        plan.objects.push(Object { name: name.clone(), kind: "MaLo".to_owned(), id: malo.to_owned(), attributes });
        let at = first.at.plus_seconds(number as i64 * 60 * 86_400);
        plan.steps.push(Step { at, line: 0, action: Action::Send(order(&name, "2026-09-01")) });
    }
    Ok(plan)
}

/// As [`idle`], with so many crashes of NB, each followed by a restart.
///
/// # Errors
/// [`InvalidIdentifier`] when a number in it is none.
pub fn crashes(count: i64) -> Result<Plan, InvalidIdentifier> {
    let mut plan = lieferbeginn(30)?;
    let Some(first) = plan.steps.first().map(|step| step.at) else { return Ok(plan) };
    for number in 0..count {
        let (point, keep) = (CrashPoint::Now, Keep::Synced);
        let action = Action::Crash { node: "NB".to_owned(), point, keep, down_s: Some(60) };
        plan.steps.push(Step { at: first.plus_seconds(7 * 86_400 + number * 3_600), line: 0, action });
    }
    Ok(plan)
}

fn order(malo: &str, begin: &str) -> Order {
    Order {
        from: "LFN".to_owned(),
        to: "NB".to_owned(),
        message_type: "UTILMD".to_owned(),
        pid: "55001".to_owned(),
        word: "Anmeldung".to_owned(),
        objects: vec![malo.to_owned()],
        details: BTreeMap::from([("begin".to_owned(), begin.to_owned())]),
    }
}

/// LFN registers for a Marktlokation that LFA supplies; the run lasts `days` days.
///
/// # Errors
/// [`InvalidIdentifier`] when a number in it is none.
pub fn lieferbeginn(days: i64) -> Result<Plan, InvalidIdentifier> {
    plan(Action::Send(order("malo", "2026-01-15")), days)
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
