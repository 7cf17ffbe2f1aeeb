//! Bytes to segments, with faults kept as data.
//!
//! The tokeniser is `edifact-rs`, in its recovering mode: a segment it refuses becomes a [`Fault`] and reading goes on, so that the
//! syntax check can still name sender and reference of a damaged interchange. Bytes are read as ISO 8859-1 (every byte is a
//! character there), so this never fails; whether the *right* characters were used is for [`super::syntax`] to say. All positions
//! are offsets into the bytes given, not into the decoded text.
//!
//! When UNA announces separators under which no UNB can be read, the default separators are tried, so that the sender can be told.

use std::ops::Range;

use edifact_rs::recover::Scanned;
use edifact_rs::{Charset, EdifactError, ReaderConfig, RecoveryConfig, ServiceStringAdvice, scan_recovering};

use super::interchange::{Element, Segment, Separators};

/// The mark that some editors put before UTF-8 text.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
/// `UNA` and its six characters.
const UNA_LENGTH: usize = 9;

/// One thing found between two segment terminators.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item {
    Segment(Segment),
    Fault(Fault),
}

impl Item {
    pub(super) fn bytes(&self) -> &Range<usize> {
        match self {
            Self::Segment(segment) => &segment.bytes,
            Self::Fault(fault) => &fault.bytes,
        }
    }

    pub(super) fn segment(&self) -> Option<&Segment> {
        match self {
            Self::Segment(segment) => Some(segment),
            Self::Fault(_) => None,
        }
    }
}

/// Bytes that are no segment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fault {
    pub(super) kind: FaultKind,
    pub(super) bytes: Range<usize>,
}

/// What is wrong with bytes that are no segment.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum FaultKind {
    /// A terminator with nothing before it.
    Empty,
    /// The bytes up to the first separator are no three capitals.
    NoTag(String),
    /// The bytes end before the terminator.
    Unterminated,
    /// The bytes end with a release character.
    DanglingRelease,
    /// Longer or more than this reader accepts.
    Limit(String),
}

/// All that was found, in order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scan {
    pub(super) items: Vec<Item>,
    pub(super) separators: Separators,
    /// The file starts with a byte order mark.
    pub(super) has_mark: bool,
    /// UNA is unusable: its characters clash, or nothing can be read with them.
    pub(super) una_is_wrong: bool,
    /// Where a second UNA stands.
    pub(super) second_una: Option<usize>,
    /// Where the scan began: after the mark and UNA.
    pub(super) start: usize,
    /// Number of bytes given.
    pub(super) length: usize,
}

/// Reads `bytes`; never fails, never panics.
pub(super) fn scan(bytes: &[u8]) -> Scan {
    let has_mark = bytes.starts_with(BYTE_ORDER_MARK);
    let from = if has_mark { BYTE_ORDER_MARK.len() } else { 0 };
    let body = bytes.get(from..).unwrap_or(&[]);
    let blank = body.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let una = body.get(blank..blank + UNA_LENGTH).filter(|head| head.starts_with(b"UNA"));
    let after_una = from + blank + if una.is_some() { UNA_LENGTH } else { 0 };
    let rest = bytes.get(after_una..).unwrap_or(&[]);

    let announced = una.map(ServiceStringAdvice::from_bytes);
    let scan_with = |advice: ServiceStringAdvice, announced: bool, una_is_wrong: bool| Scan {
        items: items(rest, after_una, advice),
        separators: separators(advice, announced),
        has_mark,
        una_is_wrong,
        second_una: una.and_then(|_| second_una(rest)).map(|at| after_una + at),
        start: after_una,
        length: bytes.len(),
    };
    match announced {
        None => scan_with(ServiceStringAdvice::default(), false, false),
        Some(Err(_)) => scan_with(ServiceStringAdvice::default(), true, true),
        Some(Ok(advice)) => {
            let found = scan_with(advice, true, advice.is_repetition_active());
            if has_unb(&found.items) {
                return found;
            }
            let by_default = scan_with(ServiceStringAdvice::default(), true, true);
            if has_unb(&by_default.items) { by_default } else { found }
        }
    }
}

fn second_una(rest: &[u8]) -> Option<usize> {
    let blank = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
    rest.get(blank..).filter(|rest| rest.starts_with(b"UNA")).map(|_| blank)
}

