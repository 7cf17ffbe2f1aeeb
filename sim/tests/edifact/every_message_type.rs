//! One message of every type of the market: its receiver accepts it, and written as it was read it says the same again.

use mako_engine::Timestamp;
use mako_engine::fristen::berlin;
use mako_engine::version::{message_types, release_of};
use mako_sim::edifact::interchange::{Message, PlainSegment};
use mako_sim::edifact::message::{OtherMessage, TypedMessage};
use mako_sim::edifact::pid::AllPids;
use mako_sim::edifact::reaction::{Answer, Reaction, react};
use mako_sim::edifact::syntax::DeadLetter;
use mako_sim::edifact::write::{Envelope, write};
use mako_sim::edifact::{ReceiveContext, Sparte};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::receiver::root;

/// File in `tests/messages`, when it is received. Those of the shared conversations are theirs; the others are made for this test.
const SAMPLES: &[(&str, &str)] = &[
    ("aperak", "2025-11-06T09:16:00Z"),
    ("comdis_29001", "2025-11-06T09:01:00Z"),
    ("contrl", "2026-04-14T09:21:00Z"),
    ("iftsta_21039", "2025-12-02T08:01:00Z"),
    ("insrpt_23001", "2025-11-06T09:01:00Z"),
    ("invoic_31001", "2025-11-06T08:01:00Z"),
    ("mscons_13008", "2025-10-26T07:01:00Z"),
    ("mscons_13017", "2026-09-30T10:01:00Z"),
    ("mscons_13025", "2026-03-30T06:01:00Z"),
    ("ordchg_39000", "2025-11-06T09:01:00Z"),
    ("orders_17115", "2025-11-06T09:01:00Z"),
    ("ordrsp_19116", "2025-11-07T14:01:00Z"),
    ("partin_37000", "2025-11-06T09:01:00Z"),
    ("pricat_27002", "2025-11-06T09:01:00Z"),
    ("quotes_15001", "2025-11-06T09:01:00Z"),
    ("remadv_33001", "2025-11-18T08:01:00Z"),
    ("reqote_35001", "2025-11-06T09:01:00Z"),
    ("utilmd_44001", "2026-03-31T10:01:00Z"),
    ("utilmd_55001", "2025-11-06T09:01:00Z"),
    ("utilts_25001", "2025-11-06T09:01:00Z"),
];

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(root().join("sim/tests/messages").join(format!("{name}.edi"))).unwrap()
}

/// What the party to which `bytes` are addressed makes of them.
fn heard(bytes: &[u8], received: Timestamp) -> Reaction {
    let text: String = bytes.iter().map(|&b| char::from(b)).collect();
    let receiver = text.split_once("UNB+").unwrap().1.split('+').nth(2).unwrap().to_owned();
    let (me, qualifier) = receiver.split_once(':').unwrap();
    let releases = |message_type: &str, sparte: Sparte, at: Timestamp| release_of(message_type, sparte, at).map(str::to_owned);
    let context = ReceiveContext {
        me: me.parse().unwrap(),
        sparte: if qualifier == "502" { Sparte::Gas } else { Sparte::Strom },
        received,
        releases: &releases,
        pids: &AllPids,
        ledger: &|_: &str, _: &str| false,
        berlin_offset_seconds: &|at| berlin::local(at).2,
    };
    react(bytes, &context)
}

fn message_of(name: &str, received: &str) -> (Message, Envelope, Timestamp) {
    let received = received.parse().unwrap();
    let interchange = heard(&bytes(name), received).interchange.unwrap_or_else(|| panic!("{name} is refused"));
    let message = interchange.messages[0].clone();
    let envelope = Envelope {
        sender: interchange.address.sender.number.parse().unwrap(),
        receiver: interchange.address.receiver.number.parse().unwrap(),
        interchange_ref: interchange.address.reference.clone(),
        message_ref: message.reference.clone(),
        prepared_at: received,
        berlin_offset_seconds: berlin::local(received).2,
        release: message.release.clone(),
    };
    (message, envelope, received)
}

