//! The key layout: one ordered key space, a table byte first.
//!
//! A name inside a key ends with `00 00`, and a `00` inside a name becomes `00 FF`, so that no name is a prefix of another one's
//! range, whatever it contains. Numbers are big-endian, instants sort as they follow each other.
//!
//! | table | key | value |
//! |---|---|---|
//! | `E` | tenant, stream, version | event |
//! | `L` | position | key of the event |
//! | `H` | position of the last event of a commit | link of the chain, digests of the events |
//! | `M` | `chain` | last position, last link |
//! | `Q` | message id | queued message |
//! | `G` | message id | message that was given up, as it left the queue |
//! | `O` | next try, message id | nothing |
//! | `N` | position of the causing event, message id | key of the row in `O` |
//! | `T` | tenant, stream, label | deadline |
//! | `D` | due, tenant, stream, label | nothing |
//! | `I` | tenant, sender, message id | inbox entry |
//! | `P` | tenant, sender, message id | received bytes |
//! | `A` | receipt, tenant, sender, message id | nothing: accepted, not done |
//! | `F` | known until, tenant, sender, message id | nothing: done, to be forgotten |
//! | `R` | tenant, stream | process |
//! | `K` | tenant, business key | stream of the living holder |
//! | `C` | tenant, correlation key, stream | nothing |
//! | `Y` | tenant, idempotency key | stream in which the command was executed |
//! | `X` | number | dead letter |
//! | `S` | tenant, stream | snapshot |
//! | `W` | view, version | checkpoint: position |
//! | `V` | view, version, row key | row of the view |
//! | `k` | tenant, name of a key | key of a subject, the subject |
//! | `U` | tenant, subject | name of its key |
//! | `B` | tenant, name of a key, stream | nothing: an event there is sealed under it |
//! | `J` | view | version that serves |
//! | `Z` | key of a row that nobody could read | its bytes |

use crate::Timestamp;
use crate::inbox::InboxKey;
use crate::ports::Id;

/// Builds one key.
#[derive(Clone)]
pub(crate) struct Key(Vec<u8>);

impl Key {
    pub(crate) fn table(table: u8) -> Self {
        // Room for a tenant, a stream and a number, so that most keys are allocated once.
        let mut key = Vec::with_capacity(96);
        key.push(table);
        Self(key)
    }

    pub(crate) fn name(mut self, name: &str) -> Self {
        let mut parts = name.as_bytes().split(|byte| *byte == 0);
        self.0.extend(parts.next().unwrap_or_default());
        for part in parts {
            self.0.extend([0, 0xff]);
            self.0.extend(part);
        }
        self.0.extend([0, 0]);
        self
    }

    pub(crate) fn number(mut self, number: u64) -> Self {
        self.0.extend(number.to_be_bytes());
        self
    }

    pub(crate) fn instant(mut self, at: Timestamp) -> Self {
        self.0.extend(at.to_sortable_bytes());
        self
    }

    pub(crate) fn id(mut self, id: Id) -> Self {
        self.0.extend(id.as_u128().to_be_bytes());
        self
    }

    /// Bytes as they are: of fixed length, or last in the key.
    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    pub(crate) fn inbox(self, key: &InboxKey) -> Self {
        self.name(key.tenant.as_str()).name(&key.sender).name(&key.message_id)
    }

    /// The key so far.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn done(self) -> Vec<u8> {
        self.0
    }

    /// The range of every key that continues this one: `[from, to)`.
    pub(crate) fn range(self) -> (Vec<u8>, Vec<u8>) {
        let mut to = self.0.clone();
        // Names end with 00 00 and tables are ASCII, so the last byte is never FF unless a number ends the key; carry then.
        while let Some(last) = to.pop() {
            if last < 0xff {
                to.push(last + 1);
                break;
            }
        }
        (self.0, to)
    }
}

/// The next name in `bytes` and what follows it.
pub(crate) fn take_name(bytes: &[u8]) -> Option<(String, &[u8])> {
    let mut name = Vec::new();
    let mut rest = bytes;
    loop {
        match rest {
            [0, 0, after @ ..] => return String::from_utf8(name).ok().map(|name| (name, after)),
            [0, 0xff, after @ ..] => {
                name.push(0);
                rest = after;
            }
            [byte, after @ ..] => {
                name.push(*byte);
                rest = after;
            }
            [] => return None,
        }
    }
}

/// Tenant, stream and version in the key of an event, for people.
pub(super) fn event_key_text(key: &[u8]) -> String {
    let parts = key.get(1..).and_then(take_name).and_then(|(tenant, rest)| take_name(rest).map(|(stream, rest)| (tenant, stream, rest)));
    match parts.map(|(tenant, stream, rest)| (tenant, stream, <[u8; 8]>::try_from(rest))) {
        Some((tenant, stream, Ok(version))) => format!("{tenant} {stream} no. {}", u64::from_be_bytes(version)),
        _ => format!("the unreadable key {key:02x?}"),
    }
}

/// The instant at the start of `bytes` and what follows it.
pub(crate) fn take_instant(bytes: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<8>()?;
    Some((Timestamp::from_sortable_bytes(*head), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_lies_in_the_range_of_another() {
        let names = ["a", "a/b", "a\0", "a\0b", "", "\0", "a\u{ff}", "ä"];
        for one in names {
            let (from, to) = Key::table(b'E').name("t").name(one).range();
            for other in names {
                let key = Key::table(b'E').name("t").name(other).number(1).done();
                assert_eq!(one == other, key >= from && key < to, "{other:?} in the range of {one:?}");
            }
        }
    }

    #[test]
    fn a_name_comes_back() {
        for name in ["", "a", "a\0b\0", "Stream/ä"] {
            let key = Key::table(b'E').name(name).number(7).done();
            let (back, rest) = take_name(&key[1..]).unwrap();
            assert_eq!((back.as_str(), rest), (name, &7u64.to_be_bytes()[..]));
        }
    }
}
