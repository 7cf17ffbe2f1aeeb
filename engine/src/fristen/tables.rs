//! The rulebook files: their rows as they are written, and the check that makes rules of them.
//!
//! A file may inherit from another: in every table, the families a file names replace those of the parent, all others are taken
//! over. So a rulebook states only what it changes. An unknown key, a rule that does not parse, an undeclared family, or a table
//! of acknowledgement windows without a row for the ordinary case is an error that names the place.

use serde::Deserialize;

use super::calendar::Holiday;
use super::frist::Sparte;
use super::holiday::HolidayRule;
use super::row::{Confidence, LeadTime, Window, WindowKind};
use super::rule::Rule;

/// The acknowledgement windows of one Sparte, as places in the list of all windows: special cases first, then the ordinary one.
#[derive(Debug, Clone)]
pub(super) struct AckTable {
    pub(super) special: Vec<usize>,
    pub(super) ordinary: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRulebook {
    pub(super) title: String,
    pub(super) inherits: Option<String>,
    pub(super) calendar: RawCalendar,
    pub(super) as4_retry: RawRetry,
    pub(super) tolerance: Option<RawTolerance>,
    #[serde(default)]
    family: Vec<RawFamily>,
    #[serde(default)]
    answer: Vec<RawWindow>,
    #[serde(default)]
    information: Vec<RawWindow>,
    #[serde(default)]
    aperak: Vec<RawWindow>,
    #[serde(default)]
    contrl: Vec<RawWindow>,
    #[serde(default)]
    lead_time: Vec<RawLeadTime>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCalendar {
    pub(super) saturday_is_werktag: bool,
    #[expect(dead_code, reason = "read by people; required so that no row is without it")]
    source: String,
    #[expect(dead_code, reason = "read by people; required so that no row is without it")]
    confidence: Confidence,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRetry {
    pub(super) intervals_s: Vec<u32>,
    pub(super) horizon_s: u64,
    pub(super) dedup_window_s: u64,
    pub(super) source: String,
    #[expect(dead_code, reason = "read by people; required so that no row is without it")]
    confidence: Confidence,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTolerance {
    pub(super) hours_before: u32,
    pub(super) days_after: u32,
    pub(super) standing_days: Vec<String>,
    #[expect(dead_code, reason = "read by people; required so that no row is without it")]
    source: String,
    #[expect(dead_code, reason = "read by people; required so that no row is without it")]
    confidence: Confidence,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFamily {
    name: String,
    #[expect(dead_code, reason = "for the reader of the table; that it is there is checked by reading it")]
    source: String,
    #[serde(default)]
    also: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWindow {
    family: String,
    triggers: Vec<String>,
    #[serde(default)]
    clock_start: String,
    rule: String,
    received_saturday: Option<String>,
    sparte: Option<Sparte>,
    #[serde(default)]
    messages: Vec<String>,
    #[serde(default)]
    pids: Vec<String>,
    source: String,
    confidence: Confidence,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLeadTime {
    family: String,
    triggers: Vec<String>,
    anchor: String,
    rule: String,
    source: String,
    confidence: Confidence,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHolidays {
    holiday: Vec<RawHoliday>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawHoliday {
    name: String,
    day: String,
    #[expect(dead_code, reason = "read by people: a holiday of one Land counts everywhere")]
    land: String,
    since: Option<i32>,
    until: Option<i32>,
    #[expect(dead_code, reason = "read by people; required so that no row is without it")]
    source: String,
    #[expect(dead_code, reason = "read by people; required so that no row is without it")]
    confidence: Confidence,
}

/// A process family with every name it answers to, folded.
#[derive(Debug, Clone)]
pub(super) struct Family {
    pub(super) name: String,
    keys: Vec<String>,
}

impl Family {
    pub(super) fn answers_to(&self, name: &str) -> bool {
        self.keys.contains(&folded(name))
    }
}

/// `GeLi Gas`, `geli-gas` and `GELI_GAS` are one name.
fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The holiday table.
pub(super) fn holidays(text: &str) -> Result<Vec<Holiday>, String> {
    let raw: RawHolidays = toml::from_str(text).map_err(|error| error.to_string())?;
    raw.holiday
        .into_iter()
        .map(|row| {
            let rule: HolidayRule = row.day.parse()?;
            Ok(Holiday { name: row.name, rule, years: (row.since.unwrap_or(i32::MIN), row.until.unwrap_or(i32::MAX)) })
        })
        .collect()
}

impl RawRulebook {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// Takes over from `parent` what this file does not name.
    pub(super) fn inherit(&mut self, parent: &Self) {
        merge(&mut self.family, &parent.family, |row| &row.name);
        merge(&mut self.answer, &parent.answer, |row| &row.family);
        merge(&mut self.information, &parent.information, |row| &row.family);
        merge(&mut self.aperak, &parent.aperak, |row| &row.family);
        merge(&mut self.contrl, &parent.contrl, |row| &row.family);
        merge(&mut self.lead_time, &parent.lead_time, |row| &row.family);
        if self.tolerance.is_none() {
            self.tolerance.clone_from(&parent.tolerance);
        }
    }

    pub(super) fn families(&self) -> Vec<Family> {
        let keys = |row: &RawFamily| std::iter::once(&row.name).chain(&row.also).map(|name| folded(name)).collect();
        self.family.iter().map(|row| Family { name: row.name.clone(), keys: keys(row) }).collect()
    }

    pub(super) fn windows(&self) -> Result<Vec<Window>, String> {
        let tables = [
            (WindowKind::Answer, &self.answer),
            (WindowKind::Information, &self.information),
            (WindowKind::Aperak, &self.aperak),
            (WindowKind::Contrl, &self.contrl),
        ];
        tables.into_iter().flat_map(|(kind, rows)| rows.iter().map(move |row| self.window(kind, row))).collect()
    }

    fn window(&self, kind: WindowKind, row: &RawWindow) -> Result<Window, String> {
        self.check_row(&row.family, &row.triggers, &row.source)?;
        let rule = |text: &String| text.parse::<Rule>().map_err(|error| format!("{} {}: {error}", row.family, row.triggers.join(", ")));
        Ok(Window {
            kind,
            family: row.family.clone(),
            triggers: row.triggers.clone(),
            clock_start: row.clock_start.clone(),
            rule: rule(&row.rule)?,
            received_saturday: row.received_saturday.as_ref().map(rule).transpose()?,
            source: row.source.clone(),
            confidence: row.confidence,
            sparte: row.sparte,
            messages: row.messages.clone(),
            pids: row.pids.clone(),
        })
    }

    pub(super) fn lead_times(&self) -> Result<Vec<LeadTime>, String> {
        let row = |row: &RawLeadTime| {
            self.check_row(&row.family, &row.triggers, &row.source)?;
            Ok(LeadTime {
                family: row.family.clone(),
                triggers: row.triggers.clone(),
                anchor: row.anchor.clone(),
                rule: row.rule.parse().map_err(|error| format!("{} {}: {error}", row.family, row.triggers.join(", ")))?,
                source: row.source.clone(),
                confidence: row.confidence,
            })
        };
        self.lead_time.iter().map(row).collect()
    }

    fn check_row(&self, family: &str, triggers: &[String], source: &str) -> Result<(), String> {
        if !self.family.iter().any(|known| known.name == family) {
            return Err(format!("family `{family}` is not declared in a [[family]] row"));
        }
        if triggers.is_empty() || source.is_empty() {
            return Err(format!("a row of {family} has no trigger or no source"));
        }
        Ok(())
    }
}

/// The acknowledgement windows of `kind` for `sparte`.
pub(super) fn ack_table(windows: &[Window], kind: WindowKind, sparte: Sparte) -> Result<AckTable, String> {
    let applies = |window: &Window| window.kind == kind && window.sparte.is_none_or(|row| row == sparte);
    let places = || (0..windows.len()).filter(|place| applies(&windows[*place]));
    let ordinary: Vec<usize> = places().filter(|place| windows[*place].is_ordinary_case()).collect();
    let [ordinary] = ordinary[..] else {
        return Err(format!("{kind:?} {sparte}: expected one row without messages and pids, found {}", ordinary.len()));
    };
    Ok(AckTable { special: places().filter(|place| *place != ordinary).collect(), ordinary })
}

/// Appends the parent's rows whose family the child does not name.
fn merge<Row: Clone>(own: &mut Vec<Row>, parent: &[Row], family: fn(&Row) -> &String) {
    let named: Vec<String> = own.iter().map(|row| family(row).clone()).collect();
    own.extend(parent.iter().filter(|row| !named.contains(family(row))).cloned());
}
