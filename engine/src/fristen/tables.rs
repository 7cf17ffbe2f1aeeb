//! From the rows of a rulebook to rules: every row checked, and the whole checked for completeness.
//!
//! A rulebook is whole when it states or inherits a calendar, an AS4 retry policy, a release policy and rows of every kind; when each
//! family it declares has rows; when each Sparte has exactly one ordinary APERAK and CONTRL window; when no trigger stands twice in a
//! family; when every PID that it names exists; and when no window closes before it opens. What is missing is a [`RulebookError`]
//! that says what was expected, and where.

use std::collections::BTreeMap;

use super::calendar::{Calendar, Holiday};
use super::files::{RawBook, RawLeadTime, RawWindow, Row, RulebookError};
use super::frist::Sparte;
use super::holiday::HolidayRule;
use super::retry::RetryPolicy;
use super::row::{Family, HolidayRow, LeadTime, Provenance, Tolerance, Window, WindowKind};
use super::rule::Rule;
use crate::Timestamp;
use crate::version::{ReleasePolicy, pid_row};

/// The acknowledgement windows of one Sparte, as places in the list of all windows: special cases first, then the ordinary one.
#[derive(Debug, Clone)]
pub(super) struct AckTable {
    pub(super) special: Vec<usize>,
    pub(super) ordinary: usize,
}

/// A rulebook, checked.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) title: String,
    pub(super) inherits: Option<String>,
    pub(super) calendar: Calendar,
    pub(super) calendar_source: Provenance,
    pub(super) holidays: Vec<HolidayRow>,
    pub(super) families: Vec<Family>,
    pub(super) windows: Vec<Window>,
    pub(super) aperak: [AckTable; 2],
    pub(super) contrl: [AckTable; 2],
    pub(super) lead_times: Vec<LeadTime>,
    pub(super) as4_retry: RetryPolicy,
    pub(super) tolerance: Option<Tolerance>,
    pub(super) release_policy: (ReleasePolicy, Provenance),
}

/// What a rule needs as a sample of instants when two rules are compared: one a month for four years, with a leap year.
const SAMPLES: i64 = 48;
const SAMPLE_STEP_S: i64 = 2_629_800;
const FIRST_SAMPLE_S: i64 = 1_735_689_600;

impl Tables {
    /// Checks the rows of `rulebook`, inherited ones included.
    pub(super) fn of(rulebook: &str, raw: &RawBook) -> Result<Self, RulebookError> {
        let missing = |problem: &str| RulebookError::Incomplete { rulebook: rulebook.to_owned(), problem: problem.to_owned() };
        let head = raw.head.as_ref().ok_or_else(|| missing("expected a [rulebook] with title and source in rulebook.toml"))?;
        if head.is.title.trim().is_empty() || head.is.source.trim().is_empty() {
            return Err(head.wrong("expected a title and a source"));
        }
        let calendar =
            raw.calendar.as_ref().ok_or_else(|| missing("expected a [calendar] in calendar.toml, or a rulebook to inherit it"))?;
        let holidays = holidays(raw)?;
        let table = Calendar::new(holidays.iter().map(|(holiday, _)| holiday.clone()).collect(), calendar.is.saturday_is_werktag);
        let families = families(raw)?;
        let windows = windows(raw, &families, &table)?;
        let lead_times = raw.lead_time.iter().map(|row| lead_time(row, &families)).collect::<Result<Vec<_>, _>>()?;
        whole(raw, &windows, &lead_times).map_err(|problem| missing(&problem))?;
        let both = |kind| Ok::<_, String>([ack_table(&windows, kind, Sparte::Strom)?, ack_table(&windows, kind, Sparte::Gas)?]);
        let aperak = both(WindowKind::Aperak).map_err(|problem| missing(&problem))?;
        let contrl = both(WindowKind::Contrl).map_err(|problem| missing(&problem))?;
        Ok(Self {
            title: head.is.title.clone(),
            inherits: head.is.inherits.clone(),
            calendar: table,
            calendar_source: Provenance { source: calendar.is.source.clone(), confidence: calendar.is.confidence },
            holidays: holidays.into_iter().map(|(_, row)| row).collect(),
            families,
            windows,
            aperak,
            contrl,
            lead_times,
            as4_retry: as4_retry(raw).ok_or_else(|| missing("expected an [as4_retry] in as4.toml, or a rulebook to inherit it"))??,
            tolerance: raw.tolerance.as_ref().map(tolerance).transpose()?,
            release_policy: release_policy(raw)
                .ok_or_else(|| missing("expected a [release_policy] in cutover.toml, or a rulebook to inherit it"))??,
        })
    }
}

