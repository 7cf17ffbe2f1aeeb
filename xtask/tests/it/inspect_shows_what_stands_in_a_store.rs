//! `inspect DIR [VIEW]`: every table of a closed store, for people and as one JSON document, and the directory stays as it was.

use crate::testing::stored::{COMMITS, EVENTS, Stored};
use crate::testing::{Said, contents, xtask};
use serde_json::Value;

fn inspect(stored: &Stored, view: &[&str]) -> Said {
    xtask(stored.home(), &[&["inspect", "store"], view].concat())
}

/// The only row of a view, as JSON.
fn row(stored: &Stored, view: &[&str]) -> Value {
    let rows = inspect(stored, &[view, &["--json"]].concat()).exits(0).json();
    assert_eq!(rows.as_array().map(Vec::len), Some(1), "{rows}");
    rows[0].clone()
}

#[test]
fn without_a_view_everything_is_counted() {
    let stored = Stored::new();
    inspect(&stored, &[]).exits(0).prints(&[
        "what                         count",
        "events                       4",
        "dead letters                 1",
    ]);
    let counts = inspect(&stored, &["--json"]).exits(0).json();
    let count = |what: &str| counts.as_array().unwrap().iter().find(|row| row["what"] == what).unwrap()["count"].clone();
    let expected = [
        ("commits", COMMITS as u64),
        ("events", EVENTS as u64),
        ("streams", 3),
        ("queued messages", 1),
        ("deadlines", 1),
        ("received and not worked off", 1),
        ("dead letters", 1),
    ];
    for (what, number) in expected {
        assert_eq!(count(what), number, "{what}");
    }
}

#[test]
fn streams_are_listed_with_their_processes_and_keys() {
    let stored = Stored::new();
    inspect(&stored, &["streams"]).exits(0).prints(&["workflow", "lieferbeginn/1", "lives", "ended", "Lieferbeginn/51999990018"]);
    let rows = inspect(&stored, &["streams", "--json"]).exits(0).json();
    let told: Vec<_> =
        rows.as_array().unwrap().iter().map(|row| (row["stream"].as_str().unwrap(), &row["process"], &row["events"])).collect();
    assert_eq!(
        format!("{told:?}"),
        r#"[("boundary", String("lives"), Number(1)), ("lieferbeginn/1", String("lives"), Number(2)), ("lieferbeginn/2", String("ended"), Number(1))]"#
    );
    for row in rows.as_array().unwrap() {
        assert_eq!((&row["tenant"], &row["workflow"]), (&"9900000000001".into(), &"lieferbeginn".into()));
    }
}

