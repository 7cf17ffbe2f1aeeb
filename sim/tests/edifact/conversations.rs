//! Every message of every recorded conversation is accepted by the party it is addressed to, at its instant of receipt.

use std::path::Path;

use mako_sim::edifact::Sparte;
use mako_sim::edifact::message::{OtherMessage, TypedMessage};
use mako_sim::edifact::reaction::{Answer, react};
use mako_sim::edifact::write::{Envelope, write};

use crate::receiver::{berlin_offset_seconds, edi_files, receiver, root, shared};

/// The value of `key` after the entry for `file` in a manifest.
fn receipt_of(folder: &Path, file: &str) -> String {
    let manifest: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let steps = manifest["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["file"] == file).unwrap_or_else(|| panic!("{file} is not in the manifest"));
    step["receipt_utc"].as_str().unwrap().to_owned()
}

/// Sender and receiver of an interchange, read without the parser under test.
fn parties(text: &str) -> (String, String) {
    let unb = text.find("UNB+").unwrap();
    let mut elements = text[unb..].split('+').skip(2).map(|e| e.split(':').next().unwrap().to_owned());
    (elements.next().unwrap(), elements.next().unwrap())
}

/// How many messages were accepted, how many written again, and of how many their value holds everything.
fn check(folder: &Path) -> (usize, usize, usize) {
    let (mut accepted, mut rewritten, mut from_values) = (0, 0, 0);
    for path in edi_files(folder) {
        let bytes = std::fs::read(&path).unwrap();
        let text: String = bytes.iter().map(|&b| char::from(b)).collect();
        let (sender, me) = parties(&text);
        let received = receipt_of(path.parent().unwrap(), path.file_name().unwrap().to_str().unwrap());
        let sparte = if me.starts_with("98") { Sparte::Gas } else { Sparte::Strom };
        let reaction = react(&bytes, &receiver(&me, sparte, &received));
        if path.parent().unwrap().ends_with("gpke_bulk_three_messages") {
            let verdicts: Vec<String> = reaction.answers.iter().map(Answer::verdict).collect();
            assert_eq!(verdicts, ["accepted APERAK 312", "accepted APERAK 312", "APERAK 313 Z35"]);
            assert_eq!(reaction.lines().len(), 3);
            continue;
        }
        for answer in &reaction.answers {
            assert!(matches!(answer, Answer::Accepted { .. }), "{}: {answer}", path.display());
        }
        let interchange = reaction.interchange.as_ref().unwrap();
        let typed = TypedMessage::read_all(interchange).unwrap();
        assert_eq!(typed, reaction.accepted());
        for value in &typed {
            let json = serde_json::to_string(value).unwrap();
            assert_eq!(&serde_json::from_str::<TypedMessage>(&json).unwrap(), value, "{json}");
        }
        accepted += 1;
        let ([value], [message]) = (typed.as_slice(), interchange.messages.as_slice()) else { continue };
        let prepared_at = message.document_time().unwrap_or_else(|| instant_of(&interchange.prepared));
        let envelope = Envelope {
            sender: sender.parse().unwrap(),
            receiver: me.parse().unwrap(),
            interchange_ref: interchange.address.reference.clone(),
            message_ref: message.reference.clone(),
            prepared_at,
            berlin_offset_seconds: berlin_offset_seconds(prepared_at),
            release: message.release.clone(),
        };
        let written =
            |message: &TypedMessage| write(message, &envelope).map(|bytes| bytes.iter().map(|&b| char::from(b)).collect::<String>());
        let expected = without_application(&text);
        // What has no typed form, or says more than a process decides on, is written with the segments that it was read with.
        if written(value).is_ok_and(|again| again == expected) {
            from_values += 1;
        } else {
            let whole = TypedMessage::Other(OtherMessage::of(message));
            let again = written(&whole).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_eq!(again, expected, "{}", path.display());
        }
        rewritten += 1;
    }
    (accepted, rewritten, from_values)
}

/// `text` without UNB 0026, which belongs to no message and is not written: `++VL` behind the reference.
fn without_application(text: &str) -> String {
    let (unb, rest) = text.split_once("'UNH+").unwrap();
    format!("{}'UNH+{rest}", unb.strip_suffix("++TL").or_else(|| unb.strip_suffix("++VL")).unwrap_or(unb))
}

/// CONTRL has no document time; its UNB is written in Berlin time, in these samples always in winter.
fn instant_of(prepared: &str) -> mako_engine::Timestamp {
    let p = prepared.as_bytes();
    let part = |from: usize| std::str::from_utf8(&p[from..from + 2]).unwrap();
    let winter: mako_engine::Timestamp = format!("20{}-{}-{}T{}:{}:00+01:00", part(0), part(2), part(4), part(7), part(9)).parse().unwrap();
    if berlin_offset_seconds(winter) == 7200 { winter.plus_seconds(-3600) } else { winter }
}

#[test]
fn the_conversations_of_the_lieferbeginn_are_read_and_written_byte_for_byte() {
    for name in ["gpke_lieferbeginn_happy", "gpke_lieferbeginn_christmas"] {
        assert_eq!(check(&root().join("scenarios/conversations").join(name)), (9, 9, 9));
    }
}

#[test]
fn every_recorded_conversation_is_accepted_and_written_byte_for_byte() {
    let own = check(&root().join("sim/tests/conversations"));
    assert_eq!(own, (143, 143, 132), "all messages but the bulk of three");
    if let Some(folder) = shared("messages/conversations") {
        let (accepted, rewritten, _) = check(&folder);
        assert!(accepted >= own.0 && rewritten == accepted, "{accepted} {rewritten}");
    }
}