#[test]
fn every_type_of_the_table_has_a_sample_that_is_accepted() {
    for (name, received) in SAMPLES {
        let reaction = heard(&bytes(name), received.parse().unwrap());
        assert!(reaction.answers.iter().all(|answer| matches!(answer, Answer::Accepted { .. })), "{name}: {reaction}");
    }
    for message_type in message_types() {
        let own = |(name, _): &&(&str, &str)| name.to_uppercase().starts_with(message_type);
        assert!(SAMPLES.iter().any(|sample| own(&sample)), "{message_type} has no sample");
    }
}

/// A Vorgang without a number could not be named in the APERAK that refuses it.
#[test]
fn a_vorgang_without_a_number_is_a_matter_of_syntax_in_every_type_that_has_vorgaenge() {
    for name in ["utilts_25001", "utilmd_55001"] {
        let text = String::from_utf8(bytes(name)).unwrap();
        let number = text.split_once("IDE+24+").unwrap().1.split('\'').next().unwrap().to_owned();
        let reaction = heard(text.replace(&format!("IDE+24+{number}'"), "IDE+24+'").as_bytes(), "2025-11-06T09:01:00Z".parse().unwrap());
        assert_eq!(reaction.answers[0].verdict(), "CONTRL 4 UCD 13", "{name}: {reaction}");
    }
}

/// The first letter of a UTILMD release names its Sparte; the market's PIDs of the other one have no place in it.
#[test]
fn a_pid_of_the_other_sparte_or_of_another_time_is_refused_and_a_dead_letter() {
    let judge = |name: &str, old: &str, new: &str, received: &str| {
        let text = String::from_utf8(bytes(name)).unwrap();
        assert!(text.contains(old));
        let reaction = heard(text.replace(old, new).as_bytes(), received.parse().unwrap());
        (reaction.answers[0].verdict(), reaction.dead_letter)
    };
    let refused = ("CONTRL 4 UCD 12".to_owned(), Some(DeadLetter::UnknownPid));
    assert_eq!(judge("utilmd_55001", "Z13:55001", "Z13:44001", "2025-11-06T09:01:00Z"), refused);
    assert_eq!(judge("utilmd_44001", "Z13:44001", "Z13:55001", "2026-03-31T10:01:00Z"), refused);
    assert_eq!(judge("utilmd_44001", "Z13:44001", "Z13:44183", "2026-03-31T10:01:00Z"), refused);
}

fn survives(name: &str, whole: &OtherMessage, envelope: &Envelope, received: Timestamp) {
    let message = TypedMessage::Other(whole.clone());
    let bytes = write(&message, envelope).unwrap_or_else(|error| panic!("{name}: {error}"));
    let reaction = heard(&bytes, received);
    let interchange = reaction.interchange.as_ref().unwrap_or_else(|| panic!("{name}: {reaction}"));
    assert_eq!(OtherMessage::of(&interchange.messages[0]), *whole, "{name}");
    let json = serde_json::to_string(&message).unwrap();
    assert_eq!(serde_json::from_str::<TypedMessage>(&json).unwrap(), message);
}

#[test]
fn a_message_of_every_type_is_written_as_it_was_read() {
    for (name, received) in SAMPLES {
        let (message, envelope, received) = message_of(name, received);
        survives(name, &OtherMessage::of(&message), &envelope, received);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_text_a_message_of_any_type_carries_is_read_again(
        sample in 0..SAMPLES.len(), at in any::<Index>(), text in "[A-Za-z0-9+:?'./äöüÄÖÜß -]{0,60}", more in "[A-Z0-9+?]{1,20}",
    ) {
        let (name, received) = SAMPLES[sample];
        // An acknowledgement is read whole, and a text between its segments would be another error of it.
        prop_assume!(!matches!(name, "aperak" | "contrl"));
        let (message, envelope, received) = message_of(name, received);
        let mut whole = OtherMessage::of(&message);
        let place = 1 + at.index(whole.segments.len());
        let elements = vec![vec!["AAI".to_owned()], vec![String::new()], vec![String::new()], vec![text, more]];
        whole.segments.insert(place, PlainSegment { tag: "FTX".to_owned(), elements });
        survives(name, &whole, &envelope, received);
    }
}
