//! Which bytes may stand in an interchange with syntax identifier UNOC.
//!
//! UNOC is ISO 8859-1 without control characters. UTF-8 is not: its multi-byte sequences are refused even where each byte alone
//! would be a letter (`ü` as C3 BC reads as `Ã¼`, which nobody writes). Between segments, line breaks are tolerated.

use std::ops::Range;

/// The offset of the first byte in `range` that may not stand inside a segment, and why.
pub(super) fn first_violation(bytes: &[u8], range: &Range<usize>) -> Option<(usize, &'static str)> {
    let slice = bytes.get(range.clone())?;
    slice.iter().enumerate().find_map(|(at, &byte)| {
        let reason = if byte < 0x20 || (0x7F..=0x9F).contains(&byte) {
            Some("a control character, or text that is not ISO 8859-1")
        } else if slice.get(at..).is_some_and(starts_with_utf8) {
            Some("a UTF-8 sequence; UNOC is ISO 8859-1")
        } else {
            None
        };
        reason.map(|reason| (range.start + at, reason))
    })
}

/// The offset of the first byte in `range`, which lies between segments, that is no line break.
pub(super) fn first_between(bytes: &[u8], range: Range<usize>) -> Option<usize> {
    let start = range.start;
    bytes.get(range)?.iter().position(|b| !matches!(b, b'\r' | b'\n')).map(|at| start + at)
}

/// Whether `text` may be written: every character is in UNOC, and no two of them look like UTF-8.
pub(crate) fn is_writable(text: &str) -> bool {
    let latin: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    latin.is_some_and(|bytes| first_violation(&bytes, &(0..bytes.len())).is_none())
}

/// `text` as an answer may repeat it: characters that may not be written are left out.
pub(crate) fn repeatable(text: &str) -> String {
    if is_writable(text) { text.to_owned() } else { text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect() }
}

/// Whether `bytes` start with a multi-byte sequence of UTF-8.
fn starts_with_utf8(bytes: &[u8]) -> bool {
    let length = match bytes.first() {
        Some(0xC2..=0xDF) => 2,
        Some(0xE0..=0xEF) => 3,
        Some(0xF0..=0xF4) => 4,
        _ => return false,
    };
    bytes.get(..length).is_some_and(|sequence| std::str::from_utf8(sequence).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violation(bytes: &[u8]) -> Option<usize> {
        first_violation(bytes, &(0..bytes.len())).map(|(at, _)| at)
    }

    #[test]
    fn latin_letters_pass_and_utf8_does_not() {
        assert_eq!(violation(b"M\xFCller"), None);
        assert_eq!(violation("Müller".as_bytes()), Some(1));
        assert_eq!(violation("a€".as_bytes()), Some(1));
        assert_eq!(violation(b"a\x01"), Some(1));
        assert!(is_writable("Müller Straße"));
        assert!(!is_writable("€"));
        assert!(!is_writable("Ã¼"));
    }
}
