//! Exchanges over a pipe: in small pieces, cut anywhere, or answered wrongly.

use mako_sim::as4::http::{BODY_LIMIT_BYTES, HEAD_LIMIT_BYTES, HttpError};
use mako_sim::as4::{
    ErrorCode, ExchangeError, ReceiveError, Severity, Signal, UserMessage, answer, encode_signal, encode_user_message, receive, send,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

use crate::sample;

#[tokio::test]
async fn an_exchange_works_byte_by_byte() {
    let message = sample::message(b"UNA:+.? '\r\n--mako-\0");
    let (mut client, mut server) = duplex(1);
    let receiver = async {
        let received = receive(&mut server).await.unwrap();
        answer(&mut server, &Signal::Receipt(sample::receipt(&received))).await.unwrap();
        received
    };
    let (sent, received) = tokio::join!(send(&mut client, &message), receiver);
    assert_eq!(sent, Ok(Signal::Receipt(sample::receipt(&message))));
    assert_eq!(received, message);
}

#[tokio::test]
async fn a_stream_carries_the_same_bytes_as_the_pure_functions() {
    let message = sample::message(b"payload");
    let receipt = Signal::Receipt(sample::receipt(&message));
    let (mut client, mut server) = duplex(1 << 16);
    let expected = encode_user_message(&message).unwrap();
    let recorder = async {
        let mut bytes = vec![0; expected.len()];
        server.read_exact(&mut bytes).await.unwrap();
        server.write_all(&encode_signal(&receipt).unwrap()).await.unwrap();
        bytes
    };
    let (sent, bytes) = tokio::join!(send(&mut client, &message), recorder);
    assert_eq!(bytes, expected);
    assert_eq!(sent, Ok(receipt));
}

#[tokio::test]
async fn an_answer_that_is_cut_anywhere_leaves_the_outcome_unknown() {
    let message = sample::message(b"payload");
    let whole = encode_signal(&Signal::Receipt(sample::receipt(&message))).unwrap();
    for length in 0..whole.len() {
        let error = send_and_answer_bytes(&message, &whole[..length]).await.unwrap_err();
        assert!(matches!(error, ExchangeError::NoAnswer(HttpError::Closed | HttpError::Cut { .. })), "{length} bytes: {error}");
        assert!(error.may_have_arrived() && !error.is_permanent());
    }
}

#[tokio::test]
async fn a_request_that_is_cut_anywhere_is_no_message() {
    let whole = encode_user_message(&sample::message(b"payload")).unwrap();
    for length in 0..whole.len() {
        let error = receive(&mut &whole[..length]).await.unwrap_err();
        assert!(matches!(error, ReceiveError::Connection(HttpError::Closed | HttpError::Cut { .. })), "{length} bytes: {error}");
    }
    assert!(receive(&mut &whole[..]).await.is_ok());
}

#[tokio::test]
async fn a_receipt_for_other_bytes_or_another_message_is_no_receipt() {
    let message = sample::message(b"payload");
    let mut other_bytes = sample::receipt(&message);
    other_bytes.digest = mako_sim::as4::Digest::of(b"Payload");
    let mut other_message = sample::receipt(&message);
    other_message.ref_to_message_id.push('x');
    for receipt in [other_bytes, other_message] {
        let bytes = encode_signal(&Signal::Receipt(receipt)).unwrap();
        let error = send_and_answer_bytes(&message, &bytes).await.unwrap_err();
        assert!(matches!(error, ExchangeError::WrongReceipt { .. }), "{error}");
        assert!(error.may_have_arrived() && !error.is_permanent());
    }
}

#[tokio::test]
async fn an_error_signal_is_permanent_or_transient_by_its_code() {
    let message = sample::message(b"payload");
    for (code, permanent) in [(ErrorCode::FAILED_AUTHENTICATION, true), (ErrorCode::OTHER, false), (ErrorCode::from_wire("X:1"), false)] {
        let signal = mako_sim::as4::ErrorSignal {
            code,
            ref_to_message_id: Some(message.message_id.clone()),
            severity: Severity::Failure,
            raised_at: message.sent_at,
            detail: "no <reason>".to_owned(),
        };
        let answered = send_and_answer_bytes(&message, &encode_signal(&Signal::Error(signal.clone())).unwrap()).await.unwrap();
        let error = answered.into_receipt().unwrap_err();
        assert_eq!(error, ExchangeError::Refused(signal));
        assert_eq!(error.is_permanent(), permanent);
        assert!(!error.may_have_arrived());
    }
}

#[tokio::test]
async fn an_error_about_another_message_is_not_taken_for_ours() {
    let message = sample::message(b"payload");
    let mut error = mako_sim::as4::ErrorSignal {
        code: ErrorCode::OTHER,
        ref_to_message_id: Some("another".to_owned()),
        severity: Severity::Failure,
        raised_at: message.sent_at,
        detail: String::new(),
    };
    let bytes = encode_signal(&Signal::Error(error.clone())).unwrap();
    assert!(matches!(send_and_answer_bytes(&message, &bytes).await, Err(ExchangeError::WrongReceipt { .. })));
    // A receiver that could not read the id answers on this connection all the same.
    error.ref_to_message_id = None;
    let signal = Signal::Error(error);
    assert_eq!(send_and_answer_bytes(&message, &encode_signal(&signal).unwrap()).await, Ok(signal));
}

#[tokio::test]
async fn heads_and_bodies_are_bounded_and_lengths_must_be_plain() {
    let long_head = format!("POST /as4 HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(HEAD_LIMIT_BYTES));
    let long_body = format!("POST /as4 HTTP/1.1\r\nContent-Length: {}\r\n\r\n", BODY_LIMIT_BYTES + 1);
    for request in [
        long_head.as_str(),
        &long_body,
        "POST /as4 HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        "POST /as4 HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST /as4 HTTP/1.1\r\nContent-Length: \r\n\r\n",
        "POST /as4 HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST /as4 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /as4 HTTP/1.1\r\n\r\n",
        "GET /as4 HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        "POST /as4 HTTP/1.1\n\nX\r\n\r\n",
    ] {
        let error = receive(&mut request.as_bytes()).await.unwrap_err();
        assert!(matches!(error, ReceiveError::Unreadable(_)), "{request:.60}: {error}");
    }
}

/// Sends `message` to a peer that reads it whole, answers with `bytes` and hangs up.
async fn send_and_answer_bytes(message: &UserMessage, bytes: &[u8]) -> Result<Signal, ExchangeError> {
    let (mut client, mut server) = duplex(1 << 16);
    let receiver = async {
        receive(&mut server).await.unwrap();
        server.write_all(bytes).await.unwrap();
        drop(server);
    };
    tokio::join!(send(&mut client, message), receiver).0
}
