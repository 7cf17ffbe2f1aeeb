//! `multipart/related` (RFC 2387): the envelope as first part, the payload as the second, its bytes untouched.
//!
//! The boundary is derived from the message id, so that the same message is the same bytes in every run, and derived again until it
//! does not occur in what it has to enclose: a payload may hold anything, even the boundary of its own message.
//! A message without payload is the envelope alone.

use super::error_code::ErrorCode;
use super::message::Digest;
use super::soap::Unreadable;

/// Media type of an envelope.
pub const SOAP_MEDIA_TYPE: &str = "application/soap+xml";

const ENVELOPE_CONTENT_ID: &str = "envelope@mako.invalid";
const PART_LIMIT: usize = 16;
const HEADER_LIMIT: usize = 32;

/// A body with the `Content-Type` that tells how to read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// Value of the `Content-Type` header.
    pub content_type: String,
    /// The bytes.
    pub body: Vec<u8>,
}

/// What was in a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpacked<'a> {
    /// The SOAP envelope.
    pub envelope: &'a str,
    /// The other parts, in order.
    pub parts: Vec<Part<'a>>,
}

/// One part beside the envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'a> {
    /// Its `Content-ID` without the angle brackets.
    pub content_id: Option<String>,
    /// Its bytes, exactly.
    pub bytes: &'a [u8],
}

/// The `Content-ID` under which the payload of a message travels.
#[must_use]
pub fn payload_content_id(message_id: &str) -> String {
    format!("payload-{:.32}@mako.invalid", Digest::of(message_id.as_bytes()))
}

/// An envelope alone.
#[must_use]
pub fn pack_envelope(envelope: &str) -> Packed {
    Packed { content_type: format!("{SOAP_MEDIA_TYPE}; charset=UTF-8"), body: envelope.as_bytes().to_vec() }
}

/// An envelope and the payload it refers to as [`payload_content_id`].
#[must_use]
pub fn pack(message_id: &str, envelope: &str, payload: &[u8]) -> Packed {
    let boundary = boundary(message_id, envelope.as_bytes(), payload);
    let content_id = payload_content_id(message_id);
    let mut body = Vec::with_capacity(envelope.len() + payload.len() + 640);
    let envelope_head = format!(
        "--{boundary}\r\nContent-Type: {SOAP_MEDIA_TYPE}; charset=UTF-8\r\nContent-Transfer-Encoding: binary\r\n\
         Content-ID: <{ENVELOPE_CONTENT_ID}>\r\n\r\n"
    );
    let payload_head = format!(
        "\r\n--{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <{content_id}>\r\n\r\n"
    );
    body.extend_from_slice(envelope_head.as_bytes());
    body.extend_from_slice(envelope.as_bytes());
    body.extend_from_slice(payload_head.as_bytes());
    body.extend_from_slice(payload);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    let content_type = format!("multipart/related; boundary=\"{boundary}\"; type=\"{SOAP_MEDIA_TYPE}\"; start=\"<{ENVELOPE_CONTENT_ID}>\"");
    Packed { content_type, body }
}

fn boundary(message_id: &str, envelope: &[u8], payload: &[u8]) -> String {
    let mut candidate = Digest::of(message_id.as_bytes());
    loop {
        let boundary = format!("mako-{candidate:.32}");
        if find(envelope, boundary.as_bytes()).is_none() && find(payload, boundary.as_bytes()).is_none() {
            return boundary;
        }
        candidate = Digest::of(&candidate.0);
    }
}