fn has_unb(items: &[Item]) -> bool {
    items.iter().filter_map(Item::segment).any(|s| s.tag == "UNB")
}

fn separators(advice: ServiceStringAdvice, announced: bool) -> Separators {
    Separators {
        component: advice.component_sep,
        element: advice.element_sep,
        release: advice.release_char,
        terminator: advice.segment_term,
        announced,
    }
}

/// The items of `bytes`, which start at `offset` of the whole input.
fn items(bytes: &[u8], offset: usize, advice: ServiceStringAdvice) -> Vec<Item> {
    let Ok(text) = Charset::UnoC.decode(bytes) else { return Vec::new() };
    let place = Places::new(bytes, offset, &text);
    let config = RecoveryConfig::new().reader(ReaderConfig::default().with_service_string_advice(advice));
    scan_recovering(text.as_bytes(), &config)
        .filter_map(|scanned| match scanned {
            Scanned::Segment(segment) => Some(Item::Segment(owned(&segment, &place))),
            Scanned::Fault(fault) => Some(Item::Fault(Fault {
                kind: kind_of(fault.error(), fault.is_terminal()),
                bytes: place.of(fault.span().start)..place.of(fault.span().end),
            })),
            _ => None,
        })
        .collect()
}

fn owned(segment: &edifact_rs::Segment<'_>, place: &Places) -> Segment {
    let elements = segment
        .elements
        .iter()
        .map(|element| Element { components: element.components().map(str::to_owned).collect(), position: place.of(element.span.start) })
        .collect();
    Segment { tag: segment.tag().to_owned(), elements, bytes: place.of(segment.span.start)..place.of(segment.span.end) }
}

fn kind_of(error: &EdifactError, is_terminal: bool) -> FaultKind {
    match error {
        EdifactError::InvalidReleaseSequence { .. } => FaultKind::DanglingRelease,
        EdifactError::UnexpectedEof { .. } => FaultKind::Unterminated,
        EdifactError::InvalidDelimiter { .. } => FaultKind::Empty,
        EdifactError::InvalidSegmentTag(_) if is_terminal => FaultKind::Unterminated,
        EdifactError::InvalidSegmentTag(tag) => FaultKind::NoTag(tag.chars().take(12).collect()),
        other => FaultKind::Limit(other.to_string()),
    }
}

/// Offsets in the decoded text to offsets in the bytes: every byte above 0x7F became two.
struct Places {
    offset: usize,
    /// Where in the decoded text each doubled byte starts, ascending.
    doubled: Vec<usize>,
    length: usize,
}

impl Places {
    fn new(bytes: &[u8], offset: usize, text: &str) -> Self {
        let doubled =
            if bytes.is_ascii() { Vec::new() } else { text.char_indices().filter(|(_, c)| !c.is_ascii()).map(|(at, _)| at).collect() };
        Self { offset, doubled, length: bytes.len() }
    }

    fn of(&self, decoded: usize) -> usize {
        let before = self.doubled.partition_point(|&at| at < decoded);
        self.offset + decoded.saturating_sub(before).min(self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_bytes_of_the_original() {
        let bytes = b"UNB+M\xFCller'NAD+\xE4'";
        let found = scan(bytes);
        let places: Vec<_> = found.items.iter().map(|i| i.bytes().clone()).collect();
        assert_eq!(places, [0..11, 11..17]);
        assert_eq!(found.items[0].segment().unwrap().text(0, 0), "Müller");
    }

    #[test]
    fn a_fault_does_not_end_the_scan() {
        let found = scan(b"UNB+1''UNZ+1?");
        assert!(matches!(&found.items[1], Item::Fault(Fault { kind: FaultKind::Empty, .. })));
        assert!(matches!(&found.items[2], Item::Fault(Fault { kind: FaultKind::DanglingRelease, .. })));
    }

    #[test]
    fn separators_that_nobody_used_are_told_apart_from_no_edifact_at_all() {
        assert!(scan(b"UNA;*,! ~UNB+UNOC:3'").una_is_wrong);
        assert!(has_unb(&scan(b"UNA;*,! ~UNB+UNOC:3'").items));
        assert!(!has_unb(&scan(b"hello").items));
    }
}
