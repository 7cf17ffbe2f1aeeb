//! Plans built in code: a small market, its orders and its faults.

use std::collections::BTreeMap;

use mako_engine::Timestamp;
use mako_engine::fristen::{RulebookId, Sparte};
use mako_sim::edifact::MaloId;
use mako_sim::plan::{Action, Behaviour, CrashPoint, Keep, LinkFault, Object, Order, Party, Plan, Step};

pub const POINTS: [CrashPoint; 6] = [
    CrashPoint::Now,
    CrashPoint::BeforeWrite,
    CrashPoint::BeforeSync,
    CrashPoint::AfterSync,
    CrashPoint::AfterReceipt,
    CrashPoint::BeforeMarkSent,
];
pub const KEEPS: [Keep; 3] = [Keep::Synced, Keep::Torn, Keep::All];

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn step(at: Timestamp, action: Action) -> Step {
    Step { at, line: 0, action }
}

/// LFN, NB and LFA, and `malos` Marktlokationen of which every second one has LFA as its supplier.
pub fn market(seed: u64, malos: u64, until: Timestamp) -> Plan {
    let party = |name: &str, role: &str, id: &str| Party {
        name: name.to_owned(),
        role: role.to_owned(),
        mp_id: id.parse().unwrap(),
        sparte: Sparte::Strom,
        behaviour: Behaviour::Conformant,
    };
    Plan {
        title: "a small market".to_owned(),
        source: String::new(),
        rulebook: RulebookId::BK6_24_174,
        seed,
        parties: vec![
            party("LFN", "Lieferant", "9999000001012"),
            party("NB", "Netzbetreiber", "9999000002010"),
            party("LFA", "Lieferant", "9999000001020"),
        ],
        objects: (0..malos).map(malo).collect(),
        steps: Vec::new(),
        until,
        expects: Vec::new(),
        variants: Vec::new(),
        disturbance: None,
    }
}

fn malo(number: u64) -> Object {
    let id = (0..10).find_map(|digit| format!("5{number:09}{digit}").parse::<MaloId>().ok()).unwrap();
    let supplier = BTreeMap::from([("supplier".to_owned(), "LFA".to_owned())]);
    let attributes = if number.is_multiple_of(2) { supplier } else { BTreeMap::new() };
    Object { name: format!("malo{number}"), kind: "MaLo".to_owned(), id: id.to_string(), attributes }
}

/// LFN registers for Marktlokation `malo`.
pub fn anmeldung(at: Timestamp, malo: u64, begin: &str) -> Step {
    let order = Order {
        from: "LFN".to_owned(),
        to: "NB".to_owned(),
        message_type: "UTILMD".to_owned(),
        pid: "55001".to_owned(),
        word: "Anmeldung".to_owned(),
        objects: vec![format!("malo{malo}")],
        details: BTreeMap::from([("begin".to_owned(), begin.to_owned())]),
    };
    step(at, Action::Send(order))
}

pub fn crash(at: Timestamp, node: &str, point: CrashPoint, keep: Keep) -> Step {
    step(at, Action::Crash { node: node.to_owned(), point, keep, down_s: None })
}

pub fn restart(at: Timestamp, node: &str) -> Step {
    step(at, Action::Restart { node: node.to_owned() })
}

pub fn partition(at: Timestamp, a: &str, b: &str, until: Timestamp) -> Step {
    step(at, Action::Partition { a: a.to_owned(), b: b.to_owned(), until })
}

pub fn link(at: Timestamp, from: &str, to: &str, fault: LinkFault) -> Step {
    step(at, Action::Link { from: from.to_owned(), to: to.to_owned(), fault })
}
