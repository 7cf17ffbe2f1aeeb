//! The files of a rulebook as they are written: one per subject, rows with their place, nothing checked but the form.
//!
//! | File | Tables |
//! |---|---|
//! | `rulebook.toml` | `[rulebook]`, `[[family]]` |
//! | `calendar.toml` | `[calendar]`, `[[holiday]]` |
//! | `answers.toml` | `[[answer]]` |
//! | `information.toml` | `[[information]]` |
//! | `acknowledgements.toml` | `[[aperak]]`, `[[contrl]]` |
//! | `lead_times.toml` | `[[lead_time]]` |
//! | `mabis.toml` | `[[mabis]]` |
//! | `as4.toml` | `[as4_retry]` |
//! | `cutover.toml` | `[tolerance]`, `[release_policy]` |
//!
//! A file may be absent where the rulebook inherits its subject. Whatever does not fit is a [`RulebookError`] with file and line.

use serde::Deserialize;
use toml::Spanned;

use super::frist::Sparte;
use super::row::{Confidence, WindowKind};

/// Why a rulebook cannot be used. Says where and what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RulebookError {
    /// A line is not what it should be.
    #[error("{file}:{line}: {problem}")]
    Line {
        /// The file, as it was named.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong and what was expected.
        problem: String,
    },
    /// Something is missing, or does not fit together.
    #[error("rulebook {rulebook}: {problem}")]
    Incomplete {
        /// The rulebook.
        rulebook: String,
        /// What is wrong and what was expected.
        problem: String,
    },
    /// A directory or file cannot be read.
    #[error("{path}: {problem}")]
    Unreadable {
        /// The path.
        path: String,
        /// What the system says.
        problem: String,
    },
    /// Rulebooks were loaded before; a program does that once, before it asks for any.
    #[error("rulebooks from {path} cannot be added: others were loaded already, name one directory at the start")]
    LoadedTwice {
        /// The directory.
        path: String,
    },
}

/// One file of a rulebook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SourceFile {
    /// As it is named in errors, such as `bk6-24-174/answers.toml`.
    pub(super) path: String,
    pub(super) text: String,
}

/// A row and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Row<T> {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) is: T,
}

impl<T> Row<T> {
    pub(super) fn wrong(&self, problem: impl Into<String>) -> RulebookError {
        RulebookError::Line { file: self.file.clone(), line: self.line, problem: problem.into() }
    }
}

