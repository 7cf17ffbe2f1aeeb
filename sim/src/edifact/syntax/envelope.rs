//! Checks of the interchange as a whole, level UCI.

use super::characters::{first_between, first_violation};
use super::layout::Layout;
use super::{DeadLetter, SyntaxError};
use crate::edifact::identifier::MpId;
use crate::edifact::interchange::Segment;
use crate::edifact::read::{FaultKind, Item, Scan};
use crate::edifact::receive::ReceiveContext;
use crate::edifact::wire_time::parse_unb;

type Checked = Result<(), Box<SyntaxError>>;

/// All checks of the envelope, in order.
pub(super) fn check(bytes: &[u8], scan: &Scan, first: usize, layout: &Layout<'_>, context: &ReceiveContext<'_>) -> Checked {
    service_string(scan)?;
    start(bytes, scan, first)?;
    header(bytes, layout.unb)?;
    parties(layout.unb, context)?;
    reference_and_flag(layout.unb)?;
    let unz = complete(scan, layout)?;
    trailer(bytes, layout, unz)?;
    gaps(bytes, scan, first)?;
    sortenrein(layout)?;
    if context.ledger.seen_before(layout.unb.text(1, 0), layout.unb.text(4, 0)) {
        let reason = format!("{} was received before from this sender in another transmission", layout.unb.text(4, 0));
        return Err(SyntaxError::uci(26, "UNB", layout.unb.position_of(4), reason));
    }
    Ok(())
}

/// UNA and what stands before it. The market names no code for a byte order mark or a second UNA; 21 and 16 come nearest.
fn service_string(scan: &Scan) -> Checked {
    if scan.has_mark {
        return Err(SyntaxError::uci(21, "UNA", 0, "the file starts with a UTF-8 byte order mark"));
    }
    if scan.una_is_wrong {
        return Err(SyntaxError::uci(20, "UNA", 0, "UNA announces other separators than are used, or separators that clash"));
    }
    match scan.second_una {
        Some(at) => Err(SyntaxError::uci(16, "UNA", at, "UNA stands twice")),
        None => Ok(()),
    }
}

fn start(bytes: &[u8], scan: &Scan, first: usize) -> Checked {
    if let Some(item) = scan.items.first().filter(|_| first > 0) {
        return Err(SyntaxError::uci(16, "UNB", item.bytes().start, "there is something before UNB"));
    }
    let unb = scan.items.first().map_or(scan.start, |item| item.bytes().start);
    match first_between(bytes, scan.start..unb) {
        Some(at) => Err(SyntaxError::uci(21, "UNB", at, "there are blanks before UNB")),
        None => Ok(()),
    }
}

fn header(bytes: &[u8], unb: &Segment) -> Checked {
    if let Some((at, reason)) = first_violation(bytes, &unb.bytes) {
        return Err(SyntaxError::uci(21, "UNB", at, reason));
    }
    if (unb.text(0, 0), unb.text(0, 1)) != ("UNOC", "3") {
        let reason = format!("the syntax is {}:{}, the market uses UNOC:3", unb.text(0, 0), unb.text(0, 1));
        return Err(SyntaxError::uci(2, "UNB", unb.position_of(0), reason));
    }
    let is_number = |text: &str, length: usize| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    let is_moment = || parse_unb(&format!("{}:{}", unb.text(3, 0), unb.text(3, 1))).is_some();
    if !is_number(unb.text(3, 0), 6) || !is_number(unb.text(3, 1), 4) || !is_moment() {
        return Err(SyntaxError::uci(12, "UNB", unb.position_of(3), "date and time of preparation are not YYMMDD:HHMM"));
    }
    if unb.elements.len() > 11 {
        return Err(SyntaxError::uci(16, "UNB", unb.position_of(11), "UNB has more than eleven elements"));
    }
    Ok(())
}

fn parties(unb: &Segment, context: &ReceiveContext<'_>) -> Checked {
    if unb.text(2, 0) != context.me.to_string() {
        let reason = format!("the receiver is {}, this is {}", unb.text(2, 0), context.me);
        return Err(SyntaxError::uci(7, "UNB", unb.position_of(2), reason));
    }
    let sender: MpId =
        unb.text(1, 0).parse().map_err(|e| SyntaxError::uci(23, "UNB", unb.position_of(1), format!("unknown sender: {e}")))?;
    for (element, party) in [(1, sender), (2, context.me)] {
        let expected = party.issuer().unb_qualifier();
        if unb.text(element, 1) != expected {
            let reason = format!("the qualifier of {party} is {expected}, not `{}`", unb.text(element, 1));
            return Err(SyntaxError::uci(12, "UNB", unb.position_of(element), reason));
        }
    }
    Ok(())
}

