//! `inspect DIR waiting` and `inspect DIR decide`: who waits for what and until when, and the decision of a person in one commit that names who
//! decided, and why.

use std::fs;
use std::sync::Arc;

use mako_engine::fristen::RulebookId;
use mako_engine::store::KeyedStore;
use mako_engine::store::fjall::{FjallBackend, FjallOptions};
use mako_engine::{Cause, Execute, FormatVersion, TenantId};
use mako_scenarios::gpke::lieferbeginn::lfn::{self, LieferbeginnLfn};
use mako_scenarios::market::Market;
use tempfile::TempDir;

use crate::testing::{Said, door, xtask};

/// A store in which a supplier has just registered for a Marktlokation, and the stream of that process.
fn stored() -> (TempDir, String) {
    let home = tempfile::tempdir().unwrap();
    let backend = {
        let _door = door();
        FjallBackend::open(home.path().join("store"), FjallOptions::simulation()).unwrap().0
    };
    let store = Arc::new(KeyedStore::open(backend).unwrap());
    let engine = Market::desk(TenantId::new("9999000001012"), store).unwrap();
    let begin = lfn::Command::Begin {
        rulebook: RulebookId::MAKO_ENGINE,
        me: "9999000001012".parse().unwrap(),
        nb: "9999000002010".parse().unwrap(),
        malo: "51999990018".parse().unwrap(),
        begin: "2026-12-31T23:00:00Z".parse().unwrap(),
        token: "A1".to_owned(),
    };
    let execute = Execute::new(begin, Cause::Command("by hand".to_owned()));
    let begun = engine.spawn::<LieferbeginnLfn>(FormatVersion::Fv2026_10_01, execute);
    let process = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(begun).unwrap();
    let stream = process.identity().stream.to_string();
    (home, stream)
}

fn inspect(home: &TempDir, what: &[&str]) -> Said {
    xtask(home.path(), &[&["inspect", "store"], what].concat())
}

const WHO: [&str; 4] = ["--by", "A. Meier", "--because", "the customer withdrew"];

#[test]
fn who_waits_is_listed_with_its_frist_and_what_it_has_asked() {
    let (home, stream) = stored();
    inspect(&home, &["waiting"]).exits(0).prints(&["Frist", &stream, "UTILMD 55001"]);
    let waits = inspect(&home, &["waiting", "--json"]).exits(0).json();
    assert_eq!((&waits[0]["process"], &waits[0]["tenant"]), (&stream.as_str().into(), &"9999000001012".into()));
    assert_eq!(waits.as_array().map(Vec::len), Some(1));
}

#[test]
fn a_decision_is_one_commit_that_names_who_decided_and_why() {
    let (home, stream) = stored();
    fs::write(home.path().join("command.json"), "\"TakeBack\"").unwrap();
    let noted = inspect(&home, &["verify", "--json"]).exits(0).json()["head"].as_str().unwrap().to_owned();
    let said = inspect(&home, &[&["decide", &stream, "command.json"][..], &WHO].concat()).exits(0);
    assert!(said.out.contains("StornoSent, decision of A. Meier: the customer withdrew"), "{said:#?}");
    let events = inspect(&home, &["stream", &stream, "--json"]).exits(0).json();
    let last = events.as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["cause"]["person"]["by"], &last["cause"]["person"]["because"]),
        (&"A. Meier".into(), &"the customer withdrew".into())
    );
    inspect(&home, &["outbox"]).exits(0).prints(&["UTILMD 55022"]);
    inspect(&home, &["verify", "--noted", &noted]).exits(0);
}

#[test]
fn a_decision_that_makes_no_sense_is_refused_and_nothing_is_written() {
    let (home, stream) = stored();
    let decide = |process: &str, command: &str, more: &[&str]| {
        fs::write(home.path().join("command.json"), command).unwrap();
        inspect(&home, &[&["decide", process, "command.json"][..], &WHO, more].concat())
    };
    let head = || inspect(&home, &["verify", "--json"]).exits(0).json()["head"].as_str().unwrap().to_owned();
    let before = head();
    decide(&stream, "{\"Guess\": 1}", &[]).exits(2).complains(&["has no such command", "unknown variant `Guess`"]);
    decide(&stream, "no JSON", &[]).exits(2).complains(&["command.json is no JSON"]);
    decide("lieferbeginn-lfn/none", "\"TakeBack\"", &[]).exits(2).complains(&["no process `lieferbeginn-lfn/none` here"]);
    decide(&stream, "\"TakeBack\"", &["--tenant", "nobody"]).exits(2).complains(&["no process"]);
    let foreign = "00000000-0000-0000-0000-000000000007";
    decide(&stream, "\"TakeBack\"", &["--answers", foreign]).exits(2).complains(&[foreign, "not in the queue"]);
    inspect(&home, &["decide", &stream, "command.json", "--by", "A. Meier"]).exits(2).complains(&["--because"]);
    assert_eq!(head(), before);
    decide(&stream, "\"TakeBack\"", &[]).exits(0);
    decide(&stream, "\"TakeBack\"", &[]).exits(2).complains(&["refused by the process", "taken back before"]);
}
