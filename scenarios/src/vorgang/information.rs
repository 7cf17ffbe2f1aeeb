//! An information duty as a message: what it says, to whom, and until when.

use mako_engine::{Decision, Rejection, Timestamp};
use mako_sim::edifact::MpId;

use super::art::Information;
use super::frame::Frame;
use super::meldung::{Anliegen, Meldung};

impl Information {
    /// The label of its Frist, where it has one.
    #[must_use]
    pub(super) fn label(&self) -> Option<String> {
        self.has_frist.then(|| format!("information {}", self.kind.pid))
    }

    /// Sends it to `to`; its Frist counts from `from`, the ÜT of the message that it follows from, where that is known.
    ///
    /// # Errors
    /// A [`Rejection`] when it cannot be written, or the rulebook has no Frist for it.
    pub(super) fn send<E>(
        &self,
        frame: &Frame,
        anliegen: &Anliegen,
        from: Option<Timestamp>,
        to: MpId,
        decision: Decision<E>,
    ) -> Result<Decision<E>, Rejection> {
        let Anliegen { lokation, day, .. } = anliegen.clone();
        let says = Meldung { lokation: Some(lokation), day, ..Meldung::default() };
        let message = says.write(frame, self.kind, self.day, self.reason)?;
        let Some((label, from)) = self.label().zip(from) else { return frame.send(decision, message, to, None) };
        let frist = frame.information_frist(self.kind.pid, from)?;
        frame.send(decision.deadline(&label, frist.due, frist.reason), message, to, Some(&label))
    }
}