fn holidays(raw: &RawBook) -> Result<Vec<(Holiday, HolidayRow)>, RulebookError> {
    let of_row = |row: &Row<super::files::RawHoliday>| {
        let rule: HolidayRule = row.is.day.parse().map_err(|problem: String| row.wrong(problem))?;
        let (since, until) = (row.is.since, row.is.until);
        if row.is.source.trim().is_empty() || since.zip(until).is_some_and(|(since, until)| since > until) {
            return Err(row.wrong("expected a source, and `since` not after `until`"));
        }
        let years = (since.unwrap_or(i32::MIN), until.unwrap_or(i32::MAX));
        let holiday = Holiday { name: row.is.name.clone(), rule, years };
        let told = row.is.clone();
        let row = HolidayRow {
            name: told.name,
            day: told.day,
            land: told.land,
            years: (since, until),
            source: told.source,
            confidence: told.confidence,
        };
        Ok((holiday, row))
    };
    raw.holiday.iter().map(of_row).collect()
}

fn families(raw: &RawBook) -> Result<Vec<Family>, RulebookError> {
    let mut families: Vec<Family> = Vec::new();
    for row in &raw.family {
        let family = Family { name: row.is.name.clone(), also: row.is.also.clone(), source: row.is.source.clone() };
        if family.source.trim().is_empty() {
            return Err(row.wrong(format!("expected a source for the family `{}`", family.name)));
        }
        let mut names = std::iter::once(&family.name).chain(&family.also);
        if let Some(name) = names.find(|name| families.iter().any(|other| other.answers_to(name))) {
            return Err(row.wrong(format!("expected each family name once, `{name}` stands twice")));
        }
        families.push(family);
    }
    Ok(families)
}

fn windows(raw: &RawBook, families: &[Family], calendar: &Calendar) -> Result<Vec<Window>, RulebookError> {
    let mut windows = Vec::new();
    let mut seen: BTreeMap<(String, String), String> = BTreeMap::new();
    for (kind, rows) in raw.windows() {
        for row in rows {
            let window = window(kind, row, families)?;
            if let Some(opens) = window.opens {
                let starts = (0..SAMPLES).map(|n| Timestamp::from_unix_ms((FIRST_SAMPLE_S + n * SAMPLE_STEP_S) * 1000));
                let ends_first = |start: &Timestamp| window.rule.due(*start, calendar).due <= opens.due(*start, calendar).due;
                if let Some(start) = starts.clone().find(ends_first) {
                    return Err(row.wrong(format!("`{}` is over before `{opens}` opens, counted from {start}", window.rule)));
                }
            }
            for trigger in &window.triggers {
                let name = (window.family.clone(), trigger.clone());
                if let Some(place) = seen.insert(name, format!("{}:{}", row.file, row.line)) {
                    let twice = format!("`{trigger}` of {} stands twice, here and in {place}", window.family);
                    return Err(row.wrong(format!("expected each trigger once in a family, {twice}")));
                }
            }
            windows.push(window);
        }
    }
    Ok(windows)
}

fn window(kind: WindowKind, row: &Row<RawWindow>, families: &[Family]) -> Result<Window, RulebookError> {
    let is = &row.is;
    check_row(row, families, &is.family, &is.triggers, &is.source)?;
    let rule = |text: &String| text.parse::<Rule>().map_err(|error| row.wrong(error.to_string()));
    if !matches!(kind, WindowKind::Aperak | WindowKind::Contrl) && (is.sparte.is_some() || !is.messages.is_empty() || !is.pids.is_empty()) {
        return Err(row.wrong("`sparte`, `messages` and `pids` tell acknowledgements apart: expected them under [[aperak]] or [[contrl]]"));
    }
    check_pids(row, &is.pids)?;
    Ok(Window {
        kind,
        family: is.family.clone(),
        triggers: is.triggers.clone(),
        clock_start: is.clock_start.clone(),
        opens: is.opens.as_ref().map(rule).transpose()?,
        rule: rule(&is.rule)?,
        received_saturday: is.received_saturday.as_ref().map(rule).transpose()?,
        source: is.source.clone(),
        confidence: is.confidence,
        sparte: is.sparte,
        messages: is.messages.clone(),
        pids: is.pids.clone(),
    })
}

fn lead_time(row: &Row<RawLeadTime>, families: &[Family]) -> Result<LeadTime, RulebookError> {
    let is = &row.is;
    check_row(row, families, &is.family, &is.triggers, &is.source)?;
    if is.anchor.trim().is_empty() {
        return Err(row.wrong("expected an anchor: what the day X is"));
    }
    Ok(LeadTime {
        family: is.family.clone(),
        triggers: is.triggers.clone(),
        anchor: is.anchor.clone(),
        rule: is.rule.parse().map_err(|error: super::rule::InvalidRule| row.wrong(error.to_string()))?,
        source: is.source.clone(),
        confidence: is.confidence,
    })
}

