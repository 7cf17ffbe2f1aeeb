//! HTTP/1.1 framing of one request and one response over any byte stream.
//!
//! Bodies are delimited by `Content-Length` alone: chunked transfer is refused, because only a length tells a body that was cut from one
//! that ended. One exchange per connection (`Connection: close`); bytes after the body are not looked at. Heads and bodies are bounded,
//! and memory grows with the bytes that came, not with the length that was announced. There are no timers: who waits decides how long.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Longest head that is read, with its empty line.
pub const HEAD_LIMIT_BYTES: usize = 16 * 1024;
/// Longest body that is read. The profile names no limit.
pub const BODY_LIMIT_BYTES: usize = 64 * 1024 * 1024;

const HEADER_LIMIT: usize = 64;
const READ_BYTES: usize = 4 * 1024;
const TARGET: &str = "/as4";

/// A `POST` to an AS4 endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Value of `Content-Type`; on the way out, what is not printable ASCII becomes `?`.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

/// The response to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Value of `Content-Type`, empty when there is none.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

/// Why no request or response could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The stream ended before its first byte.
    #[error("the connection was closed before a byte came")]
    Closed,
    /// The stream ended in the middle.
    #[error("the connection was closed in the middle of {within}")]
    Cut {
        /// `head` or `body`.
        within: &'static str,
    },
    /// The stream failed.
    #[error("the connection failed: {0}")]
    Failed(io::ErrorKind),
    /// The head is longer than [`HEAD_LIMIT_BYTES`].
    #[error("the head is longer than {HEAD_LIMIT_BYTES} bytes")]
    HeadTooLong,
    /// The announced body is longer than [`BODY_LIMIT_BYTES`].
    #[error("a body of {announced} bytes was announced, more than {BODY_LIMIT_BYTES}")]
    BodyTooLong {
        /// The announced length.
        announced: u64,
    },
    /// Not HTTP/1.1 as AS4 uses it.
    #[error("not the HTTP of an AS4 exchange: {0}")]
    Malformed(String),
}

impl From<io::Error> for HttpError {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.kind())
    }
}

/// The bytes of `request`.
///
/// `Host` is empty: the connection is already there, and this layer does not know by which name it was made (RFC 9112, 3.2).
#[must_use]
pub fn encode_request(request: &Request) -> Vec<u8> {
    let start = format!("POST {TARGET} HTTP/1.1\r\nHost:\r\n");
    encode(&start, &request.content_type, &request.body)
}

/// The bytes of `response`.
#[must_use]
pub fn encode_response(response: &Response) -> Vec<u8> {
    let reason = match response.status {
        200 => "OK",
        400 => "Bad Request",
        413 => "Content Too Large",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "",
    };
    encode(&format!("HTTP/1.1 {:03} {reason}\r\n", response.status), &response.content_type, &response.body)
}

