//! The numbers of an engine: each of them after a life with some trouble in it, as Prometheus reads them.

use crate::testing::inquiry::{Command, Inquiry};
use crate::testing::partner::Act;
use crate::testing::{House, Place, at, by_hand, everywhere, inbound};
use mako_engine::snapshot::SnapshotPolicy;
use mako_engine::testing::MemoryBackend;

/// The samples of the families that begin so, without those that are 0.
fn numbers(house: &House, prefix: &str) -> Vec<String> {
    let text = house.engine.metrics().prometheus();
    let samples = text.lines().filter(|line| line.starts_with(prefix) && !line.ends_with(" 0"));
    samples.map(str::to_owned).collect()
}

#[tokio::test]
async fn commands_are_counted_by_how_they_ended() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let process = house.ask("malo", "partner", at(600)).await;
        let other = house.engine.resume::<Inquiry>(&process.identity().stream).await.unwrap();
        house.store.step_in(async move { drop(other.execute(by_hand(Command::Note("other".to_owned()))).await.unwrap()) });
        process.execute(by_hand(Command::Note("decided anew".to_owned()))).await.unwrap();
        process.execute(by_hand(Command::SetForeignDeadline)).await.unwrap_err();
        process.execute(by_hand(Command::Answer)).await.unwrap();
        process.execute(by_hand(Command::Answer)).await.unwrap_err();
        let expected = [
            "mako_commands_total{workflow=\"inquiry\",outcome=\"executed\"} 4",
            "mako_commands_total{workflow=\"inquiry\",outcome=\"failed\"} 1",
            "mako_commands_total{workflow=\"inquiry\",outcome=\"rejected\"} 1",
            "mako_command_retries_total{workflow=\"inquiry\"} 1",
        ];
        assert_eq!(numbers(&house, "mako_command"), expected);
        let commits = ["mako_commits_total{outcome=\"committed\"} 4", "mako_commits_total{outcome=\"refused\"} 1"];
        assert_eq!(numbers(&house, "mako_commits_total"), commits);
        assert_eq!(numbers(&house, "mako_events_total"), ["mako_events_total 4"]);
    })
    .await;
}

#[tokio::test]
async fn states_are_counted_by_where_they_came_from() {
    let place = Place::Memory(MemoryBackend::default());
    let stream = {
        let house = House::wired(&place, at(0), |builder| {
            builder.workflow::<Inquiry>(mako_engine::routing::Adapters::none()).snapshots(SnapshotPolicy::EveryEvents(2))
        });
        let process = house.ask("malo", "partner", at(600)).await;
        for _ in 0..2 {
            process.execute(by_hand(Command::Note("x".to_owned()))).await.unwrap();
        }
        assert_eq!(numbers(&house, "mako_snapshots"), ["mako_snapshots_total{workflow=\"inquiry\",outcome=\"taken\"} 1"]);
        assert_eq!(numbers(&house, "mako_hot"), ["mako_hot_states_total{workflow=\"inquiry\",outcome=\"hit\"} 2"]);
        process.identity().stream.clone()
    };
    let house = place.house(at(1));
    let process = house.engine.resume::<Inquiry>(&stream).await.unwrap();
    process.execute(by_hand(Command::Note("x".to_owned()))).await.unwrap();
    assert_eq!(numbers(&house, "mako_hot"), ["mako_hot_states_total{workflow=\"inquiry\",outcome=\"miss\"} 1"]);
    assert_eq!(numbers(&house, "mako_replayed"), ["mako_replayed_events_total{workflow=\"inquiry\"} 1"], "what came after the snapshot");
    process.state().await.unwrap();
    assert_eq!(numbers(&house, "mako_replayed"), ["mako_replayed_events_total{workflow=\"inquiry\"} 5"]);
}

