//! Instants and spans in words, for people.

use mako_engine::Timestamp;
use mako_engine::fristen::berlin;

/// `1 d 22 h 56 min`: whole minutes, cut; seconds only below a minute, `less than 1 s` below a second.
pub(super) fn span(ms: u64) -> String {
    let seconds = ms / 1000;
    if ms < 1000 {
        return "less than 1 s".to_owned();
    }
    if seconds < 60 {
        return format!("{seconds} s");
    }
    let minutes = seconds / 60;
    let units = [(minutes / 1440, "d"), (minutes / 60 % 24, "h"), (minutes % 60, "min")];
    let parts = units.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}"));
    parts.collect::<Vec<_>>().join(" ")
}

/// What a margin ends with when it is good news, and when it is not.
pub(super) const BEFORE: &str = "before its Frist";
/// See [`BEFORE`].
pub(super) const AFTER: &str = "AFTER its Frist";

/// How far `at` is from the Frist at `due`. Capitals when it is late: nobody shall read over it.
pub(super) fn margin(at: Timestamp, due: Timestamp) -> String {
    let ms = due.ms_since(at);
    match ms.signum() {
        1 => format!("{} {BEFORE}", span(ms.unsigned_abs())),
        0 => "exactly at its Frist".to_owned(),
        _ => format!("{} {AFTER}", span(ms.unsigned_abs())),
    }
}

/// The local clock time of `at`; in the hour that exists twice, with its offset.
pub(super) fn clock(at: Timestamp) -> String {
    let (day, time, offset) = berlin::local(at);
    let text = berlin::clock_text(at);
    match berlin::resolve(day, time, None) {
        Ok(_) => text,
        Err(_) => format!("{text}{:+03}:00", offset / 3600),
    }
}

/// The clock time of `at`, with its day when that is not the day of `seen_from`.
pub(super) fn clock_seen_from(at: Timestamp, seen_from: Timestamp) -> String {
    if berlin::day(at) == berlin::day(seen_from) { clock(at) } else { berlin::moment_text(at) }
}

/// `23.12.`: the Berlin day of `at`.
pub(super) fn short_day(at: Timestamp) -> String {
    let day = berlin::day(at);
    format!("{}.{}.", day.day(), u8::from(day.month()))
}

/// `15.1.2026`, with the clock time unless it is midnight: the Berlin day from or until which something holds.
pub(super) fn date(at: Timestamp) -> String {
    let (day, time, _) = berlin::local(at);
    let clock = if time == time::Time::MIDNIGHT { String::new() } else { format!(" {:02}:{:02}", time.hour(), time.minute()) };
    format!("{}.{}.{}{clock}", day.day(), u8::from(day.month()), day.year())
}

/// `1 try`, `41 tries`.
pub(super) fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_margin_is_cut_to_minutes_and_shouts_when_it_is_negative() {
        let due = instant("2025-12-29T10:00:00Z");
        assert_eq!(margin(instant("2025-12-27T11:03:21Z"), due), "1 d 22 h 56 min before its Frist");
        assert_eq!(margin(due.plus_seconds(-30), due), "30 s before its Frist");
        assert_eq!(margin(due, due), "exactly at its Frist");
        assert_eq!(margin(due.plus_ms(1), due), "less than 1 s AFTER its Frist");
        assert_eq!(margin(due.plus_seconds(2 * 3600 + 3 * 60 + 5), due), "2 h 3 min AFTER its Frist");
    }

    #[test]
    fn the_doubled_hour_shows_its_offset() {
        let clocks = ["2025-10-25T23:59:59Z", "2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z", "2025-10-26T02:00:00Z"]
            .map(|text| clock(instant(text)));
        assert_eq!(clocks, ["01:59:59", "02:30:00+02:00", "02:30:00+01:00", "03:00:00"]);
    }

    #[test]
    fn the_start_of_a_supply_is_a_day() {
        assert_eq!(date(instant("2026-01-14T23:00:00Z")), "15.1.2026");
        assert_eq!(date(instant("2026-01-15T05:00:00Z")), "15.1.2026 06:00");
    }
}