fn reference_and_flag(unb: &Segment) -> Checked {
    let reference = unb.text(4, 0);
    if reference.chars().count() > 14 {
        return Err(SyntaxError::uci(12, "UNB", unb.position_of(4), "the interchange reference (0020) is longer than 14 characters"));
    }
    if reference.chars().any(|c| !(c.is_ascii_uppercase() || c.is_ascii_digit() || " -./".contains(c))) {
        return Err(SyntaxError::uci(21, "UNB", unb.position_of(4), "the interchange reference (0020) allows capitals and digits only"));
    }
    match unb.text(10, 0) {
        "" => Ok(()),
        "1" => Err(Box::new(SyntaxError {
            dead_letter: Some(DeadLetter::TestInterchange),
            ..*SyntaxError::uci(25, "UNB", unb.position_of(10), "the test flag (0035) is set; this receiver is productive")
        })),
        other => Err(SyntaxError::uci(12, "UNB", unb.position_of(10), format!("the test flag (0035) is `{other}`, allowed is 1"))),
    }
}

/// UNZ is there and is the last thing. UNG, UNE and a second interchange are "too many constituents" (16) for want of a better code.
fn complete<'a>(scan: &Scan, layout: &Layout<'a>) -> Result<&'a Segment, Box<SyntaxError>> {
    if let Some(Item::Fault(fault)) = layout.stopped_at {
        return Err(match &fault.kind {
            FaultKind::Limit(reason) => SyntaxError::uci(16, "UNZ", fault.bytes.start, reason.clone()),
            FaultKind::DanglingRelease => SyntaxError::uci(13, "UNZ", scan.length, "the file ends with a release character"),
            _ => SyntaxError::uci(13, "UNZ", scan.length, "the file ends in the middle of a segment"),
        });
    }
    if let Some(item) = layout.stray {
        let reason = match item.segment().map(|s| s.tag.as_str()) {
            Some("UNG" | "UNE") => "functional groups (UNG/UNE) are not used".to_owned(),
            Some("UNB") => "a second UNB before UNZ".to_owned(),
            Some(tag) => format!("{tag} stands outside a message"),
            None => "there is something outside a message that is no segment".to_owned(),
        };
        return Err(SyntaxError::uci(16, "UNB", item.bytes().start, reason));
    }
    let Some(unz) = layout.unz else {
        return Err(SyntaxError::uci(13, "UNZ", scan.length, "UNZ is missing"));
    };
    if let Some(item) = layout.after_unz {
        let is_second = item.segment().is_some_and(|s| s.tag == "UNB")
            || matches!(item, Item::Fault(f) if matches!(&f.kind, FaultKind::NoTag(t) if t.starts_with("UNA")));
        let reason = if is_second { "a second interchange in the same file" } else { "there are bytes after UNZ" };
        return Err(SyntaxError::uci(16, "UNZ", item.bytes().start, reason));
    }
    Ok(unz)
}

fn trailer(bytes: &[u8], layout: &Layout<'_>, unz: &Segment) -> Checked {
    if let Some((at, reason)) = first_violation(bytes, &unz.bytes) {
        return Err(SyntaxError::uci(21, "UNZ", at, reason));
    }
    if unz.text(1, 0) != layout.unb.text(4, 0) {
        let reason = format!("UNZ refers to `{}`, UNB is `{}`", unz.text(1, 0), layout.unb.text(4, 0));
        return Err(SyntaxError::uci(28, "UNZ", unz.position_of(1), reason));
    }
    if layout.messages.is_empty() {
        return Err(SyntaxError::uci(32, "UNZ", unz.bytes.start, "the interchange holds no message"));
    }
    match unz.text(0, 0).parse::<usize>() {
        Err(_) => Err(SyntaxError::uci(12, "UNZ", unz.position_of(0), "the number of messages (0036) is no number")),
        Ok(count) if count != layout.messages.len() => {
            let reason = format!("UNZ counts {count} messages, there are {}", layout.messages.len());
            Err(SyntaxError::uci(29, "UNZ", unz.position_of(0), reason))
        }
        Ok(_) => Ok(()),
    }
}

/// Nothing but line breaks between segments and after the last.
fn gaps(bytes: &[u8], scan: &Scan, first: usize) -> Checked {
    let mut end = scan.items.get(first).map_or(0, |item| item.bytes().end);
    let starts = scan.items.iter().skip(first + 1).map(|item| item.bytes().clone());
    for next in starts.chain(std::iter::once(scan.length..scan.length)) {
        if let Some(at) = first_between(bytes, end..next.start) {
            return Err(SyntaxError::uci(21, "UNB", at, "between segments only line breaks are tolerated"));
        }
        end = next.end;
    }
    Ok(())
}

/// One message type per interchange (Allgemeine Festlegungen).
fn sortenrein(layout: &Layout<'_>) -> Checked {
    let Some(first) = layout.messages.first() else { return Ok(()) };
    match layout.messages.iter().find(|m| m.unh.text(1, 0) != first.unh.text(1, 0)) {
        Some(other) => {
            let reason = format!("{} and {} in one interchange", first.unh.text(1, 0), other.unh.text(1, 0));
            Err(SyntaxError::uci(12, "UNB", other.unh.position_of(1), reason))
        }
        None => Ok(()),
    }
}