/// Takes a body apart.
///
/// # Errors
///
/// When it is neither an envelope alone nor a complete `multipart/related` with an envelope in it.
pub fn unpack<'a>(content_type: &str, body: &'a [u8]) -> Result<Unpacked<'a>, Unreadable> {
    let media_type = essence(content_type);
    if media_type.eq_ignore_ascii_case(SOAP_MEDIA_TYPE) {
        return Ok(Unpacked { envelope: text(body)?, parts: Vec::new() });
    }
    if !media_type.eq_ignore_ascii_case("multipart/related") {
        return Err(broken(format!("`{media_type}` is neither multipart/related nor {SOAP_MEDIA_TYPE}")));
    }
    let boundary = parameter(content_type, "boundary").filter(|boundary| !boundary.is_empty());
    let boundary = boundary.ok_or_else(|| broken("multipart/related without a boundary"))?;
    let mut parts = split(body, &boundary)?;
    let start = parameter(content_type, "start");
    let root = match start {
        Some(start) => parts.iter().position(|part| part.content_id.as_deref() == Some(without_brackets(&start))),
        None => Some(0),
    };
    let root = root.filter(|root| *root < parts.len()).ok_or_else(|| broken("no part is the envelope that `start` names"))?;
    let envelope = text(parts.remove(root).bytes)?;
    Ok(Unpacked { envelope, parts })
}

fn split<'a>(body: &'a [u8], boundary: &str) -> Result<Vec<Part<'a>>, Unreadable> {
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    let first = delimiter.get(2..).filter(|first| body.starts_with(first)).map(|first| (0, first.len()));
    let first = first.or_else(|| find(body, &delimiter).map(|at| (at, delimiter.len())));
    let (at, length) = first.ok_or_else(|| broken("the boundary does not occur in the body"))?;
    let mut rest = body.get(at + length..).unwrap_or_default();
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        if parts.len() == PART_LIMIT {
            return Err(broken(format!("more than {PART_LIMIT} parts")));
        }
        let line_end = find(rest, b"\r\n").ok_or_else(|| broken("the body ends in a boundary line"))?;
        let (line, after) = rest.split_at(line_end);
        if !line.iter().all(|byte| matches!(byte, b' ' | b'\t')) {
            return Err(broken("a boundary line goes on after the boundary"));
        }
        let end = find(after, &delimiter).ok_or_else(|| broken("the body ends before its closing boundary"))?;
        let (content, next) = after.split_at(end);
        // A part without any content shares its line end with the delimiter that follows it.
        parts.push(part(content.get(2..).unwrap_or_default())?);
        rest = next.get(delimiter.len()..).unwrap_or_default();
    }
    Ok(parts)
}

fn part(content: &[u8]) -> Result<Part<'_>, Unreadable> {
    let mut headers = [httparse::EMPTY_HEADER; HEADER_LIMIT];
    let (length, headers) = match httparse::parse_headers(content, &mut headers) {
        Ok(httparse::Status::Complete(complete)) => complete,
        Ok(httparse::Status::Partial) => return Err(broken("a part without an empty line after its headers")),
        Err(error) => return Err(broken(format!("the headers of a part: {error}"))),
    };
    let value = |name: &str| {
        let header = headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        header.map(|header| String::from_utf8_lossy(header.value).trim().to_owned())
    };
    if let Some(encoding) = value("Content-Transfer-Encoding")
        && !["binary", "8bit", "7bit"].iter().any(|plain| encoding.eq_ignore_ascii_case(plain))
    {
        return Err(broken(format!("Content-Transfer-Encoding `{encoding}`; the profile sends bytes as they are")));
    }
    let content_id = value("Content-ID").map(|id| without_brackets(&id).to_owned());
    Ok(Part { content_id, bytes: content.get(length..).unwrap_or_default() })
}

fn text(bytes: &[u8]) -> Result<&str, Unreadable> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| broken(format!("the envelope is not UTF-8: {error}")))
}

fn broken(what: impl Into<String>) -> Unreadable {
    Unreadable::new(ErrorCode::MIME_INCONSISTENCY, what)
}

fn without_brackets(content_id: &str) -> &str {
    content_id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).unwrap_or(content_id)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let (first, _) = needle.split_first()?;
    let mut from = 0;
    loop {
        let rest = haystack.get(from..)?;
        let at = from + rest.iter().position(|byte| byte == first)?;
        if haystack.get(at..)?.starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
}