#[test]
fn the_events_of_a_stream_are_shown_with_their_content_and_a_stream_that_is_none_is_named() {
    let stored = Stored::new();
    inspect(&stored, &["stream", "lieferbeginn/1"]).exits(0).prints(&["AnmeldungRequested", "Noted", r#"{"malo":"51999990018"}"#]);
    let rows = inspect(&stored, &["stream", "lieferbeginn/1", "--json"]).exits(0).json();
    assert_eq!((&rows[1]["no"], &rows[1]["event"], &rows[1]["content"]["malo"]), (&2.into(), &"Noted".into(), &"51999990018".into()));
    let lost = row(&stored, &["stream", "boundary"]);
    assert_eq!((&lost["no"], &lost["position"]), (&1.into(), &EVENTS.into()), "the first of its stream, the last of all");
    inspect(&stored, &["stream", "lieferbeginn"]).exits(2).complains(&["no stream `lieferbeginn` here"]);
    inspect(&stored, &["stream", "boundary", "--tenant", "nobody"]).exits(2).complains(&["no stream `boundary` here"]);
}

#[test]
fn a_name_that_two_tenants_gave_to_a_stream_needs_the_tenant() {
    let stored = Stored::new();
    stored.share_a_name();
    inspect(&stored, &["stream", "lieferbeginn/1"]).exits(2).complains(&["several tenants have a stream `lieferbeginn/1`", "--tenant"]);
    for (tenant, events) in [("9900000000001", 2), ("9900000000008", 1)] {
        let rows = inspect(&stored, &["stream", "lieferbeginn/1", "--tenant", tenant, "--json"]).exits(0).json();
        assert_eq!(rows.as_array().map(Vec::len), Some(events), "{tenant}: {rows}");
    }
}

#[test]
fn a_row_that_cannot_be_read_is_named_and_the_rest_is_shown() {
    let stored = Stored::new();
    stored.spoil_the_message();
    for view in [&[][..], &["outbox"]] {
        let said = inspect(&stored, view).exits(0);
        assert!(said.err.contains("note: a stored queued message cannot be read: "), "{said:#?}");
    }
    inspect(&stored, &["deadlines"]).exits(0).prints(&["answer 55001"]);
}

#[test]
fn an_event_that_cannot_be_read_is_named_and_the_rest_is_shown() {
    let stored = Stored::new();
    let whole = inspect(&stored, &["streams", "--json"]).exits(0).json().as_array().unwrap().len();
    stored.spoil_the_first_event();
    let said = inspect(&stored, &["streams", "--json"]).exits(0);
    assert!(said.err.contains("is not counted: a stored event cannot be decoded"), "{said:#?}");
    assert_eq!(said.json().as_array().unwrap().len(), whole - 1, "the stream of that one event is gone, the others are there");
    assert!(inspect(&stored, &[]).exits(0).out.contains("events"));
}

#[test]
fn a_dead_letter_that_cannot_be_read_hides_no_other() {
    let stored = Stored::new();
    stored.spoil_the_dead_letter();
    let said = inspect(&stored, &["dead-letters", "--json"]).exits(0);
    assert!(said.err.contains("note: a stored dead letter cannot be read: "), "{said:#?}");
    assert_eq!(said.json().as_array().unwrap().len(), 1);
}

#[test]
fn every_row_says_whose_it_is() {
    let stored = Stored::new();
    for view in ["outbox", "deadlines", "inbox", "dead-letters"] {
        assert_eq!(row(&stored, &[view])["tenant"], "9900000000001", "{view}");
    }
}

#[test]
fn what_waits_for_delivery_is_shown() {
    let stored = Stored::new();
    inspect(&stored, &["outbox"]).exits(0).prints(&["UTILMD 55001", "9900000000002"]);
    let message = row(&stored, &["outbox"]);
    assert_eq!((&message["kind"], &message["tries"], &message["stream"]), (&"UTILMD 55001".into(), &1.into(), &"lieferbeginn/1".into()));
    assert_eq!((&message["queued"], &message["next try"]), (&"2025-12-23T15:00:00Z".into(), &"2025-12-23T15:01:00Z".into()));
    assert_eq!(message["last error"], "no connection");
}

#[test]
fn deadlines_are_shown_in_local_time_too_and_with_their_reason() {
    let stored = Stored::new();
    inspect(&stored, &["deadlines"]).exits(0).prints(&["answer 55001", "by 11:00 of the next Werktag"]);
    let deadline = row(&stored, &["deadlines"]);
    assert_eq!(deadline["due"], "2025-12-23T16:00:00Z");
    assert!(deadline["local"].as_str().unwrap().contains("17:00"), "{deadline}");
}

#[test]
fn received_messages_that_nobody_worked_off_are_shown() {
    let stored = Stored::new();
    inspect(&stored, &["inbox"]).exits(0).prints(&["m-1@partner"]);
    let entry = row(&stored, &["inbox"]);
    assert_eq!((&entry["sender"], &entry["message"], &entry["bytes"]), (&"9900000000002".into(), &"m-1@partner".into(), &11.into()));
    assert_eq!((&entry["received"], &entry["lease until"]), (&"2025-12-23T15:00:05Z".into(), &"2025-12-23T15:05:00Z".into()));
}

#[test]
fn dead_letters_are_shown_with_their_reason() {
    let stored = Stored::new();
    inspect(&stored, &["dead-letters"]).exits(0).prints(&["unknown_pid", "UTILMD 99999"]);
    let letter = row(&stored, &["dead-letters"]);
    assert_eq!((&letter["at"], &letter["reason"]), (&"2025-12-23T15:00:06Z".into(), &"unknown_pid".into()));
    assert_eq!((&letter["about"], &letter["detail"]), (&"UTILMD 99999".into(), &"no workflow takes UTILMD 99999".into()));
}

#[test]
fn looking_changes_no_byte_of_the_directory() {
    let stored = Stored::new();
    let before = contents(&stored.dir());
    let views: [&[&str]; 10] = [
        &[],
        &["streams"],
        &["stream", "boundary"],
        &["outbox"],
        &["deadlines"],
        &["inbox"],
        &["dead-letters"],
        &["dead-letter", "1"],
        &["waiting"],
        &["verify"],
    ];
    for view in views {
        inspect(&stored, view).exits(0);
        assert!(contents(&stored.dir()) == before, "{view:?} changed the directory");
    }
}

#[test]
fn a_store_that_is_open_and_a_place_without_one_are_refused_with_the_reason() {
    let stored = Stored::new();
    let live = stored.open();
    for view in [&[][..], &["verify"], &["repair"]] {
        inspect(&stored, view).exits(2).complains(&["error: ", "is already open, here or in another process"]);
    }
    drop(live);
    inspect(&stored, &[]).exits(0);
    for place in ["nowhere", "."] {
        let before = contents(stored.home());
        xtask(stored.home(), &["inspect", place]).exits(2).complains(&["error: ", "is not a store: it has no mako-format"]);
        xtask(stored.home(), &["inspect", place, "repair"]).exits(2).complains(&["error: ", "is not a store"]);
        assert!(contents(stored.home()) == before, "{place} was changed");
    }
}
