//! The syntax check: what is answered with CONTRL.
//!
//! [`check`] takes bytes to an [`Interchange`] or to the *first* error, in a fixed order: characters and separators of the envelope,
//! parties, completeness, counts and references, duplicates, and then message by message. One error drops the whole interchange
//! (APERAK AHB 1.1 § 1.3), so one is enough. Without a readable sender and reference nobody can be answered: [`Unreadable`].
//!
//! Codes are those of the CONTRL AHB (UCI, UCM, UCS, UCD, data element 0085). The PID belongs to the syntax check, too.
//! Where the market names no code for a case, the nearest of the list was chosen; these places say so.

mod characters;
mod envelope;
mod layout;
mod lengths;
mod message;

use std::fmt;

pub(super) use characters::{is_writable, repeatable};
pub(super) use lengths::too_long;

use super::interchange::{Address, Interchange};
use super::read;
use super::receive::ReceiveContext;

/// Which segment of a CONTRL reports the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Level {
    /// The interchange.
    #[serde(rename = "UCI")]
    Uci,
    /// A message.
    #[serde(rename = "UCM")]
    Ucm,
    /// A segment of a message.
    #[serde(rename = "UCS")]
    Ucs,
    /// An element of a segment.
    #[serde(rename = "UCD")]
    Ucd,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uci => "UCI",
            Self::Ucm => "UCM",
            Self::Ucs => "UCS",
            Self::Ucd => "UCD",
        })
    }
}

/// The message that an error is in, as CONTRL names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageAddress {
    /// Place in the interchange, from 0.
    pub index: usize,
    /// UNH 0062.
    pub reference: String,
    /// UNH S009 as components, such as `UTILMD`, `D`, `11A`, `UN`, `S2.1`.
    pub identifier: Vec<String>,
}

/// A reason to look at an interchange again by hand although it was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadLetter {
    /// The PID does not exist in the catalogue: the sender errs, or the catalogue is out of date.
    UnknownPid,
    /// The sender set the test flag towards a productive receiver.
    TestInterchange,
    /// No answer is possible.
    Unreadable,
}

/// The first error of an interchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Which CONTRL segment carries the code.
    pub level: Level,
    /// Data element 0085.
    pub code: u8,
    /// Data element 0135: the service segment in error at level UCI or UCM, otherwise the tag of the segment.
    pub segment: String,
    /// The message in error, below level UCI.
    pub message: Option<MessageAddress>,
    /// Place of the segment in its message, UNH being 1 (UCS 0096), at level UCS and UCD.
    pub segment_number: Option<usize>,
    /// Place of the element in its segment, the tag being 1 (UCD 0098), at level UCD.
    pub element_number: Option<usize>,
    /// Byte offset into the input; the length of the input when something is missing at its end.
    pub position: usize,
    /// What is wrong, in words.
    pub reason: String,
    /// Whether somebody should look at it.
    pub dead_letter: Option<DeadLetter>,
}

impl SyntaxError {
    fn uci(code: u8, segment: &str, position: usize, reason: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            level: Level::Uci,
            code,
            segment: segment.to_owned(),
            message: None,
            segment_number: None,
            element_number: None,
            position,
            reason: reason.into(),
            dead_letter: None,
        })
    }
}

impl fmt::Display for SyntaxError {
    /// The verdict first, as `CONTRL 4 UCI 28`, then place and reason.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CONTRL 4 {} {} at byte {}: {}", self.level, self.code, self.position, self.reason)
    }
}

/// An interchange that is refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Whom to tell, and about which interchange.
    pub address: Address,
    /// UNB 0035 is set.
    pub is_test: bool,
    /// The first message is a CONTRL: it is not answered, whatever is wrong with it.
    pub is_contrl: bool,
    /// Why.
    pub error: SyntaxError,
}

/// Bytes that nobody can be told about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Byte offset of the trouble.
    pub position: usize,
    /// What is wrong, in words.
    pub reason: String,
}

/// What the syntax check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyntaxVerdict {
    /// No error; this is what it says.
    Ok(Interchange),
    /// An error that is answered with CONTRL 4.
    Refused(Refusal),
    /// Sender or reference cannot be read, so no CONTRL is possible.
    Unreadable(Unreadable),
}

/// Checks `bytes` as the receiver in `context`.
#[must_use]
pub fn check(bytes: &[u8], context: &ReceiveContext<'_>) -> SyntaxVerdict {
    let unreadable = |position: usize, reason: &str| SyntaxVerdict::Unreadable(Unreadable { position, reason: reason.to_owned() });
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return unreadable(0, "there are no bytes");
    }
    let scan = read::scan(bytes);
    let Some(first) = scan.items.iter().position(|item| item.segment().is_some_and(|s| s.tag == "UNB")) else {
        return unreadable(scan.items.first().map_or(0, |i| i.bytes().start), "there is no UNB, so the sender is unknown");
    };
    let layout = layout::Layout::of(&scan, first);
    let address = layout.address();
    if address.sender.number.is_empty() || repeatable(&address.reference).is_empty() {
        return unreadable(layout.unb.bytes.start, "UNB names no sender, or no reference (0020) that could be repeated");
    }
    let is_test = layout.unb.text(10, 0) == "1";
    let is_contrl = layout.messages.first().is_some_and(|m| m.unh.text(1, 0) == "CONTRL");
    let verdict = envelope::check(bytes, &scan, first, &layout, context).and_then(|()| {
        let messages = message::check_all(bytes, &layout, context)?;
        Ok(Interchange { address: address.clone(), prepared: layout.prepared(), is_test, separators: scan.separators, messages })
    });
    match verdict {
        Ok(interchange) => SyntaxVerdict::Ok(interchange),
        Err(error) => SyntaxVerdict::Refused(Refusal { address, is_test, is_contrl, error: *error }),
    }
}
