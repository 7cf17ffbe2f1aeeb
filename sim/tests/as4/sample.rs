//! Messages and signals to test with.

use mako_engine::Timestamp;
use mako_sim::as4::{ErrorCode, ErrorSignal, PartyId, Receipt, Severity, Signal, UserMessage};
use proptest::prelude::*;

/// A UTILMD from a Lieferant to a Netzbetreiber.
pub fn message(payload: &[u8]) -> UserMessage {
    let mut message = UserMessage::interchange(
        "e7c0f1f6-0001@lieferant.example",
        "2025-12-23T15:00:00Z".parse().unwrap(),
        PartyId::market("9900357000004"),
        PartyId::market("9907248000001"),
        payload.to_vec(),
    );
    message.properties = vec![("BDEWDocumentType".to_owned(), "UTILMD".to_owned()), ("BDEWDocumentNo".to_owned(), "ABC1".to_owned())];
    message
}

/// The receipt for [`message`], one second later.
pub fn receipt(message: &UserMessage) -> Receipt {
    message.receipt("2025-12-23T15:00:01Z".parse().unwrap())
}

/// Text that XML can carry, with what XML finds special over-represented.
pub fn text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
            3 => prop::sample::select(vec!['<', '>', '&', '"', '\'', ' ', '\t', '\r', '\n', ']', ';', '%', '@', 'ä', '€', '\u{FFFD}']),
    2 => prop::char::range('\u{20}', '\u{D7FF}'),
            1 => prop::char::range('\u{E000}', '\u{FFFD}'),
            1 => prop::char::range('\u{10000}', '\u{10FFFF}'),
        ];
    prop::collection::vec(character, 1..24).prop_map(String::from_iter)
}

/// Payload bytes, many of them looking like the wire around them.
pub fn payload() -> impl Strategy<Value = Vec<u8>> {
    let wire =
        prop::sample::select(vec![&b"\r\n"[..], b"--", b"\r\n--mako-", b"\0", b"--\r\n", b"\r\n\r\n", b"<eb:Messaging>", b"\xFF\xFE"]);
    let chunk = prop_oneof![wire.prop_map(<[u8]>::to_vec), prop::collection::vec(any::<u8>(), 0..64)];
    prop::collection::vec(chunk, 0..12).prop_map(|chunks| chunks.concat())
}

/// Any user message that the wire can carry.
pub fn any_message() -> impl Strategy<Value = UserMessage> {
    let properties = prop::collection::vec((text(), text()), 0..4);
    let parties = (text(), text(), text(), text());
    (text(), instant(), parties, (text(), text(), text(), text()), properties, payload()).prop_map(
        |(message_id, sent_at, (from, from_type, to, to_type), (service, action, agreement, conversation_id), properties, payload)| {
            UserMessage {
                message_id,
                sent_at,
                from: PartyId { id: from, id_type: from_type },
                to: PartyId { id: to, id_type: to_type },
                service,
                action,
                agreement,
                conversation_id,
                properties,
                payload,
            }
        },
    )
}

/// Any receipt or error that the wire can carry.
pub fn any_signal() -> impl Strategy<Value = Signal> {
    let receipt = (text(), instant(), payload()).prop_map(|(ref_to_message_id, received_at, payload)| {
        let digest = mako_sim::as4::Digest::of(&payload);
        Signal::Receipt(Receipt { ref_to_message_id, received_at, digest })
    });
    let code = prop_oneof![Just(ErrorCode::DUPLICATE), Just(ErrorCode::OTHER), text().prop_map(|code| ErrorCode::from_wire(&code))];
    let severity = prop::sample::select(vec![Severity::Warning, Severity::Failure]);
    let error = (code, prop::option::of(text()), severity, instant(), prop_oneof![Just(String::new()), text()]).prop_map(
        |(code, ref_to_message_id, severity, raised_at, detail)| {
            Signal::Error(ErrorSignal { code, ref_to_message_id, severity, raised_at, detail })
        },
    );
    prop_oneof![receipt, error]
}

fn instant() -> impl Strategy<Value = Timestamp> {
    (0i64..4_102_444_800_000).prop_map(Timestamp::from_unix_ms)
}
