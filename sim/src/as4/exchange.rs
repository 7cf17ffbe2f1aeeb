//! One exchange: a user message there, its receipt or error back, on one connection.
//!
//! The sender knows one of three things afterwards, and [`ExchangeError`] keeps them apart: the message **was received** (a receipt for
//! this id and these bytes, nothing less), it **was refused or never left**, or **nobody knows**. In the last case only sending the same
//! message again, under its old id, can tell; a receiver that had it recognises the id.
//!
//! The same bytes are at hand without a stream ([`encode_user_message`] and its three siblings), for a transport in memory.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use super::error_code::ErrorCode;
use super::http::{self, HttpError, Request, Response};
use super::message::{Digest, ErrorSignal, Receipt, Severity, Signal, UserMessage};
use super::mime;
use super::soap::{self, Unreadable, Unwritable};

/// Why a sender has no receipt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// No connection came about, so nothing was sent.
    #[error("no connection: {0}")]
    ConnectionRefused(io::ErrorKind),
    /// The connection ended before a whole answer; whether the message arrived is unknown.
    #[error("no answer, the message may have arrived: {0}")]
    NoAnswer(HttpError),
    /// The partner answered with an ebMS error.
    #[error("refused with {}: {}", .0.code, .0.detail)]
    Refused(ErrorSignal),
    /// Something answered, such as a proxy, with a status and no ebMS signal.
    #[error("HTTP status {status} instead of a receipt")]
    HttpStatus {
        /// The status.
        status: u16,
    },
    /// What came back is no answer; whether the message arrived is unknown.
    #[error("an answer that cannot be read, the message may have arrived: {0}")]
    MalformedAnswer(String),
    /// The answer is about another message or other bytes, and so proves nothing about this one.
    #[error("the answer is about {answered_id} with digest {answered_digest:?}, sent was {sent_id} with digest {sent_digest}")]
    WrongReceipt {
        /// The id that was sent.
        sent_id: String,
        /// The digest of the payload that was sent.
        sent_digest: Digest,
        /// The id in the answer.
        answered_id: String,
        /// The digest in the answer; an error signal has none.
        answered_digest: Option<Digest>,
    },
    /// The message cannot be put on the wire; nothing was sent.
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
}

impl ExchangeError {
    /// What a failed attempt to connect means.
    #[must_use]
    pub fn connecting(error: &io::Error) -> Self {
        Self::ConnectionRefused(error.kind())
    }

    /// Whether the same message would fail again however often it is sent.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Refused(error) => error.code.is_permanent(),
            Self::Unwritable(_) => true,
            // A status without a signal is the opinion of something in between, and may be its own trouble.
            Self::HttpStatus { .. }
            | Self::ConnectionRefused(_)
            | Self::NoAnswer(_)
            | Self::MalformedAnswer(_)
            | Self::WrongReceipt { .. } => false,
        }
    }

    /// Whether the receiver may have the message all the same.
    #[must_use]
    pub fn may_have_arrived(&self) -> bool {
        match self {
            Self::NoAnswer(_) | Self::HttpStatus { .. } | Self::MalformedAnswer(_) | Self::WrongReceipt { .. } => true,
            Self::Refused(error) => error.code == ErrorCode::DUPLICATE || error.severity == Severity::Warning,
            Self::ConnectionRefused(_) | Self::Unwritable(_) => false,
        }
    }
}

/// Why a receiver has no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// The connection ended before a whole request; there is nobody to answer.
    #[error(transparent)]
    Connection(HttpError),
    /// A request came that is no message; [`Unreadable::error_signal`] is the answer.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

impl From<HttpError> for ReceiveError {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::Closed | HttpError::Cut { .. } | HttpError::Failed(_) => Self::Connection(error),
            HttpError::HeadTooLong | HttpError::BodyTooLong { .. } | HttpError::Malformed(_) => {
                Self::Unreadable(Unreadable::new(ErrorCode::MIME_INCONSISTENCY, error.to_string()))
            }
        }
    }
}

impl Signal {
    /// The receipt, or the refusal as an error.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Refused`] when the signal is an error.
    pub fn into_receipt(self) -> Result<Receipt, ExchangeError> {
        match self {
            Self::Receipt(receipt) => Ok(receipt),
            Self::Error(error) => Err(ExchangeError::Refused(error)),
        }
    }

    /// The signal, if it is an answer to `message`: a receipt must name its id and the digest of its payload, an error must not name
    /// another id.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::WrongReceipt`] when it is about something else.
    pub fn answering(self, message: &UserMessage) -> Result<Self, ExchangeError> {
        let (answered_id, answered_digest) = match &self {
            Self::Receipt(receipt) => (Some(&receipt.ref_to_message_id), Some(receipt.digest)),
            Self::Error(error) => (error.ref_to_message_id.as_ref(), None),
        };
        let sent_digest = Digest::of(&message.payload);
        let id_fits = answered_id.is_none_or(|id| *id == message.message_id);
        if id_fits && answered_digest.is_none_or(|digest| digest == sent_digest) {
            return Ok(self);
        }
        let answered_id = answered_id.cloned().unwrap_or_default();
        Err(ExchangeError::WrongReceipt { sent_id: message.message_id.clone(), sent_digest, answered_id, answered_digest })
    }
}

