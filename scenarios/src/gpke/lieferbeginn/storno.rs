//! The Storno of an Anmeldung: the LFN takes it back before it is answered.
//!
//! ```text
//! LFN ─55022→ NB      nothing decided yet: 55023, and the Anmeldung is answered no more, the LFA told nothing more
//!                     decided:             55024, the answer stands
//! ```
//!
//! The Storno names the Vorgang that it takes back (RFF+ACW). An answer to the Anmeldung that crosses it is taken as an answer; whether
//! the Anmeldung is taken back says the answer to the Storno alone. There is one Storno for an Anmeldung. Source: UTILMD AHB Strom 2.1,
//! 55022 to 55024: the answers name the Codeliste S_0087. Neither it nor GPKE Teil 4 was at hand: the codes are those of the other lists,
//! the Frist is that of the Storno of a Sperrung.

use mako_engine::{Decision, Rejection, Timestamp};
use mako_sim::edifact::{AnswerStatus, MpId, Transaktionsgrund, Utilmd};
use mako_sim::received::Original;

use super::pid;
use crate::vorgang::{Frame, Kind};

/// What asks, and the two answers.
pub(super) const MESSAGES: [Kind; 3] = [
    Kind::utilmd("55022", "Stornierung"),
    Kind::utilmd("55023", "Bestätigung der Stornierung"),
    Kind::utilmd("55024", "Ablehnung der Stornierung"),
];

/// What the mail calls it.
pub(super) const REQUEST: &str = "UTILMD 55022";

/// The label of the Frist of its answer.
pub(super) const ANSWER: &str = "answer 55022";

/// The code that says yes.
pub(super) const ACCEPTS_WITH: &str = "E15";

/// The code that says that the answer was decided before.
pub(super) const TOO_LATE_WITH: &str = "E17";

/// The list of the codes.
const CODES: &str = "S_0087";

/// The Prüfidentifikator of the answer that says yes, or no.
pub(super) const fn answer_pid(accepts: bool) -> &'static str {
    if accepts { "55023" } else { "55024" }
}

/// A message of it: category E01, as that of the Anmeldung, and the reason E05.
fn utilmd(frame: &Frame, number: &str) -> Result<Utilmd, Rejection> {
    let mut utilmd = Utilmd::new(pid(number)?, format!("{}D{number}", frame.token), frame.vorgang(number));
    utilmd.reason = Some(Transaktionsgrund { code: "E05".to_owned(), addition: None });
    Ok(utilmd)
}

/// Sends it to `nb`: takes the Anmeldung of `frame` back.
///
/// # Errors
/// A [`Rejection`] when it cannot be queued.
pub(super) fn ask<E>(frame: &Frame, nb: MpId, decision: Decision<E>) -> Result<Decision<E>, Rejection> {
    let mut storno = utilmd(frame, "55022")?;
    storno.takes_back = Some(frame.vorgang("55001"));
    frame.send(decision, storno, nb, None)
}

/// Answers it, which was received at `received_at`.
///
/// # Errors
/// A [`Rejection`] when the answer cannot be queued, or the rulebook has no Frist for it.
pub(super) fn answer<E>(
    frame: &Frame,
    lfn: MpId,
    (original, received_at): (&Original, Timestamp),
    (accepts, code): (bool, &str),
    decision: Decision<E>,
) -> Result<Decision<E>, Rejection> {
    let mut answer = utilmd(frame, answer_pid(accepts))?;
    answer.request_vorgang.clone_from(&original.vorgang);
    answer.answer = Some(AnswerStatus { code: code.to_owned(), ebd: Some(CODES.to_owned()) });
    let frist = frame.answer_frist("GPKE", "55022", received_at)?;
    frame.send(decision.deadline(ANSWER, frist.due, frist.reason), answer, lfn, Some(ANSWER))
}
