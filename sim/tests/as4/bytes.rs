//! Whole messages to bytes and back, and bytes that are no message.

use mako_sim::as4::{
    Digest, ErrorCode, ExchangeError, ReceiveError, Signal, Unwritable, decode_signal, decode_user_message, encode_signal,
    encode_user_message,
};
use proptest::prelude::*;

use crate::sample;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_message_comes_back_as_it_was(message in sample::any_message()) {
        let bytes = encode_user_message(&message).unwrap();
        prop_assert_eq!(encode_user_message(&message).unwrap(), bytes.clone());
        prop_assert_eq!(decode_user_message(&bytes).unwrap(), message);
    }

    #[test]
    fn a_signal_comes_back_as_it_was(signal in sample::any_signal()) {
        prop_assert_eq!(decode_signal(&encode_signal(&signal).unwrap()).unwrap(), signal);
    }

    #[test]
    fn arbitrary_bytes_are_refused_in_peace(bytes in prop::collection::vec(any::<u8>(), 0..2048)) {
        prop_assert!(decode_user_message(&bytes).is_err());
        prop_assert!(decode_signal(&bytes).is_err());
    }

    /// Damage keeps the decoders near the paths that random bytes never reach. What survives it can be written again.
    #[test]
    fn damaged_bytes_are_refused_or_are_another_message(
        message in sample::any_message(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 1..6),
    ) {
        let mut bytes = encode_user_message(&message).unwrap();
        for (at, byte, kind) in damage {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => { bytes.remove(at); }
            }
        }
        if let Ok(other) = decode_user_message(&bytes) {
            prop_assert!(encode_user_message(&other).is_ok());
        }
    }

    #[test]
    fn a_damaged_signal_never_panics(signal in sample::any_signal(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = encode_signal(&signal).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(other) = decode_signal(&bytes) {
            prop_assert!(encode_signal(&other).is_ok());
        }
    }
}

#[test]
fn a_mebibyte_comes_back_as_it_was() {
    let payload: Vec<u8> = (0u32..1 << 20).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let message = sample::message(&payload);
    assert_eq!(decode_user_message(&encode_user_message(&message).unwrap()).unwrap(), message);
}

#[test]
fn a_message_without_payload_is_an_envelope_alone() {
    let mut message = sample::message(b"");
    message.properties.clear();
    let bytes = encode_user_message(&message).unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains("multipart"));
    assert_eq!(decode_user_message(&bytes).unwrap(), message);
}

#[test]
fn the_bytes_are_those_of_the_profile() {
    let bytes = encode_user_message(&sample::message(b"UNA:+.? 'UNB")).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /as4 HTTP/1.1\r\n"));
    assert!(head.contains("\r\nContent-Type: multipart/related; boundary=\"mako-"));
    assert!(head.contains("type=\"application/soap+xml\""));
    for part in [
        "<eb:PartyId type=\"urn:oasis:names:tc:ebcore:partyid-type:unregistered:BDEW\">9900357000004</eb:PartyId>",
        "<eb:AgreementRef>https://www.bdew.de/as4/communication/agreement</eb:AgreementRef>",
        "<eb:Service>https://www.bdew.de/as4/communication/services/MP</eb:Service>",
        "<eb:Action>http://docs.oasis-open.org/ebxml-msg/as4/200902/action</eb:Action>",
        "<eb:ConversationId></eb:ConversationId>",
        "<eb:Property name=\"BDEWDocumentType\">UTILMD</eb:Property>",
        "<S12:Body/>",
        "\r\n\r\nUNA:+.? 'UNB\r\n--mako-",
    ] {
        assert!(body.contains(part), "{part} is missing in {body}");
    }
}

