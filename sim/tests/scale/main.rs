//! Tenants spread over three nodes whose stores are in one bucket, on a simulated network and clock. A node is lost, or sleeps for a minute and
//! wakes with a command in its hand: every command of every tenant has its effect exactly once, and the log of each is whole.
//!
//! The placement is a few lines, as an orchestrator would do it: it asks every node each second whether it is there, and whoever was silent three
//! times has none of the tenants. Nothing of it has to be right for the data to be right: two nodes may both believe that a tenant is theirs,
//! and the bucket decides who writes. That is what is tested.

#![expect(clippy::disallowed_methods, reason = "the clock and the tasks are turmoil's own")]

mod house;

use std::time::Duration;

use house::{House, NODES, TENANTS};

/// Commands per tenant.
const COMMANDS: u32 = 12;

#[test]
fn three_nodes_share_the_tenants() {
    let mut house = House::new(1);
    let mut sim = house.sim(COMMANDS);
    sim.run().unwrap();
    let served = house.served();
    assert!((0..NODES).all(|node| served.iter().any(|(by, _)| *by == node)), "everybody has some: {served:?}");
    house.every_command_has_one_effect(COMMANDS);
    assert_eq!(house.fenced(), 0, "nobody takes what is another's while all are there");
}

#[test]
fn the_tenants_of_a_lost_node_go_on_elsewhere() {
    let mut house = House::new(2);
    let mut sim = house.sim(COMMANDS);
    while sim.elapsed() < Duration::from_secs(20) {
        assert!(!sim.step().unwrap(), "the clients are at it for longer");
    }
    let lost = house.busiest();
    sim.crash(House::name(lost));
    let moved = house.tenants_of(lost);
    assert!(!moved.is_empty());
    sim.run().unwrap();
    for tenant in moved {
        assert!(house.served().iter().any(|(by, of)| *by != lost && *of == tenant), "{tenant} is served by another one");
    }
    house.every_command_has_one_effect(COMMANDS);
}

#[test]
fn a_node_that_wakes_after_a_long_pause_is_fenced_and_writes_nothing() {
    let mut house = House::new(3);
    let mut sim = house.sim(COMMANDS);
    while sim.elapsed() < Duration::from_secs(20) {
        assert!(!sim.step().unwrap(), "the clients are at it for longer");
    }
    let sleeper = house.busiest();
    house.sleeps(sleeper, Duration::from_secs(60));
    House::goes_on(&mut sim, Duration::from_secs(90));
    sim.run().unwrap();
    assert!(house.fenced() > 0, "it woke with a command in its hand, and the bucket refused it");
    house.every_command_has_one_effect(COMMANDS);
    assert_eq!(TENANTS, house.tenants().len());
}

#[test]
fn the_same_seed_is_the_same_history() {
    let histories = [7, 7, 8].map(|seed| {
        let mut house = House::new(seed);
        let mut sim = house.sim(4);
        while sim.elapsed() < Duration::from_secs(8) {
            sim.step().unwrap();
        }
        let sleeper = house.busiest();
        house.sleeps(sleeper, Duration::from_secs(30));
        House::goes_on(&mut sim, Duration::from_secs(60));
        sim.run().unwrap();
        house.history()
    });
    assert_eq!(histories[0], histories[1]);
    assert_ne!(histories[0], histories[2], "a seed that changes nothing shows nothing");
}
