//! The PIDs of UTILMD that can be written: their document code and what a Vorgang with them must hold. One file per process family.
//!
//! Where no sample of a PID was at hand, its row follows that of its nearest relative (`is_sampled: false`), and a receiver does not
//! insist on the document code.

mod geli_gas;
mod gpke;
mod mabis;
mod wim;
mod wim_gas;

use crate::edifact::pid::Pid;

/// What the writer and the check must know of a PID.
pub(in crate::edifact) struct Form {
    pub(in crate::edifact) pid: u32,
    /// BGM 1001.
    pub(in crate::edifact) document_code: &'static str,
    /// Tag and qualifier of the segments without which the Vorgang means nothing.
    pub(in crate::edifact) required: &'static [(&'static str, &'static str)],
    /// Whether a sample confirmed the document code; only then a receiver insists on it.
    pub(in crate::edifact) is_sampled: bool,
}

impl Form {
    /// A form that a sample confirmed.
    const fn sampled(pid: u32, document_code: &'static str, required: &'static [(&'static str, &'static str)]) -> Self {
        Self { pid, document_code, required, is_sampled: true }
    }

    /// A form that follows a relative.
    const fn like(pid: u32, document_code: &'static str, required: &'static [(&'static str, &'static str)]) -> Self {
        Self { pid, document_code, required, is_sampled: false }
    }
}

/// The form of `pid`, for the PIDs that can be written.
pub(in crate::edifact) fn form(pid: Pid) -> Option<&'static Form> {
    let all = [gpke::FORMS, wim::FORMS, geli_gas::FORMS, wim_gas::FORMS, mabis::FORMS];
    all.into_iter().flatten().find(|form| form.pid == pid.number())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pid_has_one_form_and_exists() {
        let mut seen = std::collections::BTreeSet::new();
        for form in [gpke::FORMS, wim::FORMS, geli_gas::FORMS, wim_gas::FORMS, mabis::FORMS].into_iter().flatten() {
            assert!(seen.insert(form.pid), "{} stands twice", form.pid);
            assert!(form.pid.to_string().parse::<Pid>().is_ok(), "{} is no PID", form.pid);
        }
        assert!(seen.contains(&55001));
    }
}
