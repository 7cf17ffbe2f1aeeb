//! No bytes make the receiver panic, and every position it names lies within the input.

use std::sync::LazyLock;

use mako_sim::edifact::Sparte;
use mako_sim::edifact::aperak::{Aperak, Geschaeftsvorfall};
use mako_sim::edifact::identifier::MpId;
use mako_sim::edifact::message::TypedMessage;
use mako_sim::edifact::reaction::{Answer, Reaction, react};
use mako_sim::edifact::write::{Envelope, write};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::receiver::{edi_files, receiver, root};

static SAMPLES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folders = ["sim/tests/broken", "scenarios/conversations"];
    folders.iter().flat_map(|f| edi_files(&root().join(f))).map(|path| std::fs::read(path).unwrap()).collect()
});

/// One way to damage a file.
#[derive(Debug, Clone)]
enum Damage {
    Flip(Index, u8),
    Cut(Index, usize),
    Insert(Index, Vec<u8>),
    Repeat(Index, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let service = select(b"+:?'.\r\n \xE4\x00".to_vec());
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Flip(at, byte)),
        (any::<Index>(), service.clone()).prop_map(|(at, byte)| Damage::Flip(at, byte)),
        (any::<Index>(), 1..60_usize).prop_map(|(at, length)| Damage::Cut(at, length)),
        (any::<Index>(), vec(prop_oneof![any::<u8>(), service], 1..6)).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        (any::<Index>(), 1..60_usize).prop_map(|(at, length)| Damage::Repeat(at, length)),
    ]
}

fn apply(mut bytes: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        if bytes.is_empty() {
            break;
        }
        match damage {
            Damage::Flip(at, byte) => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            Damage::Cut(at, length) => {
                let at = at.index(bytes.len());
                bytes.drain(at..(at + length).min(bytes.len()));
            }
            Damage::Insert(at, new) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, new.iter().copied());
            }
            Damage::Repeat(at, length) => {
                let at = at.index(bytes.len());
                let again = bytes[at..(at + length).min(bytes.len())].to_vec();
                bytes.splice(at..at, again);
            }
        }
    }
    bytes
}

fn holds_for(bytes: &[u8]) {
    for sparte in [Sparte::Strom, Sparte::Gas] {
        let context = receiver("9999000002010", sparte, "2025-11-06T09:01:00Z");
        let reaction = react(bytes, &context);
        assert!(!reaction.answers.is_empty());
        for answer in &reaction.answers {
            assert!(answer.position() <= bytes.len(), "{answer}");
            assert!(!answer.to_string().contains('\n'), "{answer:?}");
            if let Answer::Failed { errors, .. } = answer {
                assert!(errors.iter().all(|e| e.position < bytes.len()), "{answer}");
            }
        }
        let accepted = reaction.answers.iter().filter(|a| matches!(a, Answer::Accepted { .. })).count();
        assert_eq!(reaction.accepted().len(), accepted, "what is accepted can be read");
        answers_can_be_sent(&reaction, sparte);
        assert_eq!(reaction, react(bytes, &context), "the same bytes, another reaction");
    }
}

/// Whatever is to be answered can be written, and the partner accepts it and reads what was meant.
fn answers_can_be_sent(reaction: &Reaction, sparte: Sparte) {
    let Some(partner) = reaction.address.as_ref().and_then(|a| a.sender.number.parse::<MpId>().ok()) else { return };
    let received = "2025-11-06T09:01:00Z".parse().unwrap();
    let mut outgoing: Vec<(TypedMessage, &str)> = reaction.contrl().map(|c| (c.into(), "2.0b")).into_iter().collect();
    for answer in &reaction.answers {
        if let (Answer::Failed { message, transaction, errors, .. }, Some(interchange)) = (answer, &reaction.interchange) {
            let vorfall = Geschaeftsvorfall { interchange, message: *message, transaction: *transaction };
            outgoing.push((Aperak::failing(vorfall, "DOC1", received, errors).unwrap().into(), "2.1i"));
        }
    }
    for (message, release) in outgoing {
        let envelope = Envelope {
            sender: "9999000002010".parse().unwrap(),
            receiver: partner,
            interchange_ref: "IC9".to_owned(),
            message_ref: "M9".to_owned(),
            prepared_at: received,
            berlin_offset_seconds: 3600,
            release: release.to_owned(),
        };
        let bytes = write(&message, &envelope).unwrap_or_else(|error| panic!("{error}: {message:?}"));
        let at_partner = react(&bytes, &receiver(&partner.to_string(), sparte, "2025-11-06T09:05:00Z"));
        assert_eq!(at_partner.accepted(), [message], "{at_partner}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_survived(bytes in vec(any::<u8>(), 0..300)) {
        holds_for(&bytes);
    }

    #[test]
    fn arbitrary_bytes_behind_a_header_are_survived(tail in vec(select(b"UNHTBGMDTZRFIE+:?'0123456789\n\xC3\xBC".to_vec()), 0..200)) {
        let mut bytes = b"UNA:+.? 'UNB+UNOC:3+9999000001012:500+9999000002010:500+251106:1000+IC1'".to_vec();
        bytes.extend(tail);
        holds_for(&bytes);
    }

    #[test]
    fn damaged_messages_are_survived(sample in any::<Index>(), damages in vec(damage(), 1..5)) {
        holds_for(&apply(SAMPLES[sample.index(SAMPLES.len())].clone(), &damages));
    }
}

#[test]
fn every_beginning_of_a_message_is_survived() {
    let whole = std::fs::read(root().join("sim/tests/broken/42_released_chars.edi")).unwrap();
    for end in 0..whole.len() {
        holds_for(&whole[..end]);
    }
}
