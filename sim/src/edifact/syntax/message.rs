//! Checks of single messages, levels UCM, UCS and UCD.

use mako_engine::version::directory_of;

use super::characters::first_violation;
use super::layout::{Layout, MessageLayout};
use super::lengths::too_long;
use super::{DeadLetter, Level, MessageAddress, SyntaxError};
use crate::edifact::interchange::{Message, Segment, Transaction, sparte_of_release};
use crate::edifact::message::TypedMessage;
use crate::edifact::pid::Pid;
use crate::edifact::read::{FaultKind, Item};
use crate::edifact::receive::ReceiveContext;

/// The segments that UTILMD may contain. Source: UTILMD Nachrichtenbeschreibung Strom S2.1 and Gas G1.1.
const UTILMD_SEGMENTS: &[&str] =
    &["UNH", "BGM", "DTM", "NAD", "CTA", "COM", "IDE", "IMD", "STS", "FTX", "AGR", "LOC", "RFF", "SEQ", "QTY", "PIA", "CCI", "CAV", "UNT"];

/// The segments that some message type of the market contains; any other tag is in no place a right one. Source: the
/// Nachrichtenbeschreibungen of all types, united.
const MARKET_SEGMENTS: &[&str] = &[
    "AGR", "AJT", "ALC", "ALI", "APR", "BGM", "CAV", "CCI", "CNI", "COM", "CTA", "CUX", "DLI", "DOC", "DTM", "EQD", "ERC", "FII", "FTX",
    "GIN", "GIR", "GIS", "IDE", "IMD", "LIN", "LOC", "MEA", "MKS", "MOA", "NAD", "PAC", "PAI", "PAT", "PCD", "PGI", "PIA", "PNA", "PRI",
    "PYT", "QTY", "RCS", "RFF", "RNG", "RTE", "SCC", "SEQ", "STS", "TAX", "TDT", "TOD", "UCD", "UCI", "UCM", "UCS", "UNH", "UNS", "UNT",
];

/// Checks every message in turn; the first error wins.
pub(super) fn check_all(bytes: &[u8], layout: &Layout<'_>, context: &ReceiveContext<'_>) -> Result<Vec<Message>, Box<SyntaxError>> {
    let mut messages: Vec<Message> = Vec::with_capacity(layout.messages.len());
    let prepared = layout.prepared();
    for (index, message) in layout.messages.iter().enumerate() {
        let checker = Checker { bytes, context, layout: message, index, prepared: &prepared };
        if messages.iter().any(|m| m.reference == message.unh.text(0, 0)) {
            return Err(checker.ucm(26, message.unh, 0, format!("two messages have the reference {}", message.unh.text(0, 0))));
        }
        messages.push(checker.check()?);
    }
    Ok(messages)
}

struct Checker<'a> {
    bytes: &'a [u8],
    context: &'a ReceiveContext<'a>,
    layout: &'a MessageLayout<'a>,
    index: usize,
    prepared: &'a str,
}

