//! What ORDERS, ORDRSP, ORDCHG, REQOTE, QUOTES, IFTSTA and INSRPT say, as a value: the messages about one location that ask for
//! something, answer, or report.
//!
//! The value holds what a process decides on: the location, the day, the answer code, and which message it answers. [`Auftrag::message`]
//! makes an [`OtherMessage`] of it, in which the document time and the parties stay blank until it is written; [`Auftrag::of`] reads one,
//! whoever wrote it, and ignores what it does not know. How a PID is written is in `forms`, family by family.

mod forms;

use mako_engine::Timestamp;
use serde::{Deserialize, Serialize};

use super::interchange::PlainSegment;
use super::lokation::Lokation;
use super::message::OtherMessage;
use super::pid::Pid;
use super::utilmd::AnswerStatus;
use super::wire_time::{format_303, parse_303};
use super::write::WriteError;
use forms::{Form, form};

/// The qualifiers of RFF under which a message names the one that it answers.
const ANSWERED: &[&str] = &["ON", "AAV", "AGI", "ACW"];

/// One message about one location.
///
/// ```
/// use mako_sim::edifact::Auftrag;
/// let pid = "17115".parse().unwrap();
/// let order = Auftrag {
///     lokation: Some("51999990018".parse().unwrap()),
///     day: Some("2025-11-30T23:00:00Z".parse().unwrap()),
///     ..Auftrag::new("ORDERS", pid, "D1")
/// };
/// let message = order.message().unwrap();
/// assert_eq!(Auftrag::of(&message), Some(order));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auftrag {
    /// UNH 0065.
    pub message_type: String,
    /// RFF+Z13.
    pub pid: Pid,
    /// BGM 1004, unique per sender and message type.
    pub document: String,
    /// RFF+ON, RFF+AAV or RFF+AGI: the document number of the message that this one answers.
    pub answers: Option<String>,
    /// LOC+172.
    pub lokation: Option<Lokation>,
    /// The day it is about, such as that of a Sperrung: DTM with the qualifier of its form.
    pub day: Option<Timestamp>,
    /// AJT, or the status of IFTSTA and INSRPT.
    pub answer: Option<AnswerStatus>,
}

impl Auftrag {
    /// The shortest message: everything that is optional is absent.
    #[must_use]
    pub fn new(message_type: impl Into<String>, pid: Pid, document: impl Into<String>) -> Self {
        let (message_type, document) = (message_type.into(), document.into());
        Self { message_type, pid, document, answers: None, lokation: None, day: None, answer: None }
    }

    /// The message, ready to be sent.
    ///
    /// # Errors
    /// [`WriteError::NoForm`] when its PID cannot be written.
    pub fn message(&self) -> Result<OtherMessage, WriteError> {
        let Some(form) = form(&self.message_type, self.pid) else {
            return Err(WriteError::NoForm { what: format!("{} {}", self.message_type, self.pid) });
        };
        let segments = match self.message_type.as_str() {
            "IFTSTA" => self.report(form),
            "INSRPT" => self.inspection(form),
            _ => self.order(form),
        };
        Ok(OtherMessage { message_type: self.message_type.clone(), pid: Some(self.pid), document: self.document.clone(), segments })
    }

    /// What `message` says; nothing when it has no PID.
    #[must_use]
    pub fn of(message: &OtherMessage) -> Option<Self> {
        let segments = &message.segments;
        let pid = message.pid?;
        let text = |segment: &PlainSegment, element: usize, component: usize| {
            segment.elements.get(element).and_then(|e| e.get(component)).filter(|text| !text.is_empty()).cloned()
        };
        let with = |tag: &str, qualifier: &str| segments.iter().find(|s| s.tag == tag && text(s, 0, 0).as_deref() == Some(qualifier));
        let status = |s: &PlainSegment| text(s, 2, 0).map(|code| AnswerStatus { code, ebd: text(s, 2, 1) });
        let judged = |s: &PlainSegment| text(s, 0, 0).map(|code| AnswerStatus { code, ebd: text(s, 1, 0) });
        let days = form(&message.message_type, pid).map_or("", |form| form.day);
        Some(Self {
            answers: ANSWERED.iter().find_map(|qualifier| with("RFF", qualifier)).and_then(|s| text(s, 0, 1)),
            lokation: with("LOC", "172").and_then(|s| text(s, 1, 0)).and_then(|text| text.parse().ok()),
            day: with("DTM", days).and_then(|s| text(s, 0, 1)).and_then(|text| parse_303(&text)),
            answer: segments
                .iter()
                .find(|s| s.tag == "AJT")
                .and_then(judged)
                .or_else(|| segments.iter().filter(|s| s.tag == "STS").find_map(status)),
            ..Self::new(message.message_type.clone(), pid, message.document.clone())
        })
    }