#[test]
fn the_digest_is_sha_256() {
    assert_eq!(Digest::of(b"abc").to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn what_xml_cannot_carry_is_refused_before_it_is_sent() {
    let mut message = sample::message(b"x");
    message.message_id = "a\u{1}b".to_owned();
    assert_eq!(encode_user_message(&message), Err(Unwritable::Character { field: "eb:MessageId", character: '\u{1}' }));
    message.message_id.clear();
    assert_eq!(encode_user_message(&message), Err(Unwritable::Empty { field: "eb:MessageId" }));
}

#[test]
fn a_refusal_names_the_message_and_the_code_to_answer_with() {
    let message = sample::message(b"x");
    let text = String::from_utf8(encode_user_message(&message).unwrap()).unwrap();
    let cases = [
        ("<eb:Service>https://www.bdew.de/as4/communication/services/MP", "<eb:Service>", ErrorCode::INVALID_HEADER),
        ("2025-12-23T15:00:00Z", "2025-12-23T15:00:00", ErrorCode::INVALID_HEADER),
        ("href=\"cid:payload", "href=\"cid:Payload", ErrorCode::MIME_INCONSISTENCY),
        ("href=\"cid:payload", "href=\"sid:payload", ErrorCode::VALUE_INCONSISTENT),
    ];
    for (from, to, code) in cases {
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let body = body.replace(from, to);
        let (start, _) = head.split_once("Content-Length").unwrap();
        let bytes = format!("{start}Content-Length: {}\r\n\r\n{body}", body.len());
        let Err(ReceiveError::Unreadable(error)) = decode_user_message(bytes.as_bytes()) else { panic!("{to} was accepted") };
        assert_eq!((error.code.clone(), error.ref_to_message_id.as_deref()), (code, Some(message.message_id.as_str())), "{error}");
        let signal = Signal::Error(error.error_signal(message.sent_at));
        assert_eq!(decode_signal(&encode_signal(&signal).unwrap()).unwrap(), signal);
    }
}

#[test]
fn a_receipt_of_another_handler_is_read() {
    // Other prefixes, a signature's references beside the payload's, white space in the digest.
    let body = "<?xml version='1.0'?>
        <env:Envelope xmlns:env='http://www.w3.org/2003/05/soap-envelope'><env:Header>
        <ns2:Messaging xmlns:ns2='http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/' env:mustUnderstand='true'>
        <ns2:SignalMessage><ns2:MessageInfo><ns2:Timestamp>2025-12-23T16:00:01.5+01:00</ns2:Timestamp>
        <ns2:MessageId>r@x</ns2:MessageId><ns2:RefToMessageId>m&amp;1</ns2:RefToMessageId></ns2:MessageInfo>
        <ns2:Receipt><NonRepudiationInformation xmlns='http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0'>
        <MessagePartNRInformation><Reference xmlns='http://www.w3.org/2000/09/xmldsig#' URI='#body'/></MessagePartNRInformation>
        <MessagePartNRInformation><Reference xmlns='http://www.w3.org/2000/09/xmldsig#' URI='cid:p'>
        <DigestMethod Algorithm='http://www.w3.org/2001/04/xmlenc#sha256'/>
        <DigestValue>ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/
        YfIAFa0=</DigestValue></Reference></MessagePartNRInformation>
        </NonRepudiationInformation></ns2:Receipt></ns2:SignalMessage></ns2:Messaging></env:Header><env:Body/></env:Envelope>";
    let response =
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\ncontent-type: Application/SOAP+xml;charset=utf-8\r\n\r\n{body}", body.len());
    let Signal::Receipt(receipt) = decode_signal(response.as_bytes()).unwrap() else { panic!("no receipt") };
    assert_eq!(receipt.ref_to_message_id, "m&1");
    assert_eq!(receipt.received_at.to_string(), "2025-12-23T15:00:01.5Z");
    assert_eq!(receipt.digest, Digest::of(b"abc"));
}

#[test]
fn an_answer_without_a_signal_is_never_a_receipt() {
    for (response, expected) in [
        ("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", None),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/soap+xml\r\n\r\n{}", None),
        ("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", Some(503)),
    ] {
        match (decode_signal(response.as_bytes()).unwrap_err(), expected) {
            (ExchangeError::MalformedAnswer(_), None) => {}
            (ExchangeError::HttpStatus { status }, Some(expected)) => assert_eq!(status, expected),
            (error, _) => panic!("{response}: {error}"),
        }
    }
}
