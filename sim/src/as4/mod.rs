//! AS4 as two market participants see it: a user message goes out, a receipt or an error comes back on the same connection.
//!
//! What is promised: the bytes are those of the BDEW AS4 profile (one-way push, SOAP 1.2 with an empty body, one payload in its own
//! MIME part, synchronous receipt or error over HTTP/1.1), the same message always gives the same bytes, and a receipt counts only
//! when it names the message *and* the digest of the payload that was sent.
//!
//! What is **not** here, and is therefore not shown by any run over this layer: signatures, encryption, TLS, certificates, and the
//! gzip compression of the payload. A receipt carries the reference that a signature would cover, without the signature.
//! Nothing here retries, remembers duplicates or waits for a time limit: those are decisions, and belong to the participant.
//!
//! | file | what |
//! |---|---|
//! | [`message`] | user message, receipt, error signal, and the constants of the profile |
//! | [`error_code`] | the ebMS error codes and what a sender may conclude from each |
//! | [`soap`] | envelope and header, to and from XML |
//! | [`mime`] | `multipart/related` around envelope and payload |
//! | [`http`] | HTTP/1.1 framing over any byte stream |
//! | [`exchange`] | one exchange, from either side |
//!
//! Sources: BDEW AS4-Profil 1.1; OASIS ebMS 3.0 Core; OASIS AS4 Profile 1.0, section 5.1.8 (receipts).

pub mod error_code;
pub mod exchange;
pub mod http;
pub mod message;
pub mod mime;
pub mod soap;
mod xml;

pub use error_code::ErrorCode;
pub use exchange::{
    ExchangeError, ReceiveError, answer, decode_signal, decode_user_message, encode_signal, encode_user_message, receive, send,
};
pub use message::{Digest, ErrorSignal, PartyId, Receipt, Severity, Signal, UserMessage};
pub use soap::{Unreadable, Unwritable};
