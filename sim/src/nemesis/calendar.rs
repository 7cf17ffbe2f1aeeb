//! When a drawn plan plays: around days on which calendars, clocks and formats have their edges.
//!
//! A plain working day is among them, so that a failure which needs no edge is found without one. Adding an occasion is one row.

use time::macros::{date, time};
use time::{Date, Time};

/// A day around which plans are drawn.
pub(super) struct Occasion {
    /// What people call it.
    pub(super) name: &'static str,
    /// The day itself; plans begin up to three days before it.
    pub(super) day: Date,
}

/// The days, each with what is at its edge. Holidays follow the rulebooks' calendars; cutovers follow `releases.toml`.
pub(super) const OCCASIONS: &[Occasion] = &[
    Occasion { name: "an ordinary week", day: date!(2025 - 11 - 12) },
    Occasion { name: "a weekend", day: date!(2025 - 11 - 15) },
    Occasion { name: "Christmas", day: date!(2025 - 12 - 25) },
    Occasion { name: "New Year", day: date!(2026 - 01 - 01) },
    Occasion { name: "Easter", day: date!(2026 - 04 - 05) },
    Occasion { name: "Ascension", day: date!(2026 - 05 - 14) },
    Occasion { name: "Whitsun", day: date!(2026 - 05 - 24) },
    Occasion { name: "the night that has 02:30 twice", day: date!(2025 - 10 - 26) },
    Occasion { name: "the night that has no 02:30", day: date!(2026 - 03 - 29) },
    Occasion { name: "the format change of April", day: date!(2026 - 04 - 01) },
    Occasion { name: "the format change of October", day: date!(2026 - 10 - 01) },
    Occasion { name: "a holiday of three Länder", day: date!(2026 - 01 - 06) },
    Occasion { name: "a holiday of one Land", day: date!(2025 - 11 - 19) },
    Occasion { name: "the end of a month", day: date!(2026 - 01 - 31) },
    Occasion { name: "the end of February", day: date!(2026 - 02 - 28) },
];

/// Clock times at which Fristen begin, end, or fall on another day in UTC.
pub(super) const CLOCK_TIMES: &[Time] = &[
    time!(00:00),
    time!(00:30),
    time!(02:30),
    time!(06:59:59),
    time!(08:59:59),
    time!(10:00),
    time!(10:59:58),
    time!(11:00),
    time!(12:00),
    time!(14:59:59),
    time!(16:00),
    time!(17:00),
    time!(22:30),
    time!(23:59:58),
    time!(23:59:59),
];

/// Seconds from the instant at which an answer is due to its decision: it travels for a second, so most arrive at that very instant.
pub(super) const LAST_SECONDS: &[i64] = &[-2, -1, -1, -1, 0];

/// Seconds after something at which something else tends to go wrong: the way of a message, the wait for a receipt, the retries, the
/// APERAK window, the answers of the next day. Faults that meet messages are drawn from here, others from anywhere.
pub(super) const MEETING_S: &[i64] =
    &[0, 0, 1, 1, 2, 3, 4, 30, 60, 61, 62, 120, 180, 300, 900, 1_800, 2_700, 2_701, 3_600, 14_400, 36_000, 50_400, 86_400];

/// How long faults last, in seconds.
pub(super) const LASTING_S: &[i64] = &[1, 2, 30, 59, 60, 61, 300, 2_700, 3_600, 10_800, 43_200, 86_400, 259_200];
