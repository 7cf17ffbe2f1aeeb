//! A Storno: the one who asked takes an order back, before it is done.
//!
//! ```text
//! asking     ─Storno→    (waiting, or confirmed and not done yet)    ─answer→ taken-back | goes on
//! answering  ─question→  granted: nothing is answered or done any more, taken-back
//!                        refused: what was asked for goes on
//!                        done, failed or refused before: refused at once, without a question
//! ```
//!
//! A Storno is no process of its own: it and the order that it takes back meet in one state machine, on both sides. An answer to the
//! order that crosses the Storno is taken as an answer; whether the order is taken back says the answer to the Storno alone. There is
//! one Storno for an order; after a refused one a person has to speak to a person. Source: BK6-24-174 GPKE Teil 2 § 3.5.3.2.

use mako_engine::{Decision, Rejection, Timestamp};
use mako_sim::edifact::{AnswerStatus, MpId};

use super::art::{Day, Kind};
use super::frame::Frame;
use super::meldung::Meldung;

/// How an order is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Storno {
    /// The Vorgänge that it takes back, by their names; none where a process that is no Vorgang takes its own.
    pub of: &'static [&'static str],
    /// The process family, as the rulebooks name it.
    pub family: &'static str,
    /// The question to the back office; empty where the process decides by itself.
    pub title: &'static str,
    /// Takes the order back; names it by its document.
    pub request: Kind,
    /// Says yes.
    pub accepts: Kind,
    /// Says no.
    pub refuses: Kind,
    /// The code that says yes.
    pub accepts_with: &'static str,
    /// The code of the refusal when the order is done, failed or refused already.
    pub too_late_with: &'static str,
    /// The decision tree, or list, of the codes.
    pub ebd: &'static str,
    /// The Transaktionsgrund, where its messages have one.
    pub reason: Option<&'static str>,
}

impl Storno {
    /// The label of the Frist of its answer.
    #[must_use]
    pub(super) fn label(&self) -> String {
        format!("answer {}", self.request.pid)
    }

    /// Its messages: what takes back, and the two answers.
    #[must_use]
    pub fn kinds(&self) -> [Kind; 3] {
        [self.request, self.accepts, self.refuses]
    }

    /// The answer that says yes or no.
    #[must_use]
    pub(crate) const fn answer_kind(&self, accepts: bool) -> Kind {
        if accepts { self.accepts } else { self.refuses }
    }

    /// The Transaktionsgrund of its messages, as a message wants it.
    fn grund(&self) -> Option<(&'static str, Option<&'static str>)> {
        self.reason.map(|code| (code, None))
    }

    /// Sends it to `to`: takes back the order that is named `order`, by its Vorgang or its document.
    ///
    /// # Errors
    /// A [`Rejection`] when it cannot be written.
    pub(crate) fn ask<E>(&self, frame: &Frame, order: String, to: MpId, decision: Decision<E>) -> Result<Decision<E>, Rejection> {
        let says = Meldung { takes_back: Some(order), ..Meldung::default() };
        frame.send(decision, says.write(frame, self.request, Day::None, self.grund())?, to, None)
    }

    /// Answers it: it was received at `received_at`, and is named `storno`, by its Vorgang or its document.
    ///
    /// # Errors
    /// A [`Rejection`] when the answer cannot be written, or the rulebook has no Frist for it.
    pub(crate) fn answer<E>(
        &self,
        frame: &Frame,
        (storno, received_at): (String, Timestamp),
        (accepts, code): (bool, &str),
        to: MpId,
        decision: Decision<E>,
    ) -> Result<Decision<E>, Rejection> {
        let answer = Some(AnswerStatus { code: code.to_owned(), ebd: Some(self.ebd.to_owned()) });
        let says = Meldung { answer, answers: Some(storno), ..Meldung::default() };
        let message = says.write(frame, self.answer_kind(accepts), Day::None, self.grund())?;
        let frist = frame.answer_frist(self.family, self.request.pid, received_at)?;
        frame.send(decision.deadline(&self.label(), frist.due, frist.reason), message, to, Some(&self.label()))
    }
}
