//! Values to bytes: one message in one interchange, in the shape in which the market sends it.
//!
//! Counts, references and release characters are right by construction; what cannot be written (a character outside UNOC, a field that
//! is too long or missing) is an error, never a silently changed message. Instants are cut to minutes: the wire knows no seconds. The
//! Vorgang's segments come in the order of the UTILMD Nachrichtenbeschreibung; parts that carry no decision (the SEQ groups of 55001
//! and 55002) are written in a fixed form.

mod bodies;
mod render;

use mako_engine::Timestamp;
use mako_engine::version::directory_of;

use super::identifier::MpId;
use super::message::TypedMessage;
use super::pid::Pid;
use super::wire_time::format_unb;
use bodies::{aperak_body, contrl_body, other_body, utilmd_body};
use render::{render, seg};

/// Everything around a message that is decided when it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Who sends.
    pub sender: MpId,
    /// To whom.
    pub receiver: MpId,
    /// UNB 0020, at most 14 capitals and digits, never used before.
    pub interchange_ref: String,
    /// UNH 0062, at most 14 characters.
    pub message_ref: String,
    /// The instant of writing: DTM+137 in UTC, UNB 0017/0019 in Berlin time.
    pub prepared_at: Timestamp,
    /// How many seconds Berlin is ahead of UTC at that instant.
    pub berlin_offset_seconds: i32,
    /// UNH 0057, the release in force at the instant of sending.
    pub release: String,
}

/// Why a message cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The PID, or the message type, has no written form here.
    #[error("{what} cannot be written: there is no form for it")]
    NoForm {
        /// The PID or the message type.
        what: String,
    },
    /// The PID demands a segment that the value does not fill.
    #[error("{pid} needs {segment}, which is not set")]
    Missing {
        /// The PID.
        pid: Pid,
        /// Tag and qualifier.
        segment: String,
    },
    /// A text has no place in the message: empty, too long, or with characters outside UNOC.
    #[error("{segment}: `{text}` cannot be written: {reason}")]
    Unwritable {
        /// Tag of the segment.
        segment: String,
        /// The text.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// The bytes of an interchange that carries `message` alone. An [`OtherMessage`](super::message::OtherMessage) that was read keeps its
/// own DTM+137 and parties; all others, and one that an [`Auftrag`](super::Auftrag) made, take them from `envelope`.
///
/// # Errors
/// See [`WriteError`]; nothing is written partly.
pub fn write(message: &TypedMessage, envelope: &Envelope) -> Result<Vec<u8>, WriteError> {
    let (name, body) = match message {
        TypedMessage::Utilmd(utilmd) => ("UTILMD", utilmd_body(utilmd, envelope)?),
        TypedMessage::Aperak(aperak) => ("APERAK", aperak_body(aperak, envelope)?),
        TypedMessage::Contrl(contrl) => ("CONTRL", contrl_body(contrl)?),
        TypedMessage::Other(other) => (other.message_type.as_str(), other_body(other, envelope)?),
    };
    let no_form = || WriteError::NoForm { what: name.to_owned() };
    let directory = directory_of(name).ok_or_else(no_form)?;
    let (date, time) = format_unb(envelope.prepared_at, envelope.berlin_offset_seconds);
    let party = |id: MpId| format!("{id}:{}", id.issuer().unb_qualifier());
    let mut unh: Vec<&str> = std::iter::once(name).chain(directory.split(':')).collect();
    unh.extend(["UN", envelope.release.as_str()]);
    let mut all = vec![
        seg("UNB", &["UNOC:3", &party(envelope.sender), &party(envelope.receiver), &format!("{date}:{time}")])
            .with(&[&envelope.interchange_ref]),
        seg("UNH", &[]).with(&[&envelope.message_ref]).with(&unh),
    ];
    let count = (body.len() + 2).to_string();
    all.extend(body);
    all.push(seg("UNT", &[&count]).with(&[&envelope.message_ref]));
    all.push(seg("UNZ", &["1"]).with(&[&envelope.interchange_ref]));
    references(envelope)?;
    // What was read may hold empty components that its sender meant; what is built here may not.
    render(&all, !matches!(message, TypedMessage::Other(_)))
}

fn references(envelope: &Envelope) -> Result<(), WriteError> {
    let refuse =
        |segment: &str, text: &str, reason| Err(WriteError::Unwritable { segment: segment.to_owned(), text: text.to_owned(), reason });
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    for (segment, reference) in [("UNB", &envelope.interchange_ref), ("UNH", &envelope.message_ref)] {
        if reference.is_empty() || reference.len() > 14 || !plain(reference) {
            return refuse(segment, reference, "a reference is 1 to 14 capitals and digits");
        }
    }
    if envelope.release.is_empty() || envelope.release.len() > 6 {
        return refuse("UNH", &envelope.release, "a release is 1 to 6 characters");
    }
    Ok(())
}