/// Every row of a rulebook, its parent's not included.
#[derive(Debug, Clone, Default)]
pub(super) struct RawBook {
    pub(super) head: Option<Row<RawHead>>,
    pub(super) family: Vec<Row<RawFamily>>,
    pub(super) calendar: Option<Row<RawCalendar>>,
    pub(super) holiday: Vec<Row<RawHoliday>>,
    pub(super) answer: Vec<Row<RawWindow>>,
    pub(super) information: Vec<Row<RawWindow>>,
    pub(super) aperak: Vec<Row<RawWindow>>,
    pub(super) contrl: Vec<Row<RawWindow>>,
    pub(super) mabis: Vec<Row<RawWindow>>,
    pub(super) lead_time: Vec<Row<RawLeadTime>>,
    pub(super) as4_retry: Option<Row<RawRetry>>,
    pub(super) tolerance: Option<Row<RawTolerance>>,
    pub(super) release_policy: Option<Row<RawPolicy>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHead {
    pub(super) title: String,
    pub(super) inherits: Option<String>,
    pub(super) source: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFamily {
    pub(super) name: String,
    pub(super) source: String,
    #[serde(default)]
    pub(super) also: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCalendar {
    pub(super) saturday_is_werktag: bool,
    pub(super) source: String,
    pub(super) confidence: Confidence,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHoliday {
    pub(super) name: String,
    pub(super) day: String,
    pub(super) land: String,
    pub(super) since: Option<i32>,
    pub(super) until: Option<i32>,
    pub(super) source: String,
    pub(super) confidence: Confidence,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWindow {
    pub(super) family: String,
    pub(super) triggers: Vec<String>,
    #[serde(default)]
    pub(super) clock_start: String,
    pub(super) opens: Option<String>,
    pub(super) rule: String,
    pub(super) received_saturday: Option<String>,
    pub(super) sparte: Option<Sparte>,
    #[serde(default)]
    pub(super) messages: Vec<String>,
    #[serde(default)]
    pub(super) pids: Vec<String>,
    pub(super) source: String,
    pub(super) confidence: Confidence,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLeadTime {
    pub(super) family: String,
    pub(super) triggers: Vec<String>,
    pub(super) anchor: String,
    pub(super) rule: String,
    pub(super) source: String,
    pub(super) confidence: Confidence,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRetry {
    pub(super) intervals_s: Vec<u32>,
    pub(super) horizon_s: u64,
    pub(super) dedup_window_s: u64,
    pub(super) source: String,
    pub(super) confidence: Confidence,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTolerance {
    pub(super) hours_before: u32,
    pub(super) days_after: u32,
    pub(super) standing_days: Vec<String>,
    pub(super) source: String,
    pub(super) confidence: Confidence,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPolicy {
    pub(super) policy: String,
    pub(super) source: String,
    pub(super) confidence: Confidence,
}

/// The tables of one file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    rulebook: Option<Spanned<RawHead>>,
    calendar: Option<Spanned<RawCalendar>>,
    as4_retry: Option<Spanned<RawRetry>>,
    tolerance: Option<Spanned<RawTolerance>>,
    release_policy: Option<Spanned<RawPolicy>>,
    #[serde(default)]
    family: Vec<Spanned<RawFamily>>,
    #[serde(default)]
    holiday: Vec<Spanned<RawHoliday>>,
    #[serde(default)]
    answer: Vec<Spanned<RawWindow>>,
    #[serde(default)]
    information: Vec<Spanned<RawWindow>>,
    #[serde(default)]
    aperak: Vec<Spanned<RawWindow>>,
    #[serde(default)]
    contrl: Vec<Spanned<RawWindow>>,
    #[serde(default)]
    mabis: Vec<Spanned<RawWindow>>,
    #[serde(default)]
    lead_time: Vec<Spanned<RawLeadTime>>,
}

/// Which tables a file may hold.
const SUBJECTS: [(&str, &[&str]); 9] = [
    ("rulebook", &["rulebook", "family"]),
    ("calendar", &["calendar", "holiday"]),
    ("answers", &["answer"]),
    ("information", &["information"]),
    ("acknowledgements", &["aperak", "contrl"]),
    ("lead_times", &["lead_time"]),
    ("mabis", &["mabis"]),
    ("as4", &["as4_retry"]),
    ("cutover", &["tolerance", "release_policy"]),
];

/// The names of the files that a rulebook may have, without `.toml`.
fn subjects() -> impl Iterator<Item = &'static str> {
    SUBJECTS.iter().map(|(name, _)| *name)
}

impl RawBook {
    /// Reads every file of a rulebook.
    pub(super) fn read(files: &[SourceFile]) -> Result<Self, RulebookError> {
        let mut book = Self::default();
        for file in files {
            book.take(file)?;
        }
        Ok(book)
    }

    fn take(&mut self, file: &SourceFile) -> Result<(), RulebookError> {
        in_their_file(file)?;
        let raw: RawFile = toml::from_str(&file.text).map_err(|error| file.failed(&error))?;
        file.only(&mut self.head, raw.rulebook);
        file.only(&mut self.calendar, raw.calendar);
        file.only(&mut self.as4_retry, raw.as4_retry);
        file.only(&mut self.tolerance, raw.tolerance);
        file.only(&mut self.release_policy, raw.release_policy);
        file.all(&mut self.family, raw.family);
        file.all(&mut self.holiday, raw.holiday);
        file.all(&mut self.answer, raw.answer);
        file.all(&mut self.information, raw.information);
        file.all(&mut self.aperak, raw.aperak);
        file.all(&mut self.contrl, raw.contrl);
        file.all(&mut self.mabis, raw.mabis);
        file.all(&mut self.lead_time, raw.lead_time);
        Ok(())
    }

    /// Takes over from `parent` what this rulebook does not name: whole tables, whole families of a table, and holidays by name.
    pub(super) fn inherit(&mut self, parent: &Self) {
        fn of_other_families<R: Clone>(own: &mut Vec<Row<R>>, parent: &[Row<R>], name: fn(&R) -> &str) {
            let named: Vec<String> = own.iter().map(|row| name(&row.is).to_owned()).collect();
            own.extend(parent.iter().filter(|row| named.iter().all(|own| own != name(&row.is))).cloned());
        }
        fn unless_own<R: Clone>(own: &mut Option<Row<R>>, parent: Option<&Row<R>>) {
            *own = own.take().or_else(|| parent.cloned());
        }
        of_other_families(&mut self.family, &parent.family, |row| &row.name);
        of_other_families(&mut self.holiday, &parent.holiday, |row| &row.name);
        of_other_families(&mut self.lead_time, &parent.lead_time, |row| &row.family);
        for (own, parent) in [
            (&mut self.answer, &parent.answer),
            (&mut self.information, &parent.information),
            (&mut self.aperak, &parent.aperak),
            (&mut self.contrl, &parent.contrl),
            (&mut self.mabis, &parent.mabis),
        ] {
            of_other_families(own, parent, |row| &row.family);
        }
        unless_own(&mut self.calendar, parent.calendar.as_ref());
        unless_own(&mut self.as4_retry, parent.as4_retry.as_ref());
        unless_own(&mut self.tolerance, parent.tolerance.as_ref());
        unless_own(&mut self.release_policy, parent.release_policy.as_ref());
    }

    /// The windows of each kind.
    pub(super) fn windows(&self) -> [(WindowKind, &[Row<RawWindow>]); 5] {
        [
            (WindowKind::Answer, &self.answer),
            (WindowKind::Information, &self.information),
            (WindowKind::Aperak, &self.aperak),
            (WindowKind::Contrl, &self.contrl),
            (WindowKind::Mabis, &self.mabis),
        ]
    }
}

/// The name of a file is that of a subject, and all its tables belong to it.
fn in_their_file(file: &SourceFile) -> Result<(), RulebookError> {
    let wrong = |line, problem| RulebookError::Line { file: file.path.clone(), line, problem };
    let stem = file.path.rsplit('/').next().and_then(|name| name.strip_suffix(".toml")).unwrap_or(&file.path);
    let Some((_, allowed)) = SUBJECTS.iter().find(|(name, _)| *name == stem) else {
        let known: Vec<&str> = subjects().collect();
        return Err(wrong(1, format!("`{stem}` is no subject of a rulebook: expected one of {}", known.join(", "))));
    };
    let tables: toml::Table = file.text.parse().map_err(|error: toml::de::Error| file.failed(&error))?;
    if let Some(key) = tables.keys().find(|key| !allowed.contains(&key.as_str())) {
        let line = file.text.lines().position(|line| line.trim_start().trim_start_matches('[').starts_with(key.as_str()));
        let problem = format!("`{key}` does not belong into this file: expected {}", allowed.join(" or "));
        return Err(wrong(line.map_or(1, |at| at + 1), problem));
    }
    Ok(())
}

impl SourceFile {
    fn row<R>(&self, row: Spanned<R>) -> Row<R> {
        Row { file: self.path.clone(), line: self.line_of(row.span().start), is: row.into_inner() }
    }

    fn only<R>(&self, place: &mut Option<Row<R>>, found: Option<Spanned<R>>) {
        *place = place.take().or_else(|| found.map(|row| self.row(row)));
    }

    fn all<R>(&self, rows: &mut Vec<Row<R>>, found: Vec<Spanned<R>>) {
        rows.extend(found.into_iter().map(|row| self.row(row)));
    }

    fn line_of(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }

    fn failed(&self, error: &toml::de::Error) -> RulebookError {
        let line = error.span().map_or(1, |span| self.line_of(span.start));
        RulebookError::Line { file: self.path.clone(), line, problem: error.message().to_owned() }
    }
}
