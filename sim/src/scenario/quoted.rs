//! Texts and bytes in quotes, read and written.
//!
//! A backslash escapes: `\\`, `\"`, `\n`, `\r`, `\t`, and `\x` with two hexadecimal digits for any byte. Everything else stands for
//! its UTF-8 bytes. What [`escape`] writes, [`unescape`] reads back as the same bytes.

use std::fmt::Write as _;

/// What stands between the quotes of `word`, if it is one text in quotes.
pub(super) fn inner(word: &str) -> Option<&str> {
    let inner = word.strip_prefix('"')?.strip_suffix('"')?;
    let mut escaped = false;
    for c in inner.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return None,
            _ => {}
        }
    }
    (!escaped).then_some(inner)
}

/// The bytes that `inner` stands for; otherwise the number of characters before the escape that does not exist.
pub(super) fn unescape(inner: &str) -> Result<Vec<u8>, u32> {
    let mut bytes = Vec::with_capacity(inner.len());
    let mut chars = inner.chars().zip(0_u32..);
    while let Some((c, place)) = chars.next() {
        if c != '\\' {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let mut next = || chars.next().map(|(c, _)| c).ok_or(place);
        bytes.push(match next()? {
            '\\' => b'\\',
            '"' => b'"',
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'x' => {
                let mut digit = || next()?.to_digit(16).ok_or(place);
                let (high, low) = (digit()?, digit()?);
                (high * 16 + low) as u8
            }
            _ => return Err(place),
        });
    }
    Ok(bytes)
}

/// `bytes` with their quotes, readable where they are text.
pub(super) fn escape(bytes: &[u8]) -> String {
    let mut text = String::from('"');
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => text.push_str("\\\\"),
                '"' => text.push_str("\\\""),
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                '\t' => text.push_str("\\t"),
                // A blank that is not a plain one is invisible.
                c if c.is_control() || (c.is_whitespace() && c != ' ') => push_hex(&mut text, c.encode_utf8(&mut [0; 4]).as_bytes()),
                c => text.push(c),
            }
        }
        push_hex(&mut text, chunk.invalid());
    }
    text.push('"');
    text
}

/// `value` as it stands after `key=`: bare where that is possible.
pub(super) fn value(value: &str) -> String {
    let bare = !value.is_empty() && !value.chars().any(|c| c.is_whitespace() || c.is_control() || c == '"');
    if bare { value.to_owned() } else { escape(value.as_bytes()) }
}

fn push_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "\\x{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_that_does_not_exist_is_located() {
        assert_eq!(unescape(r"ä\q"), Err(1));
        assert_eq!(unescape(r"\x4"), Err(0));
        assert_eq!(unescape(r"\"), Err(0));
        assert_eq!(unescape(r"\xC3\xbc"), Ok("ü".into()));
    }

    proptest::proptest! {
        #[test]
        fn bytes_read_back_as_they_were(bytes: Vec<u8>) {
            let text = escape(&bytes);
            proptest::prop_assert_eq!(inner(&text).map(unescape), Some(Ok(bytes)));
        }
    }
}
