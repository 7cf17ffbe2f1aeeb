//! The items of an interchange sorted into envelope and messages, without judging them.

use crate::edifact::interchange::{Address, Party, Segment};
use crate::edifact::read::{FaultKind, Item, Scan};

/// What stands where between UNB and the end.
pub(super) struct Layout<'a> {
    pub(super) unb: &'a Segment,
    pub(super) messages: Vec<MessageLayout<'a>>,
    /// The first item that belongs to no message: UNG, a second UNB, a segment before UNH.
    pub(super) stray: Option<&'a Item>,
    pub(super) unz: Option<&'a Segment>,
    /// Where the first item after UNZ starts.
    pub(super) after_unz: Option<&'a Item>,
    /// The item at which reading had to stop.
    pub(super) stopped_at: Option<&'a Item>,
}

/// One message: UNH, everything up to UNT, and UNT when it was found.
pub(super) struct MessageLayout<'a> {
    pub(super) unh: &'a Segment,
    /// All items, UNH and UNT included.
    pub(super) items: Vec<&'a Item>,
    pub(super) unt: Option<&'a Segment>,
}

impl<'a> Layout<'a> {
    /// Sorts the items of `scan`; the item number `first` is UNB.
    pub(super) fn of(scan: &'a Scan, first: usize) -> Self {
        // An empty UNB cannot occur: the caller found the segment at `first`.
        let unb = scan.items.get(first).and_then(Item::segment).unwrap_or(&EMPTY);
        let mut layout = Self { unb, messages: Vec::new(), stray: None, unz: None, after_unz: None, stopped_at: None };
        let mut is_open = false;
        for item in scan.items.iter().skip(first + 1) {
            if layout.unz.is_some() {
                layout.after_unz = Some(item);
                break;
            }
            match item {
                Item::Fault(fault) if ends_reading(&fault.kind) => layout.stopped_at = Some(item),
                Item::Segment(segment) if segment.tag == "UNH" => {
                    layout.messages.push(MessageLayout { unh: segment, items: vec![item], unt: None });
                    is_open = true;
                }
                Item::Segment(segment) if segment.tag == "UNZ" => layout.unz = Some(segment),
                Item::Segment(segment) if is_envelope(&segment.tag) => layout.stray = layout.stray.or(Some(item)),
                _ => match layout.messages.last_mut().filter(|_| is_open) {
                    Some(message) => {
                        message.items.push(item);
                        if let Some(unt) = item.segment().filter(|s| s.tag == "UNT") {
                            message.unt = Some(unt);
                            is_open = false;
                        }
                    }
                    None => layout.stray = layout.stray.or(Some(item)),
                },
            }
        }
        layout
    }

    /// Sender, receiver and reference of UNB as written.
    pub(super) fn address(&self) -> Address {
        let party = |element| Party { number: self.unb.text(element, 0).to_owned(), qualifier: self.unb.text(element, 1).to_owned() };
        Address { sender: party(1), receiver: party(2), reference: self.unb.text(4, 0).to_owned() }
    }

    /// UNB 0017 and 0019 with a colon between them.
    pub(super) fn prepared(&self) -> String {
        format!("{}:{}", self.unb.text(3, 0), self.unb.text(3, 1))
    }
}

static EMPTY: Segment = Segment { tag: String::new(), elements: Vec::new(), bytes: 0..0 };

fn ends_reading(kind: &FaultKind) -> bool {
    matches!(kind, FaultKind::Unterminated | FaultKind::DanglingRelease | FaultKind::Limit(_))
}

fn is_envelope(tag: &str) -> bool {
    matches!(tag, "UNA" | "UNB" | "UNG" | "UNE")
}