    /// ORDERS, ORDRSP, ORDCHG, REQOTE, QUOTES.
    fn order(&self, form: &Form) -> Vec<PlainSegment> {
        let mut all = vec![seg("BGM", &[&[form.document_code], &[&self.document]]), blank("DTM", "137")];
        all.extend(self.day(form));
        all.extend(form.fixed.iter().map(|(tag, elements)| seg(tag, elements)));
        all.extend(self.answers(form));
        all.push(seg("RFF", &[&["Z13", &self.pid.to_string()]]));
        all.extend(self.answer.as_ref().map(|answer| match &answer.ebd {
            Some(ebd) => seg("AJT", &[&[&answer.code], &[ebd]]),
            None => seg("AJT", &[&[&answer.code]]),
        }));
        all.extend([blank("NAD", "MS"), blank("NAD", "MR")]);
        // Who answers or changes an order names the order and no location.
        if matches!(self.message_type.as_str(), "ORDERS" | "REQOTE" | "QUOTES") {
            all.extend(self.place(true));
            all.push(seg("LIN", &[&["1"]]));
        }
        all.push(seg("UNS", &[&["S"]]));
        all
    }

    /// IFTSTA.
    fn report(&self, form: &Form) -> Vec<PlainSegment> {
        let mut all =
            vec![seg("BGM", &[&[form.document_code], &[&self.document]]), blank("DTM", "137"), blank("NAD", "MR"), blank("NAD", "MS")];
        all.push(seg("CNI", &[&["1"]]));
        all.extend(self.place(false));
        all.push(self.status(form));
        all.push(seg("RFF", &[&["Z13", &self.pid.to_string()]]));
        all.extend(self.answers(form));
        all.extend(self.day(form));
        all
    }

    /// INSRPT.
    fn inspection(&self, form: &Form) -> Vec<PlainSegment> {
        let mut all =
            vec![seg("BGM", &[&[form.document_code], &[&self.document]]), blank("DTM", "137"), blank("NAD", "MR"), blank("NAD", "MS")];
        all.extend(form.fixed.iter().map(|(tag, elements)| seg(tag, elements)));
        all.push(seg("RFF", &[&["Z13", &self.pid.to_string()]]));
        all.extend(self.answers(form));
        all.push(seg("LIN", &[&["1"]]));
        all.extend(self.day(form));
        all.push(self.status(form));
        all.extend(self.place(true));
        all
    }

    fn day(&self, form: &Form) -> Option<PlainSegment> {
        self.day.filter(|_| !form.day.is_empty()).map(|at| seg("DTM", &[&[form.day, &format_303(at), "303"]]))
    }

    fn answers(&self, form: &Form) -> Option<PlainSegment> {
        self.answers.as_ref().filter(|_| !form.answers.is_empty()).map(|document| seg("RFF", &[&[form.answers, document]]))
    }

    /// The location, in a message of orders under the delivery party.
    fn place(&self, under_party: bool) -> Vec<PlainSegment> {
        let Some(lokation) = &self.lokation else { return Vec::new() };
        let party = under_party.then(|| seg("NAD", &[&["DP"]]));
        party.into_iter().chain([seg("LOC", &[&["172"], &[&lokation.to_string()]])]).collect()
    }

    fn status(&self, form: &Form) -> PlainSegment {
        let (category, status) = form.status;
        match &self.answer {
            None => seg("STS", &[&[category], &[status]]),
            Some(AnswerStatus { code, ebd: None }) => seg("STS", &[&[category], &[status], &[code]]),
            Some(AnswerStatus { code, ebd: Some(ebd) }) => seg("STS", &[&[category], &[status], &[code, ebd]]),
        }
    }
}

/// What is filled in when the message is written: the document time (`DTM`, `137`), the sender (`NAD`, `MS`), the receiver (`NAD`, `MR`).
pub(super) fn blank(tag: &str, qualifier: &str) -> PlainSegment {
    seg(tag, &[&[qualifier]])
}

pub(super) fn seg(tag: &str, elements: &[&[&str]]) -> PlainSegment {
    let elements = elements.iter().map(|components| components.iter().map(|text| (*text).to_owned()).collect()).collect();
    PlainSegment { tag: tag.to_owned(), elements }
}

impl OtherMessage {
    /// The document number of the message that this one answers, where it names one.
    #[must_use]
    pub fn answered(&self) -> Option<&str> {
        let named = |segment: &&PlainSegment| segment.tag == "RFF" && qualifier(segment).is_some_and(|text| ANSWERED.contains(&text));
        self.segments.iter().find(named).and_then(|segment| segment.elements.first()?.get(1)).map(String::as_str)
    }

    /// The message, in which `document` is the number of the one that it answers.
    pub(crate) fn answer_to(&mut self, document: &str) {
        let named = |segment: &&mut PlainSegment| segment.tag == "RFF" && qualifier(segment).is_some_and(|text| ANSWERED.contains(&text));
        if let Some(place) = self.segments.iter_mut().find(named).and_then(|segment| segment.elements.first_mut()?.get_mut(1)) {
            document.clone_into(place);
        }
    }
}

fn qualifier(segment: &PlainSegment) -> Option<&str> {
    segment.elements.first()?.first().map(String::as_str)
}