/// `type/subtype` of a `Content-Type` value.
pub(super) fn essence(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

/// A parameter of a `Content-Type` value, unquoted (RFC 2045, 5.1).
fn parameter(content_type: &str, wanted: &str) -> Option<String> {
    let mut characters = content_type.chars().skip_while(|c| *c != ';').skip(1).peekable();
    while characters.peek().is_some() {
        let mut name = String::new();
        while let Some(c) = characters.next_if(|c| !matches!(c, '=' | ';')) {
            name.push(c);
        }
        let mut value = String::new();
        if characters.next() == Some('=') {
            while characters.next_if(|c| c.is_ascii_whitespace()).is_some() {}
            if characters.next_if_eq(&'"').is_some() {
                while let Some(c) = characters.next() {
                    match c {
                        '"' => break,
                        '\\' => value.extend(characters.next()),
                        c => value.push(c),
                    }
                }
                while characters.next_if(|c| *c != ';').is_some() {}
            } else {
                while let Some(c) = characters.next_if(|c| *c != ';') {
                    value.push(c);
                }
                value.truncate(value.trim_end().len());
            }
            characters.next();
        }
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_may_be_quoted_escaped_and_in_any_order() {
        let content_type = r#"Multipart/Related; type="a;b" ;BOUNDARY = "x\"y" ; start=<z> ; flag"#;
        assert_eq!(essence(content_type), "Multipart/Related");
        assert_eq!(parameter(content_type, "type").as_deref(), Some("a;b"));
        assert_eq!(parameter(content_type, "boundary").as_deref(), Some("x\"y"));
        assert_eq!(parameter(content_type, "start").as_deref(), Some("<z>"));
        assert_eq!(parameter(content_type, "charset"), None);
    }

    #[test]
    fn a_payload_may_hold_the_boundary_of_its_own_message() {
        let plain = pack("id", "<e/>", b"");
        let boundary = parameter(&plain.content_type, "boundary").unwrap();
        let payload = format!("a\r\n--{boundary}\r\n\r\nb\r\n--{boundary}--\r\n").into_bytes();
        let packed = pack("id", "<e/>", &payload);
        let unpacked = unpack(&packed.content_type, &packed.body).unwrap();
        assert_eq!(unpacked.envelope, "<e/>");
        assert_eq!(unpacked.parts, [Part { content_id: Some(payload_content_id("id")), bytes: &payload }]);
    }

    #[test]
    fn a_foreign_body_with_preamble_bare_parts_and_padding_is_read() {
        let body = b"preamble\r\n--b  \r\n\r\n<e/>\r\n--b\r\nContent-Id: <p>\r\n\r\n\r\n--b--epilogue";
        let unpacked = unpack("multipart/related; boundary=b", body).unwrap();
        assert_eq!(unpacked.envelope, "<e/>");
        assert_eq!(unpacked.parts, [Part { content_id: Some("p".to_owned()), bytes: b"" }]);
    }

    #[test]
    fn a_body_that_is_cut_or_wrapped_otherwise_is_refused() {
        for (content_type, body) in [
            ("text/plain", "x"),
            ("multipart/related", "--b\r\n\r\n<e/>\r\n--b--"),
            ("multipart/related; boundary=b", ""),
            ("multipart/related; boundary=b", "--b--"),
            ("multipart/related; boundary=b", "--b\r\n\r\n<e/>\r\n"),
            ("multipart/related; boundary=b", "--b\r\nno header\r\n--b--"),
            ("multipart/related; boundary=b; start=other", "--b\r\n\r\n<e/>\r\n--b--"),
            ("multipart/related; boundary=b", "--b\r\nContent-Transfer-Encoding: base64\r\n\r\nPGUvPg==\r\n--b--"),
        ] {
            assert_eq!(unpack(content_type, body.as_bytes()).unwrap_err().code, ErrorCode::MIME_INCONSISTENCY, "{body}");
        }
    }
}