fn encode(start: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(start.len() + content_type.len() + body.len() + 96);
    bytes.extend_from_slice(start.as_bytes());
    if !content_type.is_empty() {
        bytes.extend_from_slice(b"Content-Type: ");
        bytes.extend(content_type.bytes().map(|byte| if matches!(byte, b' '..=b'~') { byte } else { b'?' }));
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("Content-Length: {}\r\nConnection: close\r\n\r\n", body.len()).as_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// Reads a request from `bytes`.
///
/// # Errors
///
/// As [`read_request`].
pub fn decode_request(bytes: &[u8]) -> Result<Request, HttpError> {
    let (head, body) = decode(bytes, Head::of_request)?;
    Ok(Request { content_type: head.content_type, body })
}

/// Reads a response from `bytes`.
///
/// # Errors
///
/// As [`read_response`].
pub fn decode_response(bytes: &[u8]) -> Result<Response, HttpError> {
    let (head, body) = decode(bytes, Head::of_response)?;
    Ok(Response { status: head.status, content_type: head.content_type, body })
}

/// Writes `request` and flushes it.
///
/// # Errors
///
/// When the stream fails.
pub async fn write_request<S: AsyncWrite + Unpin>(stream: &mut S, request: &Request) -> io::Result<()> {
    stream.write_all(&encode_request(request)).await?;
    stream.flush().await
}

/// Writes `response` and flushes it.
///
/// # Errors
///
/// When the stream fails.
pub async fn write_response<S: AsyncWrite + Unpin>(stream: &mut S, response: &Response) -> io::Result<()> {
    stream.write_all(&encode_response(response)).await?;
    stream.flush().await
}

/// Reads one request.
///
/// # Errors
///
/// When the stream ends, fails, or carries something else or too much.
pub async fn read_request<S: AsyncRead + Unpin>(stream: &mut S) -> Result<Request, HttpError> {
    let (head, body) = read(stream, Head::of_request).await?;
    Ok(Request { content_type: head.content_type, body })
}

/// Reads one response.
///
/// # Errors
///
/// When the stream ends, fails, or carries something else or too much.
pub async fn read_response<S: AsyncRead + Unpin>(stream: &mut S) -> Result<Response, HttpError> {
    let (head, body) = read(stream, Head::of_response).await?;
    Ok(Response { status: head.status, content_type: head.content_type, body })
}

struct Head {
    status: u16,
    content_type: String,
    content_length: usize,
}

impl Head {
    fn of_request(bytes: &[u8]) -> Result<Self, HttpError> {
        let mut headers = [httparse::EMPTY_HEADER; HEADER_LIMIT];
        let mut request = httparse::Request::new(&mut headers);
        complete(request.parse(bytes), bytes.len())?;
        if request.method != Some("POST") {
            return Err(malformed(format!("method {}; AS4 pushes with POST", request.method.unwrap_or_default())));
        }
        Self::of(0, request.headers)
    }

    fn of_response(bytes: &[u8]) -> Result<Self, HttpError> {
        let mut headers = [httparse::EMPTY_HEADER; HEADER_LIMIT];
        let mut response = httparse::Response::new(&mut headers);
        complete(response.parse(bytes), bytes.len())?;
        Self::of(response.code.unwrap_or_default(), response.headers)
    }

    fn of(status: u16, headers: &[httparse::Header<'_>]) -> Result<Self, HttpError> {
        let mut content_type = String::new();
        let mut content_length: Option<u64> = None;
        for header in headers {
            let value = String::from_utf8_lossy(header.value);
            if header.name.eq_ignore_ascii_case("Content-Type") {
                content_type = value.trim().to_owned();
            } else if header.name.eq_ignore_ascii_case("Transfer-Encoding") {
                return Err(malformed(format!("Transfer-Encoding {value}; send Content-Length")));
            } else if header.name.eq_ignore_ascii_case("Content-Length") {
                let digits = value.trim();
                let length = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
                let length = length.ok_or_else(|| malformed(format!("Content-Length `{digits}`")))?;
                if content_length.is_some_and(|earlier| earlier != length) {
                    return Err(malformed("two different Content-Length"));
                }
                content_length = Some(length);
            }
        }
        let announced = content_length.ok_or_else(|| malformed("no Content-Length"))?;
        match usize::try_from(announced) {
            Ok(content_length) if content_length <= BODY_LIMIT_BYTES => Ok(Self { status, content_type, content_length }),
            _ => Err(HttpError::BodyTooLong { announced }),
        }
    }
}

fn complete(parsed: httparse::Result<usize>, length: usize) -> Result<(), HttpError> {
    match parsed {
        Ok(httparse::Status::Complete(consumed)) if consumed == length => Ok(()),
        Ok(_) => Err(malformed("the head does not end with its first empty line")),
        Err(error) => Err(malformed(error.to_string())),
    }
}

fn malformed(what: impl Into<String>) -> HttpError {
    HttpError::Malformed(what.into())
}

/// Length of the head with its empty line, if it is all there. `seen` bytes were searched before.
fn head_end(bytes: &[u8], seen: usize) -> Result<Option<usize>, HttpError> {
    let from = seen.saturating_sub(3);
    let searched = bytes.get(from..).unwrap_or_default();
    match searched.windows(4).take(HEAD_LIMIT_BYTES).position(|window| window == b"\r\n\r\n").map(|at| from + at + 4) {
        Some(end) if end <= HEAD_LIMIT_BYTES => Ok(Some(end)),
        None if bytes.len() < HEAD_LIMIT_BYTES => Ok(None),
        _ => Err(HttpError::HeadTooLong),
    }
}

fn decode(bytes: &[u8], parse: fn(&[u8]) -> Result<Head, HttpError>) -> Result<(Head, Vec<u8>), HttpError> {
    let end = match head_end(bytes, 0)? {
        Some(end) => end,
        None if bytes.is_empty() => return Err(HttpError::Closed),
        None => return Err(HttpError::Cut { within: "head" }),
    };
    let (head, rest) = bytes.split_at(end);
    let head = parse(head)?;
    let body = rest.get(..head.content_length).ok_or(HttpError::Cut { within: "body" })?.to_vec();
    Ok((head, body))
}

async fn read<S: AsyncRead + Unpin>(stream: &mut S, parse: fn(&[u8]) -> Result<Head, HttpError>) -> Result<(Head, Vec<u8>), HttpError> {
    let mut bytes = Vec::with_capacity(READ_BYTES);
    let mut seen = 0;
    let end = loop {
        if let Some(end) = head_end(&bytes, seen)? {
            break end;
        }
        seen = bytes.len();
        bytes.reserve(READ_BYTES);
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(if bytes.is_empty() { HttpError::Closed } else { HttpError::Cut { within: "head" } });
        }
    };
    let mut body = bytes.split_off(end);
    let head = parse(&bytes)?;
    let missing = head.content_length.saturating_sub(body.len());
    stream.take(missing as u64).read_to_end(&mut body).await?;
    if body.len() < head.content_length {
        return Err(HttpError::Cut { within: "body" });
    }
    body.truncate(head.content_length);
    Ok((head, body))
}