impl Checker<'_> {
    fn check(&self) -> Result<Message, Box<SyntaxError>> {
        self.header()?;
        let segments = self.segments()?;
        self.trailer(segments.len())?;
        self.body(&segments)?;
        let transactions = self.transactions(&segments);
        let pid = self.pids(&segments, &transactions)?;
        let unh = self.layout.unh;
        let bgm = segments.iter().find(|s| s.tag == "BGM");
        let message = Message {
            reference: unh.text(0, 0).to_owned(),
            message_type: unh.text(1, 0).to_owned(),
            directory: format!("{}:{}", unh.text(1, 1), unh.text(1, 2)),
            release: unh.text(1, 4).to_owned(),
            pid,
            document: bgm.map_or_else(String::new, |s| s.text(1, 0).to_owned()),
            document_code: bgm.map_or_else(String::new, |s| s.text(0, 0).to_owned()),
            transactions,
            segments,
        };
        self.acknowledgement(&message)?;
        Ok(message)
    }

    /// There is no APERAK on APERAK and CONTRL, so what cannot be read in them is a matter of syntax.
    fn acknowledgement(&self, message: &Message) -> Result<(), Box<SyntaxError>> {
        if !message.is_acknowledgement() {
            return Ok(());
        }
        TypedMessage::read(message, None).map(|_| ()).map_err(|error| {
            let at = message.segments.iter().rposition(|s| s.bytes.start <= error.position).unwrap_or(0);
            let tag = error.location.get(..3).unwrap_or("");
            let reason = format!("{}: {}", error.location, error.reason);
            match message.segments.get(at).filter(|_| !error.is_missing) {
                Some(segment) => self.ucd(12, segment, at, None, error.position, reason),
                None => self.ucs(13, tag, at, error.position, reason),
            }
        })
    }

    /// UNH: reference, type, directory, release.
    fn header(&self) -> Result<(), Box<SyntaxError>> {
        let unh = self.layout.unh;
        let reference = unh.text(0, 0);
        if reference.is_empty() {
            return Err(self.ucm(13, unh, 0, "the message has no reference (0062)"));
        }
        if reference.chars().count() > 14 {
            return Err(self.ucm(39, unh, 0, "the message reference (0062) is longer than 14 characters"));
        }
        let (message_type, release) = (unh.text(1, 0), unh.text(1, 4));
        let sparte = sparte_of_release(release).unwrap_or(self.context.sparte);
        let received = self.context.received;
        let Some(in_force) = self.context.releases.in_force(message_type, sparte, received) else {
            return Err(self.ucm(12, unh, 1, format!("`{message_type}` is no message type that is in force here")));
        };
        let directory = format!("{}:{}", unh.text(1, 1), unh.text(1, 2));
        if let Some(expected) = directory_of(message_type).filter(|expected| *expected != directory) {
            return Err(self.ucm(12, unh, 1, format!("the directory of {message_type} is {expected}, not {directory}")));
        }
        if unh.text(1, 3) != "UN" {
            return Err(self.ucm(12, unh, 1, format!("the controlling agency is UN, not `{}`", unh.text(1, 3))));
        }
        if !self.context.releases.accepts(message_type, sparte, received, release, self.prepared) {
            let reason = format!("release `{release}` of {message_type} is not in force at receipt, {in_force} is");
            return Err(self.ucm(12, unh, 1, reason));
        }
        Ok(())
    }

    /// Every item is a segment, in the right characters, with elements that are not too long.
    fn segments(&self) -> Result<Vec<Segment>, Box<SyntaxError>> {
        let mut segments = Vec::with_capacity(self.layout.items.len());
        for (at, item) in self.layout.items.iter().enumerate() {
            let segment = match item {
                Item::Segment(segment) => segment,
                Item::Fault(fault) => {
                    let (code, reason) = match &fault.kind {
                        FaultKind::Empty => (13, "an empty segment".to_owned()),
                        FaultKind::NoTag(text) => (15, format!("`{text}` is no segment tag")),
                        _ => (15, "this is no segment".to_owned()),
                    };
                    return Err(self.ucs(code, "", at, fault.bytes.start, reason));
                }
            };
            if let Some((position, reason)) = first_violation(self.bytes, &segment.bytes) {
                let element = segment.elements.iter().rposition(|e| e.position <= position);
                return Err(self.ucd(21, segment, at, element, position, reason));
            }
            if segment.elements.is_empty() {
                return Err(self.ucs(13, &segment.tag, at, segment.bytes.start, format!("{} has no elements", segment.tag)));
            }
            if let Some((element, name, most)) = too_long(segment) {
                let reason = format!("{} element {name} is longer than {most} characters", segment.tag);
                return Err(self.ucd(39, segment, at, Some(element), segment.position_of(element), reason));
            }
            segments.push(segment.clone());
        }
        Ok(segments)
    }

    fn trailer(&self, count: usize) -> Result<(), Box<SyntaxError>> {
        let Some(unt) = self.layout.unt else {
            let end = self.layout.items.last().map_or(0, |item| item.bytes().end);
            return Err(self.ucm_at("UNT", 13, end, "UNT is missing"));
        };
        if unt.text(1, 0) != self.layout.unh.text(0, 0) {
            return Err(self.ucm(28, unt, 1, format!("UNT refers to `{}`, UNH is `{}`", unt.text(1, 0), self.layout.unh.text(0, 0))));
        }
        match unt.text(0, 0).parse::<usize>() {
            Err(_) => Err(self.ucm(12, unt, 0, "the number of segments (0074) is no number")),
            Ok(said) if said != count => Err(self.ucm(29, unt, 0, format!("UNT counts {said} segments, there are {count}"))),
            Ok(_) => Ok(()),
        }
    }

    /// The segments without which no acknowledgement could be built, and those that have no place in UTILMD.
    fn body(&self, segments: &[Segment]) -> Result<(), Box<SyntaxError>> {
        let message_type = self.layout.unh.text(1, 0);
        let second = if message_type == "CONTRL" { "UCI" } else { "BGM" };
        match segments.get(1) {
            Some(segment) if segment.tag == "BGM" && second == "BGM" && segment.text(1, 0).is_empty() => {
                return Err(self.ucd(13, segment, 1, Some(1), segment.position_of(1), "BGM has no document number (1004)"));
            }
            Some(segment) if segment.tag == second => {}
            _ => {
                let reason = format!("{second} is missing; it stands after UNH");
                return Err(self.ucs(13, second, 1, segments.get(1).map_or(0, |s| s.bytes.start), reason));
            }
        }
        if let Some((at, segment)) = segments.iter().enumerate().find(|(_, s)| !MARKET_SEGMENTS.contains(&s.tag.as_str())) {
            return Err(self.ucs(15, &segment.tag, at, segment.bytes.start, format!("no message of the market has {}", segment.tag)));
        }
        if let Some((at, ide)) = segments.iter().enumerate().find(|(_, s)| s.is("IDE", "24") && s.text(1, 0).is_empty()) {
            return Err(self.ucd(13, ide, at, Some(1), ide.position_of(1), "IDE+24 has no Vorgangsnummer (7402)"));
        }
        if message_type != "UTILMD" {
            return Ok(());
        }
        if let Some((at, segment)) = segments.iter().enumerate().find(|(_, s)| !UTILMD_SEGMENTS.contains(&s.tag.as_str())) {
            return Err(self.ucs(15, &segment.tag, at, segment.bytes.start, format!("UTILMD has no {}", segment.tag)));
        }
        if !segments.iter().any(|s| s.is("IDE", "24")) {
            let end = segments.last().map_or(0, |s| s.bytes.start);
            return Err(self.ucs(13, "IDE", segments.len().saturating_sub(1), end, "IDE+24 is missing"));
        }
        Ok(())
    }

    fn transactions(&self, segments: &[Segment]) -> Vec<Transaction> {
        let starts: Vec<usize> = segments.iter().enumerate().filter(|(_, s)| s.is("IDE", "24")).map(|(at, _)| at).collect();
        let last = segments.len().saturating_sub(1);
        let ends = starts.iter().skip(1).copied().chain(std::iter::once(last));
        starts
            .iter()
            .zip(ends)
            .map(|(&start, end)| {
                let vorgang = segments.get(start..end).unwrap_or(&[]);
                let pid = vorgang.iter().find(|s| s.is("RFF", "Z13")).and_then(|s| s.text(0, 1).parse().ok());
                let number = vorgang.first().map_or("", |ide| ide.text(1, 0));
                Transaction { vorgang: number.to_owned(), pid, range: start..end.max(start) }
            })
            .collect()
    }

    /// Every PID exists and belongs to the message type; every Vorgang of UTILMD has one; APERAK and CONTRL have none.
    fn pids(&self, segments: &[Segment], transactions: &[Transaction]) -> Result<Option<Pid>, Box<SyntaxError>> {
        let message_type = self.layout.unh.text(1, 0);
        if matches!(message_type, "APERAK" | "CONTRL") {
            return Ok(None);
        }
        let mut first = None;
        for (at, segment) in segments.iter().enumerate().filter(|(_, s)| s.is("RFF", "Z13")) {
            let refuse = |reason: String| self.ucd(12, segment, at, Some(0), segment.position_of(0), reason);
            let pid: Pid = segment.text(0, 1).parse().map_err(|e| refuse(format!("{e}")))?;
            match self.context.pids.message_type(pid) {
                Some(known) if known == message_type => {
                    let sparte = sparte_of_release(self.layout.unh.text(1, 4));
                    if let Some(reason) = self.context.pids.refusal(pid, self.context.received, sparte) {
                        return Err(Box::new(SyntaxError { dead_letter: Some(DeadLetter::UnknownPid), ..*refuse(reason) }));
                    }
                    first = first.or(Some(pid));
                }
                Some(other) => return Err(refuse(format!("PID {pid} belongs to {other}, not to {message_type}"))),
                None => {
                    let error = refuse(format!("PID {pid} does not exist"));
                    return Err(Box::new(SyntaxError { dead_letter: Some(DeadLetter::UnknownPid), ..*error }));
                }
            }
        }
        let without = if transactions.is_empty() {
            first.is_none().then_some((segments.len().saturating_sub(1), self.layout.unh))
        } else if message_type == "UTILMD" {
            let lacking = transactions.iter().find(|t| t.pid.is_none());
            lacking.and_then(|t| segments.get(t.range.start).map(|ide| (t.range.start, ide)))
        } else {
            None
        };
        match without {
            Some((at, near)) => Err(self.ucs(13, "RFF", at, near.bytes.start, "RFF+Z13 with the PID is missing")),
            None => Ok(first),
        }
    }

    fn ucm(&self, code: u8, segment: &Segment, element: usize, reason: impl Into<String>) -> Box<SyntaxError> {
        self.ucm_at(&segment.tag, code, segment.position_of(element), reason)
    }

    fn ucm_at(&self, tag: &str, code: u8, position: usize, reason: impl Into<String>) -> Box<SyntaxError> {
        let unh = self.layout.unh;
        let identifier = unh.elements.get(1).map_or_else(Vec::new, |e| e.components.clone());
        let message = MessageAddress { index: self.index, reference: unh.text(0, 0).to_owned(), identifier };
        Box::new(SyntaxError { level: Level::Ucm, message: Some(message), ..*SyntaxError::uci(code, tag, position, reason) })
    }

    fn ucs(&self, code: u8, tag: &str, at: usize, position: usize, reason: impl Into<String>) -> Box<SyntaxError> {
        Box::new(SyntaxError { level: Level::Ucs, segment_number: Some(at + 1), ..*self.ucm_at(tag, code, position, reason) })
    }

    fn ucd(
        &self,
        code: u8,
        segment: &Segment,
        at: usize,
        element: Option<usize>,
        position: usize,
        reason: impl Into<String>,
    ) -> Box<SyntaxError> {
        let element_number = Some(element.map_or(1, |element| element + 2));
        Box::new(SyntaxError { level: Level::Ucd, element_number, ..*self.ucs(code, &segment.tag, at, position, reason) })
    }
}
