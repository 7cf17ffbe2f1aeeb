//! `replay` of a recorded conversation: what the manifest says is compared with what the nodes compute, field by field.

use crate::testing::{CONVERSATION, Said, conversation_with, workspace, xtask};
use serde_json::{Value, json};

const FIRST: &str = "01_LFN-NB_UTILMD_55001.edi";

/// The replay of the conversation after `change` to its manifest.
fn replayed(change: impl FnOnce(&mut Value)) -> Said {
    let directory = conversation_with(change);
    xtask(directory.path(), &["replay", "talk"])
}

/// The words of the line about `field` of `file`.
#[track_caller]
fn line<'a>(said: &'a Said, file: &str, field: &str) -> Vec<&'a str> {
    let lines = said.out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let found: Vec<_> = lines.filter(|line| line.starts_with(&[file, field])).collect();
    let [line] = <[Vec<&str>; 1]>::try_from(found).unwrap_or_else(|found| panic!("{found:?}: {said:#?}"));
    line
}

#[test]
fn a_conversation_as_recorded_is_right_in_every_field() {
    for name in ["gpke_lieferbeginn_happy", "gpke_lieferbeginn_christmas"] {
        let said = xtask(&workspace(), &["replay", &format!("scenarios/conversations/{name}")]).exits(0);
        assert_eq!((said.last_line(), said.err.as_str()), ("9 messages, 10 fields ok, 0 wrong", ""), "{name}");
        let wrong = |line: &&str| ["DIFFERS", "IMPOSSIBLE", "UNREADABLE"].iter().any(|word| line.contains(word));
        assert_eq!(said.out.lines().find(wrong), None, "{name}");
    }
}

#[test]
fn every_recorded_conversation_is_right_in_every_field_that_can_be_compared() {
    let (mut conversations, mut fields) = (0, 0);
    for entry in std::fs::read_dir(workspace().join("sim/tests/conversations")).unwrap() {
        let talk = entry.unwrap().path().display().to_string();
        let document = xtask(&workspace(), &["replay", &talk, "--json"]).exits(0).json();
        conversations += 1;
        fields += document["steps"].as_array().unwrap().iter().filter(|step| step["result"] == "ok").count();
    }
    assert_eq!((conversations, fields), (33, 86));
}

#[test]
fn a_due_instant_that_was_moved_differs() {
    for (step, file, field, right, moved) in [
        (0, FIRST, "answer_due", "2025-11-07T10:00:00Z", "2025-11-07T11:00:00Z"),
        (0, FIRST, "aperak_due", "2025-11-06T09:46:00Z", "2025-11-06T09:46:01Z"),
        (2, "03_NB-LFA_UTILMD_55010.edi", "latest_receipt", "2025-11-07T06:00:00Z", "2025-11-07T05:00:00Z"),
    ] {
        let said = replayed(|manifest| {
            assert_eq!(manifest["steps"][step][field]["iso_utc"], right);
            manifest["steps"][step][field]["iso_utc"] = moved.into();
        });
        let said = said.exits(1).prints(&["\n9 messages, 9 fields ok, 1 wrong\n"]);
        assert_eq!(line(&said, file, field)[2..7], ["DIFFERS", "manifest", moved, "computed", right]);
    }
}

#[test]
fn a_due_contrl_is_compared_too() {
    let with = |due: &str| replayed(|manifest| manifest["steps"][0]["contrl_due"] = json!({ "iso_utc": due }));
    let said = with("1999-01-01T00:00:00Z").exits(1);
    let words = line(&said, FIRST, "contrl_due");
    assert_eq!(words[2], "DIFFERS");
    let said = with(words[6]).exits(0);
    assert_eq!(line(&said, FIRST, "contrl_due")[2], "ok");
}

#[test]
fn an_answer_that_is_none_to_this_message_is_impossible() {
    let said = replayed(|manifest| manifest["steps"][0]["expect"] = "55002|44001".into()).exits(1);
    assert_eq!(line(&said, FIRST, "expect")[2..], ["IMPOSSIBLE", "manifest", "55002|44001", "computed", "55002|55003"]);
}

#[test]
fn one_of_the_possible_answers_is_enough() {
    replayed(|manifest| manifest["steps"][0]["expect"] = "55003".into()).exits(0);
}

#[test]
fn what_the_manifest_does_not_say_as_an_instant_is_unchecked() {
    let said = replayed(|manifest| {
        let step = manifest["steps"][0].as_object_mut().unwrap();
        step.insert("answer_due".to_owned(), "11:00 on the next Werktag".into());
        step.insert("aperak_due".to_owned(), Value::Null);
        step.insert("expect".to_owned(), "an answer".into());
        manifest["steps"][2].as_object_mut().unwrap().remove("latest_receipt").unwrap();
        manifest["steps"][2]["expect"] = Value::Null;
    });
    let said = said.exits(0).prints(&["\n9 messages, 5 fields ok, 0 wrong\n"]);
    let prose = line(&said, FIRST, "answer_due").join(" ");
    assert!(prose.ends_with("unchecked manifest 11:00 on the next Werktag computed 2025-11-07T10:00:00Z"), "{prose}");
    assert_eq!(line(&said, FIRST, "aperak_due")[2..5], ["unchecked", "manifest", "–"]);
    assert_eq!(line(&said, FIRST, "expect")[2], "unchecked");
    assert_eq!(line(&said, "03_NB-LFA_UTILMD_55010.edi", "latest_receipt")[2], "unchecked");
}

#[test]
fn the_steps_may_stand_in_any_order() {
    let turned = replayed(|manifest| manifest["steps"].as_array_mut().unwrap().reverse()).exits(0);
    assert_eq!(turned.out, xtask(&workspace(), &["replay", CONVERSATION]).out);
}

#[test]
fn a_message_that_was_sent_twice_is_refused_the_second_time_and_the_rest_goes_on() {
    let said = replayed(|manifest| {
        let mut again = manifest["steps"][0].clone();
        again["receipt_utc"] = "2025-11-06T09:05:00Z".into();
        again["aperak_due"] = Value::Null;
        manifest["steps"].as_array_mut().unwrap().insert(1, again);
    });
    let said = said.exits(0).prints(&["\n10 messages, 12 fields ok, 0 wrong\n"]);
    assert_eq!(line(&said, FIRST, "message").join(" "), format!("{FIRST} message unchecked manifest – computed the receiver refused it"));
}
