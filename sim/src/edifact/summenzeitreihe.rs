//! A Summenzeitreihe (MSCONS 13003) as a value: one Zählpunkt, one month, one version, a value for every quarter-hour.
//!
//! A month begins and ends at midnight in Berlin, so that March has 2972 quarter-hours and October 2980; nothing here counts them, they
//! are walked. A new version replaces nothing: it stands beside the older ones, and who receives it decides. Source: MSCONS AHB 3.1f
//! chapter 4; MaBiS (BK6-24-174 Anlage 3).

use mako_engine::Timestamp;
use mako_engine::fristen::berlin;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::{Date, Month};

use super::auftrag::{blank, seg};
use super::interchange::PlainSegment;
use super::lokation::Lokation;
use super::message::OtherMessage;
use super::pid::Pid;
use super::wire_time::{format_303, format_304, parse_304};

const QUARTER_HOUR_S: i64 = 900;
const MESSAGE_TYPE: &str = "MSCONS";
const PID: u32 = 13003;

/// A month of delivery.
///
/// ```
/// use mako_sim::edifact::Liefermonat;
/// let quarter_hours = |text: &str| text.parse::<Liefermonat>().unwrap().quarter_hours().len();
/// assert_eq!(["2025-10", "2026-03", "2025-11"].map(quarter_hours), [2980, 2972, 2880]);
/// assert!("2025-13".parse::<Liefermonat>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Liefermonat(Date);

/// The text names no month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no month: expected one such as 2025-10")]
pub struct NoMonth(String);

impl Liefermonat {
    /// The first day.
    #[must_use]
    pub const fn first_day(self) -> Date {
        self.0
    }

    /// Its first instant.
    #[must_use]
    pub fn begins(self) -> Timestamp {
        berlin::midnight(self.0)
    }

    /// The first instant after it.
    #[must_use]
    pub fn ends(self) -> Timestamp {
        let last = self.0.replace_day(self.0.month().length(self.0.year())).unwrap_or(self.0);
        berlin::end_of_day(last)
    }

    /// The begin of every quarter-hour.
    #[must_use]
    pub fn quarter_hours(self) -> Vec<Timestamp> {
        let ends = self.ends();
        std::iter::successors(Some(self.begins()), |at| Some(at.plus_seconds(QUARTER_HOUR_S))).take_while(|at| *at < ends).collect()
    }

    /// As DTM+492 writes it.
    fn wire(self) -> String {
        format!("{:04}{:02}", self.0.year(), u8::from(self.0.month()))
    }

    fn of_wire(text: &str) -> Option<Self> {
        let (year, month) = text.split_at_checked(4)?;
        format!("{year}-{month}").parse().ok()
    }
}

impl std::str::FromStr for Liefermonat {
    type Err = NoMonth;

    fn from_str(text: &str) -> Result<Self, NoMonth> {
        let parsed = || {
            let (year, month) = text.split_once('-').filter(|(year, month)| year.len() == 4 && month.len() == 2)?;
            let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
            Date::from_calendar_date(year.parse().ok()?, month, 1).ok()
        };
        parsed().map(Self).ok_or_else(|| NoMonth(text.to_owned()))
    }
}

impl std::fmt::Display for Liefermonat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), u8::from(self.0.month()))
    }
}

impl Serialize for Liefermonat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Liefermonat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A Summenzeitreihe.
///
/// ```
/// use mako_sim::edifact::Summenzeitreihe;
/// let zp = "DE00099900000MABIS000000000000000".parse().unwrap();
/// let version = "2025-11-12T09:00:00Z".parse().unwrap();
/// let series = Summenzeitreihe::flat("D1", zp, "2025-10".parse().unwrap(), version, 7);
/// assert_eq!((series.values.len(), Summenzeitreihe::of(&series.message())), (2980, Some(series)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summenzeitreihe {
    /// BGM 1004.
    pub document: String,
    /// LOC+172: the Zählpunkt.
    pub zaehlpunkt: Lokation,
    /// DTM+492.
    pub month: Liefermonat,
    /// DTM+293: when this version was made.
    pub version: Timestamp,
    /// QTY+79 of every quarter-hour, in order.
    pub values: Vec<u64>,
}

