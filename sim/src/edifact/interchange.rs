//! What one interchange says, free of its encoding: envelope, messages, transactions, segments.
//!
//! These types are produced by [`syntax::check`](super::syntax::check) and hold only what passed it; they borrow nothing. Values are
//! text as the sender wrote it (release characters removed), positions are byte offsets into the bytes that were read, so that a
//! person can find the place in the original file. Absent elements read as the empty text: EDIFACT does not tell the two apart.

use std::ops::Range;

use mako_engine::Timestamp;

use super::Sparte;
use super::identifier::MpId;
use super::pid::Pid;
use super::wire_time;

/// The characters that separate, as announced by UNA or by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Separators {
    /// Between components of one element, `:`.
    pub component: u8,
    /// Between elements, `+`.
    pub element: u8,
    /// Takes the meaning from the character after it, `?`.
    pub release: u8,
    /// Ends a segment, `'`.
    pub terminator: u8,
    /// Whether UNA stood in the file.
    pub announced: bool,
}

/// One element: its components, and where it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// The components in order; at least one.
    pub components: Vec<String>,
    /// Byte offset of the element.
    pub position: usize,
}

/// One segment: its tag, its elements, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Three capitals, such as `DTM`.
    pub tag: String,
    /// The elements after the tag.
    pub elements: Vec<Element>,
    /// The bytes of the segment, terminator included.
    pub bytes: Range<usize>,
}

impl Segment {
    /// Component `component` of element `element`, both counted from 0 without the tag; empty when absent.
    #[must_use]
    pub fn text(&self, element: usize, component: usize) -> &str {
        self.elements.get(element).and_then(|e| e.components.get(component)).map_or("", String::as_str)
    }

    /// Whether the segment has this tag and this qualifier (the first component of its first element).
    #[must_use]
    pub fn is(&self, tag: &str, qualifier: &str) -> bool {
        self.tag == tag && self.text(0, 0) == qualifier
    }

    /// Byte offset of element `element`, or of the segment when it has fewer.
    #[must_use]
    pub fn position_of(&self, element: usize) -> usize {
        self.elements.get(element).map_or(self.bytes.start, |e| e.position)
    }
}

/// A segment without its place: what it says, to be kept or written.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlainSegment {
    /// Three capitals, such as `DTM`.
    pub tag: String,
    /// The elements after the tag, each as its components.
    pub elements: Vec<Vec<String>>,
}

impl From<&Segment> for PlainSegment {
    fn from(segment: &Segment) -> Self {
        Self { tag: segment.tag.clone(), elements: segment.elements.iter().map(|element| element.components.clone()).collect() }
    }
}

/// The first segment with this tag and qualifier.
#[must_use]
pub fn find<'a>(segments: &'a [Segment], tag: &str, qualifier: &str) -> Option<&'a Segment> {
    segments.iter().find(|s| s.is(tag, qualifier))
}

/// A party of the envelope as written: number and UNB 0007 qualifier.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// UNB 0004 or 0010.
    pub number: String,
    /// UNB 0007.
    pub qualifier: String,
}

impl From<MpId> for Party {
    fn from(id: MpId) -> Self {
        Self { number: id.to_string(), qualifier: id.issuer().unb_qualifier().to_owned() }
    }
}

/// The address of an interchange: all that a CONTRL needs to answer it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Who sent it; not checked.
    pub sender: Party,
    /// To whom it is addressed; not checked.
    pub receiver: Party,
    /// UNB 0020.
    pub reference: String,
}

/// One interchange, UNB to UNZ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interchange {
    /// Sender, receiver and reference as written.
    pub address: Address,
    /// UNB 0017 and 0019, such as `251106:1000`. Its time zone is not settled by the market, so it stays opaque.
    pub prepared: String,
    /// UNB 0035 is set: not for production.
    pub is_test: bool,
    /// The separators that were used.
    pub separators: Separators,
    /// The messages in order; at least one after the syntax check.
    pub messages: Vec<Message>,
}

/// One message, UNH to UNT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// UNH 0062.
    pub reference: String,
    /// UNH S009 0065, such as `UTILMD`.
    pub message_type: String,
    /// UNH S009 0052 and 0054, such as `D:11A`.
    pub directory: String,
    /// UNH S009 0057, such as `S2.1`.
    pub release: String,
    /// The PID of the message, or of its first transaction; `None` for APERAK and CONTRL.
    pub pid: Option<Pid>,
    /// BGM 1004, the document number; empty when there is no BGM.
    pub document: String,
    /// BGM 1001, the document code, such as `E01` or `312`.
    pub document_code: String,
    /// The Vorgänge of a message that has IDE+24, in order; empty for other messages.
    pub transactions: Vec<Transaction>,
    /// All segments from UNH to UNT.
    pub segments: Vec<Segment>,
}

/// The Sparte that a release names: `S2.1` is Strom, `G1.1` is Gas, `2.1i` is neither.
pub(super) fn sparte_of_release(release: &str) -> Option<Sparte> {
    match release.chars().next() {
        Some('S') => Some(Sparte::Strom),
        Some('G') => Some(Sparte::Gas),
        _ => None,
    }
}

/// One Vorgang of a message: IDE+24 and what follows until the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// IDE 7402, the Vorgangsnummer.
    pub vorgang: String,
    /// RFF+Z13 inside the Vorgang.
    pub pid: Option<Pid>,
    /// Its segments as a range of [`Message::segments`], IDE included.
    pub range: Range<usize>,
}

impl Message {
    /// The Sparte of the message, which may differ from the receiver's: UTILMD names it in the first letter of its release, other
    /// types serve both and take `receiver`.
    #[must_use]
    pub fn sparte(&self, receiver: Sparte) -> Sparte {
        sparte_of_release(&self.release).unwrap_or(receiver)
    }

    /// Byte offset of UNH.
    #[must_use]
    pub fn position(&self) -> usize {
        self.segments.first().map_or(0, |s| s.bytes.start)
    }

    /// The segments before the first Vorgang: all of them when the message has none.
    #[must_use]
    pub fn header(&self) -> &[Segment] {
        let end = self.transactions.first().map_or(self.segments.len(), |t| t.range.start);
        self.segments.get(..end).unwrap_or(&[])
    }

    /// The segments of Vorgang number `transaction`; empty when there is no such Vorgang.
    #[must_use]
    pub fn transaction_segments(&self, transaction: usize) -> &[Segment] {
        self.transactions.get(transaction).and_then(|t| self.segments.get(t.range.clone())).unwrap_or(&[])
    }

    /// The instant in DTM+137, when the message has one that can be read.
    #[must_use]
    pub fn document_time(&self) -> Option<Timestamp> {
        find(self.header(), "DTM", "137").and_then(|dtm| wire_time::parse_303(dtm.text(0, 1)))
    }

    /// Whether the message acknowledges other messages and is therefore not acknowledged itself by APERAK.
    #[must_use]
    pub fn is_acknowledgement(&self) -> bool {
        matches!(self.message_type.as_str(), "APERAK" | "CONTRL")
    }
}
