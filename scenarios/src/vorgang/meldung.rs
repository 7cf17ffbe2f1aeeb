//! What a message of a Vorgang says, whatever its type: UTILMD with its Vorgangsnummer, or a message of orders with its document number.

use mako_engine::{Rejection, Timestamp};
use mako_sim::edifact::{AnswerStatus, Auftrag, Lokation, Pid, Transaktionsgrund, TypedMessage, Utilmd};
use mako_sim::received::Original;
use serde::{Deserialize, Serialize};

use super::art::{Day, Kind};
use super::frame::Frame;
use super::messtechnik::Messtechnik;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anliegen {
    /// Where.
    pub lokation: Lokation,
    /// The day it is about; midnight in Strom, 06:00 in Gas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Timestamp>,
    /// What measures there, as far as the master data say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technik: Option<Messtechnik>,
}

/// One message, as far as a process decides on it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Meldung {
    /// Where.
    pub lokation: Option<Lokation>,
    /// The day it is about.
    pub day: Option<Timestamp>,
    /// The answer code, in an answer.
    pub answer: Option<AnswerStatus>,
    /// The Vorgang, or document, that it answers.
    pub answers: Option<String>,
    /// The Vorgang that it takes back. A message of orders names what it takes back like what it answers, and is read so.
    pub takes_back: Option<String>,
}

impl Meldung {
    /// What `message` says, its day standing where `day` says.
    #[must_use]
    pub fn of(message: &TypedMessage, day: Day) -> Option<Self> {
        match message {
            TypedMessage::Utilmd(utilmd) => {
                let at = match day {
                    Day::None | Day::Order => None,
                    Day::Begin => utilmd.begin,
                    Day::End => utilmd.end,
                    Day::ServiceBegin => utilmd.service_begin,
                    Day::ContractEnd => utilmd.contract_end,
                };
                let (answer, answers, takes_back) = (utilmd.answer.clone(), utilmd.request_vorgang.clone(), utilmd.takes_back.clone());
                Some(Self { lokation: utilmd.lokation(), day: at, answer, answers, takes_back })
            }
            TypedMessage::Other(other) => {
                let Auftrag { lokation, day, answer, answers, .. } = Auftrag::of(other)?;
                Some(Self { lokation, day, answer, answers, takes_back: None })
            }
            TypedMessage::Aperak(_) | TypedMessage::Contrl(_) => None,
        }
    }

    /// The message `kind` of the process of `frame` that says this, with `day` where its day stands.
    ///
    /// # Errors
    /// A [`Rejection`] when there is no way to write it.
    pub fn write(&self, frame: &Frame, kind: Kind, day: Day, reason: Option<(&str, Option<&str>)>) -> Result<TypedMessage, Rejection> {
        let pid = pid(kind.pid)?;
        let Self { lokation, answer, answers, takes_back, .. } = self.clone();
        if kind.message_type != "UTILMD" {
            let answers = answers.or(takes_back);
            let auftrag =
                Auftrag { lokation, day: self.day, answer, answers, ..Auftrag::new(kind.message_type, pid, frame.document(kind.pid)) };
            let message = auftrag.message().map_err(|error| Rejection::new("no-form", error.to_string()))?;
            return Ok(TypedMessage::Other(message));
        }
        let mut utilmd = Utilmd::new(pid, frame.document(kind.pid), frame.vorgang(kind.pid));
        match day {
            Day::None | Day::Order => {}
            Day::Begin => utilmd.begin = self.day,
            Day::End => utilmd.end = self.day,
            Day::ServiceBegin => utilmd.service_begin = self.day,
            Day::ContractEnd => utilmd.contract_end = self.day,
        }
        utilmd.reason = reason.map(|(code, addition)| Transaktionsgrund { code: code.to_owned(), addition: addition.map(str::to_owned) });
        (utilmd.answer, utilmd.request_vorgang, utilmd.takes_back) = (answer, answers, takes_back);
        Ok(TypedMessage::from(match lokation {
            Some(lokation) => utilmd.about(lokation),
            None => utilmd,
        }))
    }
}

/// What an answer to the message names: its Vorgang, or its document where it has none.
#[must_use]
pub(crate) fn named(original: &Original) -> String {
    original.vorgang.clone().unwrap_or_else(|| original.document.clone())
}

/// The Prüfidentifikator written as `number`.
pub(super) fn pid(number: &str) -> Result<Pid, Rejection> {
    number.parse().map_err(|_| Rejection::new("no-pid", format!("{number} is no Prüfidentifikator")))
}
