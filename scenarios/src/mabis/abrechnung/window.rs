//! The windows of a month, counted from its end, and who checks a series in them.

use mako_engine::fristen::{Frist, Rulebook};
use mako_engine::{Rejection, Timestamp};
use mako_sim::edifact::Liefermonat;
use serde::{Deserialize, Serialize};

use crate::vorgang::Kind;

/// The window that a version falls into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Phase {
    /// The month is not over.
    TooEarly,
    /// The first version.
    Erstaufschlag,
    /// Corrections.
    Clearing,
    /// The Korrekturbilanzkreisabrechnung.
    Kbka,
    /// Nothing more.
    Closed,
}

/// What the one who checks a series is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Checks {
    /// The Bilanzkoordinator: gives a Datenstatus, or rejects.
    Biko,
    /// The Bilanzkreisverantwortliche.
    Bkv,
    /// A supplier.
    Lf,
    /// Another grid operator.
    Nb,
}

impl Checks {
    /// What a party of `role` is: one of the words of scenarios, or of recordings. Who is none of these checks like the BIKO.
    #[must_use]
    pub fn of_role(role: &str) -> Self {
        match role {
            "Bilanzkreisverantwortlicher" | "BKV" => Self::Bkv,
            "Lieferant" | "LF" | "LFN" | "LFA" => Self::Lf,
            "Netzbetreiber" | "NB" => Self::Nb,
            _ => Self::Biko,
        }
    }

    /// What it answers a version with that it accepts, or rejects; one Prüfidentifikator may say both.
    #[must_use]
    pub const fn answer(self, accepts: bool) -> Kind {
        match (self, accepts) {
            (Self::Biko, true) => Kind::of("IFTSTA", "21003", "Datenstatus"),
            (Self::Biko, false) => Kind::of("IFTSTA", "21002", "Abweisung"),
            (Self::Bkv, _) => Kind::of("IFTSTA", "21005", "Prüfmitteilung"),
            (Self::Lf, _) => Kind::of("IFTSTA", "21000", "Prüfmitteilung"),
            (Self::Nb, _) => Kind::of("IFTSTA", "21001", "Prüfmitteilung"),
        }
    }

    /// The Frist of its answer, by its name in the rulebook.
    #[must_use]
    pub const fn frist(self) -> &'static str {
        match self {
            Self::Biko => "13003-datenstatus",
            Self::Bkv => "21005",
            Self::Lf => "21000",
            Self::Nb => "21001",
        }
    }

    const fn windows(self) -> [(Phase, &'static str); 3] {
        match self {
            Self::Bkv => [(Phase::Erstaufschlag, "13003-erstaufschlag-bk"), (Phase::Clearing, "13003-clearing-bk"), (Phase::Kbka, "kbka")],
            Self::Biko | Self::Lf | Self::Nb => {
                [(Phase::Erstaufschlag, "13003-erstaufschlag-bg"), (Phase::Clearing, "13003-clearing-bg"), (Phase::Kbka, "kbka")]
            }
        }
    }
}

/// The deadline at the end of a window, and the window.
const ENDS: [(Phase, &str); 3] = [
    (Phase::Erstaufschlag, "awaits end of Erstaufschlag"),
    (Phase::Clearing, "awaits end of Clearing"),
    (Phase::Kbka, "awaits end of KBKA"),
];

/// The window that ends with the deadline `label`.
pub(super) fn ends_with(label: &str) -> Option<Phase> {
    ENDS.iter().find(|(_, own)| *own == label).map(|(phase, _)| *phase)
}

/// The windows that end after `now`: the label of their end, and when that is.
pub(super) fn ahead(rules: &Rulebook, checks: Checks, month: Liefermonat, now: Timestamp) -> Result<Vec<(&'static str, Frist)>, Rejection> {
    let mut ends = Vec::new();
    for (phase, label) in ENDS {
        let frist = end_of(rules, checks, month, phase)?;
        if now < frist.due || phase == Phase::Kbka {
            ends.push((label, frist));
        }
    }
    Ok(ends)
}

/// When the window `phase` ends.
///
/// # Errors
/// A [`Rejection`] when the rulebook knows no such window.
pub fn end_of(rules: &Rulebook, checks: Checks, month: Liefermonat, phase: Phase) -> Result<Frist, Rejection> {
    let named = checks.windows().into_iter().find(|(own, _)| *own == phase).map(|(_, name)| name);
    let name = named.ok_or_else(|| Rejection::new("no-window", format!("{phase:?} has no end")))?;
    let window = rules.window(name, Some("MABIS")).map_err(|error| Rejection::new("no-window", error.to_string()))?;
    Ok(window.due(month.begins(), rules.calendar()))
}

/// The window that `received_at` falls into.
pub(super) fn phase_at(rules: &Rulebook, checks: Checks, month: Liefermonat, received_at: Timestamp) -> Result<Phase, Rejection> {
    if received_at < month.ends() {
        return Ok(Phase::TooEarly);
    }
    for (phase, _) in checks.windows() {
        if end_of(rules, checks, month, phase)?.is_met_at(received_at) {
            return Ok(phase);
        }
    }
    Ok(Phase::Closed)
}
