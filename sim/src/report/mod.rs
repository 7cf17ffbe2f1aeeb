//! A run, told to people.
//!
//! Every report is a function of an [`Outcome`](crate::run::Outcome) alone and says the same of two equal runs. All of them tell
//! the same lines (`story`) under the same names (`names`), so that a timetable, a page and a diagram of one run agree:
//!
//! - [`timetable()`]: the snapshot that a scenario is tested against, one line per thing that happened, local time first.
//! - [`sequence_diagram`]: the messages as a Mermaid diagram.
//! - [`page()`]: one self-contained page to look at; [`diff`] is such a page of two runs, [`index`] lists the pages of many.
//! - [`table()`] and [`summary`]: what `cargo xtask simulate` prints of many runs.
//!
//! No report but the table (which shows the hash of each trace) ever prints an id, a hash or a time that is not the plan's.

#[cfg(test)]
mod any;
mod end;
mod event;
#[cfg(test)]
pub(crate) mod example;
mod line;
mod mermaid;
mod messages;
mod names;
mod page;
mod story;
mod table;
mod timetable;
mod words;

pub use mermaid::sequence_diagram;
pub use page::{Differences, Listed, diff, differences, index, page};
pub use table::{Row, summary, table};
pub use timetable::{timetable, told_at};