impl Summenzeitreihe {
    /// A series that has the same value in every quarter-hour of its month.
    #[must_use]
    pub fn flat(document: impl Into<String>, zaehlpunkt: Lokation, month: Liefermonat, version: Timestamp, value: u64) -> Self {
        let values = vec![value; month.quarter_hours().len()];
        Self { document: document.into(), zaehlpunkt, month, version, values }
    }

    /// The message, ready to be sent.
    #[must_use]
    pub fn message(&self) -> OtherMessage {
        let mut all = vec![seg("BGM", &[&["BK"], &[&self.document], &["9"]]), blank("DTM", "137"), seg("RFF", &[&["Z13", "13003"]])];
        all.extend([blank("NAD", "MS"), blank("NAD", "MR"), seg("UNS", &[&["D"]]), seg("NAD", &[&["DP"]])]);
        all.push(seg("LOC", &[&["172"], &[&self.zaehlpunkt.to_string()]]));
        all.push(seg("DTM", &[&["492", &self.month.wire(), "610"]]));
        all.push(seg("DTM", &[&["293", &format_304(self.version), "304"]]));
        all.extend([seg("LIN", &[&["1"]]), seg("PIA", &[&["5"], &["1-1:9.29.0", "SRW"]])]);
        let hours = self.month.quarter_hours();
        match self.values.first() {
            // What waits to be sent is kept short: nine thousand segments say no more than this one.
            Some(value) if self.values.len() == hours.len() && self.values.iter().all(|other| other == value) => {
                all.push(seg("QTY", &[&["79", &value.to_string()], &[&self.month.wire()]]));
            }
            _ => all.extend(hours.into_iter().zip(&self.values).flat_map(|(from, value)| quarter_hour(from, *value))),
        }
        OtherMessage {
            message_type: MESSAGE_TYPE.to_owned(),
            pid: PID.to_string().parse().ok(),
            document: self.document.clone(),
            segments: all,
        }
    }

    /// What `message` says, when it is a Summenzeitreihe of a month. That the series is whole the boundary has checked.
    #[must_use]
    pub fn of(message: &OtherMessage) -> Option<Self> {
        if message.message_type != MESSAGE_TYPE || message.pid.map(Pid::number) != Some(PID) {
            return None;
        }
        let with = |tag: &str, qualifier: &str| message.segments.iter().find(|s| s.tag == tag && text(s, 0, 0) == qualifier);
        let quantity = |s: &PlainSegment| {
            let count = if text(s, 1, 0).is_empty() { 1 } else { Liefermonat::of_wire(text(s, 1, 0))?.quarter_hours().len() };
            Some(std::iter::repeat_n(text(s, 0, 1).parse().ok()?, count))
        };
        let values: Option<Vec<_>> = message.segments.iter().filter(|s| s.tag == "QTY").map(quantity).collect();
        Some(Self {
            document: message.document.clone(),
            zaehlpunkt: text(with("LOC", "172")?, 1, 0).parse().ok()?,
            month: Liefermonat::of_wire(text(with("DTM", "492")?, 0, 1))?,
            version: parse_304(text(with("DTM", "293")?, 0, 1))?,
            values: values?.into_iter().flatten().collect(),
        })
    }
}

/// The segments of one quarter-hour.
fn quarter_hour(from: Timestamp, value: u64) -> [PlainSegment; 3] {
    let until = from.plus_seconds(QUARTER_HOUR_S);
    [
        seg("QTY", &[&["79", &value.to_string()]]),
        seg("DTM", &[&["163", &format_303(from), "303"]]),
        seg("DTM", &[&["164", &format_303(until), "303"]]),
    ]
}

/// What `segment` says when it is written: a value that stands for a whole month, in each of its quarter-hours.
pub(super) fn written(segment: &PlainSegment) -> Option<Vec<PlainSegment>> {
    if segment.tag != "QTY" {
        return None;
    }
    let (month, value) = (Liefermonat::of_wire(text(segment, 1, 0))?, text(segment, 0, 1).parse().ok()?);
    Some(month.quarter_hours().into_iter().flat_map(|from| quarter_hour(from, value)).collect())
}

fn text(segment: &PlainSegment, element: usize, component: usize) -> &str {
    segment.elements.get(element).and_then(|element| element.get(component)).map_or("", String::as_str)
}
