//! Plans built in code: a small market, its orders, and seeded faults.

#![allow(dead_code, reason = "every test file uses its own part of it")]

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
        crash_at_commit: None,
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
    step(at, Action::Crash { node: node.to_owned(), point, keep })
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

/// Numbers that depend on the seed alone (splitmix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    pub fn of<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

/// Some Anmeldungen, and faults on every link; a crashed node comes back.
pub fn random(seed: u64) -> Plan {
    const PARTIES: [&str; 3] = ["LFN", "NB", "LFA"];
    let mut dice = Dice(seed);
    let start = at("2025-12-22T22:00:00Z").plus_seconds(dice.below(36) as i64 * 1_800);
    let mut plan = market(seed, 4, start.plus_seconds(9 * 86_400));
    // Instants meet: retries, receipts and the ends of partitions all fall on this grid.
    let instant = |dice: &mut Dice| {
        let second = dice.of(&[0, 0, 1, 2, 30, 60, 61, 120, 121, 300, 2_700, 2_701, 3_600, 14_400, 36_000, 50_400]);
        start.plus_seconds(second)
    };
    for malo in 0..1 + dice.below(3) {
        plan.steps.push(anmeldung(instant(&mut dice), malo, "2026-01-15"));
    }
    for _ in 0..dice.below(5) {
        let from = dice.of(&PARTIES);
        let to = dice.of(&PARTIES);
        if from == to {
            continue;
        }
        let (begin, end) = (instant(&mut dice), instant(&mut dice));
        let until = begin.max(end).plus_seconds(dice.of(&[1, 60, 3_600]));
        let fault = match dice.below(6) {
            0 => LinkFault::Delay(dice.of(&[1_000, 30_000, 58_999, 59_000])),
            1 => LinkFault::Duplicate,
            2 => LinkFault::Lose(1 + dice.below(3) as u32),
            3 => LinkFault::ReceiptsLost(1 + dice.below(3) as u32),
            4 => LinkFault::ReceiptsLostUntil(until),
            _ => {
                plan.steps.push(partition(begin, from, to, until));
                continue;
            }
        };
        plan.steps.push(link(begin, from, to, fault));
    }
    if dice.below(3) > 0 {
        let (node, begin) = (dice.of(&PARTIES), instant(&mut dice));
        let (point, keep) = (dice.of(&POINTS), dice.of(&KEEPS));
        plan.crash_at_commit = Some(mako_sim::plan::CrashAtCommit {
            node: node.to_owned(),
            commit: dice.below(12),
            point: if matches!(point, CrashPoint::Now | CrashPoint::AfterReceipt | CrashPoint::BeforeMarkSent) {
                CrashPoint::BeforeSync
            } else {
                point
            },
            keep,
            down_s: dice.of(&[1, 30, 60, 3_600]),
        });
        if matches!(point, CrashPoint::AfterReceipt | CrashPoint::BeforeMarkSent | CrashPoint::Now) {
            plan.steps.push(crash(begin, node, point, keep));
            plan.steps.push(restart(start.plus_seconds(90_000), node));
        }
    }
    plan.steps.sort_by_key(|step| step.at);
    plan
}
