//! A receiver for tests: releases by date, Berlin time by the EU rule, files from the fixtures.

use std::path::{Path, PathBuf};

use mako_engine::Timestamp;
use mako_sim::edifact::Sparte;
use mako_sim::edifact::pid::AllPids;
use mako_sim::edifact::receive::ReceiveContext;
use time::{Date, Month, Weekday};

/// Message type, Sparte (`None` is both), release, first day.
const RELEASES: &[(&str, Option<Sparte>, &str, &str)] = &[
    ("UTILMD", Some(Sparte::Strom), "S2.1", "2025-06-05T22:00:00Z"),
    ("UTILMD", Some(Sparte::Strom), "S2.2", "2026-09-30T22:00:00Z"),
    ("UTILMD", Some(Sparte::Gas), "G1.0a", "2024-04-02T22:00:00Z"),
    ("UTILMD", Some(Sparte::Gas), "G1.1", "2026-03-31T22:00:00Z"),
    ("UTILMD", Some(Sparte::Gas), "G1.2", "2026-09-30T22:00:00Z"),
    ("APERAK", None, "2.1i", "2025-06-05T22:00:00Z"),
    ("APERAK", None, "2.2", "2026-09-30T22:00:00Z"),
    ("CONTRL", None, "2.0b", "2022-09-30T22:00:00Z"),
    ("MSCONS", None, "2.4c", "2024-04-02T22:00:00Z"),
    ("MSCONS", None, "2.5", "2026-09-30T22:00:00Z"),
    ("INVOIC", None, "2.8e", "2025-09-30T22:00:00Z"),
    ("REMADV", None, "2.9d", "2025-09-30T22:00:00Z"),
    ("REMADV", None, "2.9e", "2026-03-31T22:00:00Z"),
    ("ORDERS", None, "1.4b", "2025-09-30T22:00:00Z"),
    ("ORDERS", None, "1.4c", "2026-09-30T22:00:00Z"),
    ("ORDRSP", None, "1.4a", "2025-09-30T22:00:00Z"),
    ("ORDRSP", None, "1.4b", "2026-03-31T22:00:00Z"),
    ("ORDRSP", None, "1.4c", "2026-09-30T22:00:00Z"),
    ("IFTSTA", None, "2.0g", "2025-09-30T22:00:00Z"),
    ("IFTSTA", None, "2.1", "2026-09-30T22:00:00Z"),
    ("INSRPT", None, "1.1a", "2022-09-30T22:00:00Z"),
];

pub(crate) fn in_force(message_type: &str, sparte: Sparte, at: Timestamp) -> Option<String> {
    let valid = |from: &str| from.parse::<Timestamp>().unwrap() <= at;
    let mut rows = RELEASES.iter().filter(|(t, s, _, from)| *t == message_type && s.is_none_or(|s| s == sparte) && valid(from));
    rows.next_back().map(|row| row.2.to_owned())
}

/// Summer time from the last Sunday of March to the last Sunday of October, each 01:00 UTC.
pub(crate) fn berlin_offset_seconds(at: Timestamp) -> i32 {
    let year = at.to_offset().year();
    let switch = |month| {
        let last = Date::from_calendar_date(year, month, 31).unwrap();
        let sunday = if last.weekday() == Weekday::Sunday { last } else { last.prev_occurrence(Weekday::Sunday) };
        Timestamp::from(sunday.with_hms(1, 0, 0).unwrap().assume_utc())
    };
    if (switch(Month::March)..switch(Month::October)).contains(&at) { 7200 } else { 3600 }
}

/// A receiver that has received nothing yet.
pub(crate) fn receiver(me: &str, sparte: Sparte, received: &str) -> ReceiveContext<'static> {
    ReceiveContext {
        me: me.parse().unwrap(),
        sparte,
        received: received.parse().unwrap(),
        releases: &in_force,
        pids: &AllPids,
        ledger: &|_: &str, _: &str| false,
        berlin_offset_seconds: &berlin_offset_seconds,
    }
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A folder of the material shared between projects; says so when it is absent.
pub(crate) fn shared(folder: &str) -> Option<PathBuf> {
    let path = root().join("../shared").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: shared messages absent");
    None
}

/// All `.edi` files below `folder`, in order.
pub(crate) fn edi_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "edi") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
