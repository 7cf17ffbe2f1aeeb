//! What follows a yes: weeks later, counted from the day that was agreed.
//!
//! ```text
//! Report      the one who asked:     day came → reported ─answer→ accepted | rejected         ─called off→ failed
//!             the one who answered:  waits ─report→ judged       └─no report until the last day→ called off
//!
//! Successor   the one who answered:  waits for the window → asked ─yes→ taken over
//!                                                              └─no, silence, unreached→ ordered from the one who asked → prolonged | not
//! ```
//!
//! Each side is a small machine of its own, that lives in the process of its Vorgang and shares its mail: [`reporting`] and [`awaiting`]
//! for a [`Report`], [`search`] for a [`Successor`]; [`answerer`] puts those of one side together. Every Frist is counted from the agreed day by a lead time of the rulebook.
//!
//! Source: WiM Strom Teil 1 Kap. 2.3.2 Nr. 5 to 16 (Gesamtvorgang) and Kap. 2.4.2 Nr. 3 to 6 (Verpflichtungsanfrage, Weiterverpflichtung).

pub mod answerer;
pub mod awaiting;
pub mod reporting;
pub mod search;

use super::art::{Day, Kind};

/// What follows a yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// The one who asked reports what became of it.
    Report(Report),
    /// The one who answered looks for somebody who takes over.
    Successor(Successor),
}

/// The one who asked reports what became of it, by a day counted from the agreed one; the one who answered judges the report, or calls the
/// whole off when none came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// The question to both back offices, such as `Gesamtvorgang`: accepted when it is done, and when the report is right.
    pub title: &'static str,
    /// Reports that it is done. Its Prüfidentifikator names the lead time of the report, and the Frist of its answer.
    pub done: Kind,
    /// Reports that it failed; its answer can only be a refusal.
    pub failed: Kind,
    /// The report is right.
    pub accepts: Kind,
    /// The report is wrong, or noted as that of a failure.
    pub refuses: Kind,
    /// The codes of the two.
    pub codes: (&'static str, &'static str),
    /// The decision tree of the codes.
    pub ebd: &'static str,
    /// Calls it off when no report came. Its Prüfidentifikator names its lead time.
    pub calls_off: Kind,
    /// Where the day stands in the reports.
    pub day: Day,
}

/// The one who answered looks for somebody who takes over: asks a partner of the location, and when nothing comes of it orders it from the
/// one who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Successor {
    /// The partner, by the name of an attribute of the object, such as `gmsb`. Where the location has none, nothing follows.
    pub partner: &'static str,
    /// Asks the partner. Its Prüfidentifikator names its window, a lead time, and the Frist of its answer.
    pub asks: Kind,
    /// Where the day stands in it.
    pub asks_day: Day,
    /// The partner takes over.
    pub takes: Kind,
    /// The partner does not.
    pub declines: Kind,
    /// Orders it from the one who asked.
    pub orders: Kind,
    /// Where the day stands in it.
    pub orders_day: Day,
    /// He stays.
    pub stays: Kind,
    /// He goes all the same.
    pub goes: Kind,
}

impl Then {
    /// What the one who asked may hear because of it.
    #[must_use]
    pub fn heard_by_asker(&self) -> Vec<Kind> {
        match self {
            Self::Report(report) => vec![report.accepts, report.refuses, report.calls_off],
            // The order is a Vorgang of its own for him.
            Self::Successor(_) => Vec::new(),
        }
    }

    /// What the one who answered may hear because of it.
    #[must_use]
    pub fn heard_by_answerer(&self) -> Vec<Kind> {
        match self {
            Self::Report(report) => vec![report.done, report.failed],
            Self::Successor(successor) => vec![successor.takes, successor.declines, successor.stays, successor.goes],
        }
    }

    /// What the one who answered sends because of it.
    #[must_use]
    pub fn sent_by_answerer(&self) -> Vec<Kind> {
        match self {
            Self::Report(report) => vec![report.accepts, report.refuses, report.calls_off],
            Self::Successor(successor) => vec![successor.asks, successor.orders],
        }
    }

    /// What the one who asked sends because of it.
    #[must_use]
    pub fn sent_by_asker(&self) -> Vec<Kind> {
        match self {
            Self::Report(report) => vec![report.done, report.failed],
            Self::Successor(_) => Vec::new(),
        }
    }
}