fn check_row<R>(row: &Row<R>, families: &[Family], family: &str, triggers: &[String], source: &str) -> Result<(), RulebookError> {
    if !families.iter().any(|known| known.name == family) {
        let known: Vec<&str> = families.iter().map(|family| family.name.as_str()).collect();
        return Err(row.wrong(format!("no [[family]] is called `{family}`: expected one of {}", known.join(", "))));
    }
    if triggers.is_empty() || triggers.iter().any(|trigger| trigger.trim().is_empty()) {
        return Err(row.wrong("expected a trigger: a PID, a PID with a case, or a name"));
    }
    if source.trim().is_empty() {
        return Err(row.wrong("expected a source: the document and the place in it"));
    }
    check_pids(row, triggers)
}

/// Every name that begins with five digits is a PID that exists.
fn check_pids<R>(row: &Row<R>, names: &[String]) -> Result<(), RulebookError> {
    let unknown = |name: &&String| pid_of(name).is_some_and(|pid| pid_row(pid).is_none());
    match names.iter().find(unknown) {
        Some(name) => Err(row.wrong(format!("`{name}` names a PID that does not exist: expected one of rulebooks/pids.toml"))),
        None => Ok(()),
    }
}

/// The PID in the name of a trigger: `55010` of `55010-receipt`.
pub(super) fn pid_of(trigger: &str) -> Option<u32> {
    let digits = trigger.split('-').next().unwrap_or_default();
    (digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}

/// Rows of every kind, and rows for every family.
fn whole(raw: &RawBook, windows: &[Window], lead_times: &[LeadTime]) -> Result<(), String> {
    for (kind, rows) in raw.windows() {
        if rows.is_empty() {
            let table = format!("{kind:?}").to_lowercase();
            return Err(format!("no [[{table}]] row: expected rows of every kind, its own or inherited"));
        }
    }
    if lead_times.is_empty() {
        return Err("no [[lead_time]] row: expected rows of every kind, its own or inherited".to_owned());
    }
    let has_rows = |family: &str| windows.iter().any(|row| row.family == family) || lead_times.iter().any(|row| row.family == family);
    match raw.family.iter().find(|row| !has_rows(&row.is.name)) {
        Some(row) => Err(format!("the family `{}` has no row in any table: expected rows for it, or no such family", row.is.name)),
        None => Ok(()),
    }
}

/// The acknowledgement windows of `kind` for `sparte`.
fn ack_table(windows: &[Window], kind: WindowKind, sparte: Sparte) -> Result<AckTable, String> {
    let applies = |window: &Window| window.kind == kind && window.sparte.is_none_or(|row| row == sparte);
    let places = || windows.iter().enumerate().filter(|(_, window)| applies(window));
    let ordinary: Vec<usize> = places().filter(|(_, window)| window.is_ordinary_case()).map(|(place, _)| place).collect();
    let [ordinary] = ordinary[..] else {
        return Err(format!("{kind:?} {sparte}: expected one row without messages and pids, found {}", ordinary.len()));
    };
    Ok(AckTable { special: places().map(|(place, _)| place).filter(|place| *place != ordinary).collect(), ordinary })
}

fn as4_retry(raw: &RawBook) -> Option<Result<RetryPolicy, RulebookError>> {
    let row = raw.as4_retry.as_ref()?;
    let super::files::RawRetry { intervals_s, horizon_s, dedup_window_s, source, confidence } = row.is.clone();
    Some(if intervals_s.is_empty() || intervals_s.contains(&0) || dedup_window_s < horizon_s || source.trim().is_empty() {
        Err(row.wrong("expected an interval above 0, a dedup window no shorter than the horizon, and a source"))
    } else {
        Ok(RetryPolicy { intervals_s, horizon_s, dedup_window_s, source, confidence })
    })
}

fn tolerance(row: &Row<super::files::RawTolerance>) -> Result<Tolerance, RulebookError> {
    let super::files::RawTolerance { hours_before, days_after, standing_days, source, confidence } = row.is.clone();
    let is_day = |day: &String| matches!(day.parse(), Ok(HolidayRule::Fixed(..)));
    if !standing_days.iter().all(is_day) || hours_before > 24 || days_after > 1 || source.trim().is_empty() {
        return Err(row.wrong("expected standing days as `04-01`, at most 24 hours before and 1 day after, and a source"));
    }
    Ok(Tolerance { hours_before, days_after, standing_days, source, confidence })
}

fn release_policy(raw: &RawBook) -> Option<Result<(ReleasePolicy, Provenance), RulebookError>> {
    let row = raw.release_policy.as_ref()?;
    let provenance = Provenance { source: row.is.source.clone(), confidence: row.is.confidence };
    Some(
        row.is
            .policy
            .parse()
            .map(|policy| (policy, provenance))
            .map_err(|error: crate::version::UnknownReleasePolicy| row.wrong(error.to_string())),
    )
}
