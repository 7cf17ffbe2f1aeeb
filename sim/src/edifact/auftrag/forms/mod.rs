//! The PIDs that an [`Auftrag`](super::Auftrag) can be written with. One file per process family.
//!
//! Where no sample of a PID was at hand, its row follows that of its nearest relative; the comment beside it says so.

mod gpke;
mod mabis;
mod wim;

use crate::edifact::pid::Pid;

/// How a message with a PID is written.
pub(super) struct Form {
    pub(super) message_type: &'static str,
    pub(super) pid: u32,
    /// BGM 1001.
    pub(super) document_code: &'static str,
    /// The qualifier of RFF under which it names the message that it answers; empty: it answers none.
    pub(super) answers: &'static str,
    /// The qualifier of the DTM with its day; empty: it has none.
    pub(super) day: &'static str,
    /// IFTSTA and INSRPT: category and state of STS.
    pub(super) status: (&'static str, &'static str),
    /// Segments that say the same in every message with the PID: tag, elements, components.
    pub(super) fixed: &'static [(&'static str, &'static [&'static [&'static str]])],
}

impl Form {
    /// A message that asks for something, for the day in DTM with `day`.
    const fn asking(message_type: &'static str, pid: u32, document_code: &'static str, day: &'static str) -> Self {
        Self { message_type, pid, document_code, answers: "", day, status: ("", ""), fixed: &[] }
    }

    /// A message that answers the one in RFF with `answers`.
    const fn answering(message_type: &'static str, pid: u32, document_code: &'static str, answers: &'static str) -> Self {
        Self { message_type, pid, document_code, answers, day: "", status: ("", ""), fixed: &[] }
    }

    /// An IFTSTA that reports a state.
    const fn reporting(pid: u32, document_code: &'static str, status: (&'static str, &'static str)) -> Self {
        Self { message_type: "IFTSTA", pid, document_code, answers: "", day: "", status, fixed: &[] }
    }
}

/// The form of `pid` in messages of `message_type`.
pub(super) fn form(message_type: &str, pid: Pid) -> Option<&'static Form> {
    let all = [gpke::FORMS, wim::FORMS, mabis::FORMS];
    all.into_iter().flatten().find(|form| form.message_type == message_type && form.pid == pid.number())
}

#[cfg(test)]
mod tests {
    use mako_engine::version::pid_row;

    use super::*;

    #[test]
    fn every_pid_has_one_form_and_belongs_to_its_message_type() {
        let mut seen = std::collections::BTreeSet::new();
        for form in [gpke::FORMS, wim::FORMS, mabis::FORMS].into_iter().flatten() {
            assert!(seen.insert((form.message_type, form.pid)), "{} stands twice", form.pid);
            assert_eq!(pid_row(form.pid).map(|row| row.message.as_str()), Some(form.message_type), "{}", form.pid);
        }
    }
}