#[tokio::test]
async fn tries_are_counted_once_each_by_what_they_met() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let (mut outbox, partners) = house.postman();
        partners.script("late", [Act::Fail("busy"), Act::Take]);
        partners.script("never", vec![Act::Fail("busy"); 99]);
        partners.script("unknown", [Act::Refuse("unknown partner")]);
        for recipient in ["late", "never", "unknown"] {
            house.ask(recipient, recipient, at(86_400)).await;
        }
        outbox.run_until_quiet();
        assert_eq!(numbers(&house, "mako_outbox"), ["mako_outbox_waiting 2"]);
        for tick in 0..60 {
            outbox.run_at(&house.clock, at(30 * tick));
        }
        let expected = [
            "mako_deliveries_total{channel=\"as4\",outcome=\"delivered\"} 1",
            "mako_deliveries_total{channel=\"as4\",outcome=\"transient\"} 6",
            "mako_deliveries_total{channel=\"as4\",outcome=\"permanent\"} 1",
            "mako_deliveries_total{channel=\"as4\",outcome=\"exhausted\"} 1",
        ];
        assert_eq!(numbers(&house, "mako_deliveries"), expected);
        assert_eq!(partners.tries().len(), 9, "as many as were counted");
        assert_eq!(numbers(&house, "mako_delivery_age_seconds_sum"), ["mako_delivery_age_seconds_sum 60.000"]);
        assert_eq!(numbers(&house, "mako_dead_letters_total"), ["mako_dead_letters_total{label=\"outbox_exhausted\"} 2"]);
        assert_eq!(numbers(&house, "mako_outbox"), [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn deadlines_are_counted_with_how_late_they_were() {
    let house = Place::Memory(MemoryBackend::default()).house(at(0));
    let mut scheduler = house.scheduler();
    for (malo, due) in [("a", 10), ("b", 100)] {
        house.ask(malo, "partner", at(due)).await;
    }
    scheduler.run_at(&house.clock, at(10));
    house.store.failing_commits.store(1, std::sync::atomic::Ordering::SeqCst);
    scheduler.run_at(&house.clock, at(100));
    scheduler.run_at(&house.clock, at(101));
    let expected = ["mako_deadlines_fired_total{workflow=\"inquiry\"} 2"];
    assert_eq!(numbers(&house, "mako_deadlines_fired"), expected);
    assert_eq!(numbers(&house, "mako_deadline_failures"), ["mako_deadline_failures_total 1"]);
    assert_eq!(numbers(&house, "mako_deadline_lateness_max"), ["mako_deadline_lateness_max_seconds 1.000"]);
    assert_eq!(numbers(&house, "mako_deadline_lateness_seconds_count"), ["mako_deadline_lateness_seconds_count 2"]);
    assert_eq!(numbers(&house, "mako_commits_total{outcome=\"failed\"}"), ["mako_commits_total{outcome=\"failed\"} 1"]);
    assert_eq!(numbers(&house, "mako_worker_state"), ["mako_worker_state{worker=\"deadlines\",state=\"waiting\"} 1"]);
}

#[tokio::test]
async fn received_messages_are_counted_by_how_they_ended() {
    let house = Place::Memory(MemoryBackend::default()).house(at(0));
    let ask = Command::Ask { malo: "malo".to_owned(), recipient: "partner".to_owned(), due: at(600) };
    house.processed(&inbound("55001", "malo", ask.clone())).await;
    house.dead(&inbound("55999", "malo", ask)).await;
    let expected = ["mako_received_parts_total{outcome=\"dead_lettered\"} 1", "mako_received_parts_total{outcome=\"processed\"} 1"];
    assert_eq!(numbers(&house, "mako_received_parts"), expected);
    assert_eq!(numbers(&house, "mako_received_messages"), ["mako_received_messages_total{outcome=\"accepted\"} 2"]);
    assert_eq!(numbers(&house, "mako_dead_letters_total"), ["mako_dead_letters_total{label=\"unknown_pid\"} 1"]);
}

#[tokio::test]
async fn the_text_is_what_prometheus_reads_and_two_engines_share_nothing() {
    let (one, other) = (Place::Memory(MemoryBackend::default()).house(at(0)), Place::Memory(MemoryBackend::default()).house(at(0)));
    one.ask("malo", "partner", at(600)).await;
    assert_eq!(numbers(&other, "mako_events_total"), [""; 0]);
    let text = one.engine.metrics().prometheus();
    let mut family = "";
    for line in text.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.split(' ');
            let (kind, name) = (words.next().unwrap(), words.next().unwrap());
            assert!(kind == "HELP" && name != family || kind == "TYPE" && name == family, "{line}");
            family = name;
        } else {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(name.starts_with(family) && value.parse::<f64>().is_ok(), "{line}");
        }
    }
    assert!(text.ends_with('\n'));
}
