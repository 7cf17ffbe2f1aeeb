//! Time series in MSCONS: every value has its interval, the intervals follow each other without gap or overlap, and they fill the
//! period that the message names. What is not whole is answered with Z30.
//!
//! The period is DTM+163/164 before LIN, or the month of DTM+492 (MaBiS): from 00:00 Berlin, or from 06:00 in Gas. A daily series (BGM
//! Z39) is a part of its month, which then tells nothing. A day or month with a change of clocks has 92 or 100
//! quarter-hours, or 23 or 25 hours; nothing here counts, so nothing here can count wrong. A LIN whose values are no intervals (meter
//! readings) is no series. Source: MSCONS AHB 3.1f chapter 4, APERAK AHB code Z30.

use mako_engine::Timestamp;
use mako_engine::fristen::{berlin, gas_day_start};
use time::{Date, Month};

use super::erc::Erc;
use super::interchange::Segment;
use super::processability::ProcessabilityError;
use super::wire_time::parse_303;

/// An interval and the place of the QTY that it belongs to.
#[derive(Debug, Clone, Copy)]
struct Interval {
    from: Timestamp,
    until: Timestamp,
    at: usize,
}

/// The first fault of each series in `segments`.
pub(super) fn check(segments: &[Segment]) -> Vec<ProcessabilityError> {
    let mut findings = Vec::new();
    let is_daily = segments.iter().any(|s| s.is("BGM", "Z39"));
    let mut period = None;
    let mut at = 0;
    while let Some(segment) = segments.get(at) {
        match segment.tag.as_str() {
            // A new location has a period of its own.
            "LOC" | "NAD" => period = None,
            "DTM" => period = period_of(segments, at, is_daily).or(period),
            "LIN" => {
                let rest = segments.get(at + 1..).unwrap_or(&[]);
                let length =
                    rest.iter().position(|s| matches!(s.tag.as_str(), "LIN" | "NAD" | "LOC" | "UNS" | "UNT")).unwrap_or(rest.len());
                findings.extend(check_series(segment, rest.get(..length).unwrap_or(&[]), period));
                at += length;
            }
            _ => {}
        }
        at += 1;
    }
    findings
}

/// What a series has to fill.
#[derive(Debug, Clone, Copy)]
enum Period {
    /// From one instant to another.
    Between(Timestamp, Timestamp),
    /// The month that begins and ends with these days.
    Month(Date, Date),
}

impl Period {
    /// The ends of the period for a series that begins at `from`.
    fn ends(self, from: Timestamp) -> (Timestamp, Timestamp) {
        match self {
            Self::Between(begin, end) => (begin, end),
            Self::Month(first, next) if from == gas_day_start(first) => (gas_day_start(first), gas_day_start(next)),
            Self::Month(first, next) => (berlin::midnight(first), berlin::midnight(next)),
        }
    }
}

/// The period that starts at segment `at`, if one does.
fn period_of(segments: &[Segment], at: usize, is_daily: bool) -> Option<Period> {
    let begin = segments.get(at)?;
    if begin.is("DTM", "492") && begin.text(0, 2) == "610" && !is_daily {
        return month(begin.text(0, 1));
    }
    let end = segments.get(at + 1).filter(|end| begin.is("DTM", "163") && end.is("DTM", "164"))?;
    Some(Period::Between(parse_303(begin.text(0, 1))?, parse_303(end.text(0, 1))?))
}

/// The month `CCYYMM`.
fn month(text: &str) -> Option<Period> {
    if text.len() != 6 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (year, number) = (text.get(..4)?.parse().ok()?, text.get(4..)?.parse::<u8>().ok()?);
    let first = Date::from_calendar_date(year, Month::try_from(number).ok()?, 1).ok()?;
    let last = first.replace_day(first.month().length(year)).ok()?;
    Some(Period::Month(first, last.next_day()?))
}

fn check_series(lin: &Segment, segments: &[Segment], period: Option<Period>) -> Option<ProcessabilityError> {
    let intervals = intervals(segments)?;
    let (first, last) = (intervals.first()?, intervals.last()?);
    let incomplete = |position: usize, reason: String| {
        Some(ProcessabilityError { erc: Erc::SERIES, location: format!("LIN+{}", lin.text(0, 0)), position, reason })
    };
    for (one, next) in intervals.iter().zip(intervals.iter().skip(1)) {
        if one.until < next.from {
            return incomplete(next.at, format!("the series has a gap from {} to {}", one.until, next.from));
        }
        if one.until > next.from {
            return incomplete(next.at, format!("the series has {} twice", next.from));
        }
    }
    let (from, until) = period?.ends(first.from);
    if (first.from, last.until) != (from, until) {
        return incomplete(
            lin.bytes.start,
            format!("the series goes from {} to {}, its period from {from} to {until}", first.from, last.until),
        );
    }
    None
}

/// The interval of every QTY; `None` when one has none, or one that cannot be read.
fn intervals(segments: &[Segment]) -> Option<Vec<Interval>> {
    let starts: Vec<usize> = segments.iter().enumerate().filter(|(_, s)| s.tag == "QTY").map(|(at, _)| at).collect();
    let ends = starts.iter().skip(1).copied().chain(std::iter::once(segments.len()));
    starts
        .iter()
        .zip(ends)
        .map(|(&start, end)| {
            let group = segments.get(start..end)?;
            let instant = |qualifier| group.iter().find(|s| s.is("DTM", qualifier)).and_then(|s| parse_303(s.text(0, 1)));
            Some(Interval { from: instant("163")?, until: instant("164")?, at: group.first()?.bytes.start })
        })
        .collect()
}