/// Sends `message` over a fresh connection and waits for its answer, for as long as the stream lives.
///
/// # Errors
///
/// When there is no answer to this very message. An error signal *is* an answer: see [`Signal::into_receipt`].
pub async fn send<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, message: &UserMessage) -> Result<Signal, ExchangeError> {
    let request = request(message)?;
    http::write_request(stream, &request).await.map_err(|error| ExchangeError::NoAnswer(error.into()))?;
    let response = http::read_response(stream).await.map_err(no_response)?;
    signal(&response)?.answering(message)
}

/// Reads the user message that comes over a fresh connection.
///
/// # Errors
///
/// When the connection ends first, or what comes is no user message.
pub async fn receive<S: AsyncRead + Unpin>(stream: &mut S) -> Result<UserMessage, ReceiveError> {
    user_message(&http::read_request(stream).await?)
}

/// Answers the user message that came over `stream`, and closes it for writing.
///
/// # Errors
///
/// When the stream fails ([`ExchangeError::NoAnswer`]: the sender may have the answer or not), or the signal cannot be written.
pub async fn answer<S: AsyncWrite + Unpin>(stream: &mut S, signal: &Signal) -> Result<(), ExchangeError> {
    let response = response(signal)?;
    http::write_response(stream, &response).await.map_err(|error| ExchangeError::NoAnswer(error.into()))?;
    // The whole answer is on its way; a peer that hung up after reading it is no failure.
    let _ = stream.shutdown().await;
    Ok(())
}

/// The whole HTTP request that carries `message`: the same bytes as [`send`] writes.
///
/// # Errors
///
/// When a field holds what the wire cannot carry.
pub fn encode_user_message(message: &UserMessage) -> Result<Vec<u8>, Unwritable> {
    Ok(http::encode_request(&request(message)?))
}

/// The user message in the bytes of a whole HTTP request.
///
/// # Errors
///
/// As [`receive`].
pub fn decode_user_message(bytes: &[u8]) -> Result<UserMessage, ReceiveError> {
    user_message(&http::decode_request(bytes)?)
}

/// The whole HTTP response that carries `signal`: the same bytes as [`answer`] writes.
///
/// # Errors
///
/// When a field holds what the wire cannot carry.
pub fn encode_signal(signal: &Signal) -> Result<Vec<u8>, Unwritable> {
    Ok(http::encode_response(&response(signal)?))
}

/// The signal in the bytes of a whole HTTP response. Whether it answers what was sent, [`Signal::answering`] tells.
///
/// # Errors
///
/// When the bytes are no ebMS signal.
pub fn decode_signal(bytes: &[u8]) -> Result<Signal, ExchangeError> {
    signal(&http::decode_response(bytes).map_err(no_response)?)
}

fn request(message: &UserMessage) -> Result<Request, Unwritable> {
    let packed = if message.payload.is_empty() && message.properties.is_empty() {
        mime::pack_envelope(&soap::write_user_message(message, None)?)
    } else {
        let href = format!("cid:{}", mime::payload_content_id(&message.message_id));
        mime::pack(&message.message_id, &soap::write_user_message(message, Some(&href))?, &message.payload)
    };
    Ok(Request { content_type: packed.content_type, body: packed.body })
}

fn user_message(request: &Request) -> Result<UserMessage, ReceiveError> {
    let unpacked = mime::unpack(&request.content_type, &request.body)?;
    let soap::Header { mut message, payload_href } = soap::read_user_message(unpacked.envelope)?;
    let payload = match (&payload_href, unpacked.parts.as_slice()) {
        (None, []) => Some(&[] as &[u8]),
        (Some(href), [part]) if href.strip_prefix("cid:") == part.content_id.as_deref() => Some(part.bytes),
        _ => None,
    };
    let Some(payload) = payload else {
        let found: Vec<_> = unpacked.parts.iter().map(|part| part.content_id.as_deref().unwrap_or("(unnamed)")).collect();
        let what = format!("the header refers to {payload_href:?}, the body has the parts {found:?}");
        let ref_to_message_id = Some(message.message_id);
        return Err(Unreadable { ref_to_message_id, ..Unreadable::new(ErrorCode::MIME_INCONSISTENCY, what) }.into());
    };
    message.payload = payload.to_vec();
    Ok(message)
}

/// Receipts and errors alike travel with status 200: the exchange worked, the answer is in the envelope.
fn response(signal: &Signal) -> Result<Response, Unwritable> {
    let packed = mime::pack_envelope(&soap::write_signal(signal)?);
    Ok(Response { status: 200, content_type: packed.content_type, body: packed.body })
}

fn signal(response: &Response) -> Result<Signal, ExchangeError> {
    let found = mime::unpack(&response.content_type, &response.body).and_then(|unpacked| soap::read_signal(unpacked.envelope));
    found.map_err(|error| match response.status {
        200..=299 => ExchangeError::MalformedAnswer(error.to_string()),
        status => ExchangeError::HttpStatus { status },
    })
}

fn no_response(error: HttpError) -> ExchangeError {
    match error {
        HttpError::Closed | HttpError::Cut { .. } | HttpError::Failed(_) => ExchangeError::NoAnswer(error),
        HttpError::HeadTooLong | HttpError::BodyTooLong { .. } | HttpError::Malformed(_) => {
            ExchangeError::MalformedAnswer(error.to_string())
        }
    }
}
