//! The Gas day: from 06:00 to 06:00 in Berlin, named after the day on which it begins.
//!
//! When clocks are changed, it is the Gas day that begins on Saturday which has 23 or 25 hours, as the change is on Sunday at night.

use time::{Date, Time};

use super::berlin;
use crate::Timestamp;

/// The clock time at which a Gas day begins.
const START: Time = match Time::from_hms(6, 0, 0) {
    Ok(time) => time,
    Err(_) => Time::MIDNIGHT,
};

/// The Gas day in which `at` lies.
///
/// ```
/// use mako_engine::fristen::gas_day;
/// use time::macros::date;
/// assert_eq!(gas_day("2025-10-26T05:59:59+01:00".parse().unwrap()), date!(2025-10-25));
/// assert_eq!(gas_day("2025-10-26T06:00:00+01:00".parse().unwrap()), date!(2025-10-26));
/// ```
#[must_use]
pub fn gas_day(at: Timestamp) -> Date {
    let (day, time, _) = berlin::local(at);
    if time < START { day.previous_day().unwrap_or(day) } else { day }
}

/// The instant at which the Gas day `date` begins: 06:00 in Berlin. It ends where the next one begins.
///
/// ```
/// use mako_engine::fristen::gas_day_start;
/// use time::macros::date;
/// assert_eq!(gas_day_start(date!(2025-12-24)).to_string(), "2025-12-24T05:00:00Z");
/// assert_eq!(gas_day_start(date!(2026-07-01)).to_string(), "2026-07-01T04:00:00Z");
/// ```
#[must_use]
pub fn gas_day_start(date: Date) -> Timestamp {
    berlin::instant(date, START)
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn the_long_and_the_short_gas_day_begin_on_saturday() {
        let hours = |from, to| gas_day_start(to).ms_since(gas_day_start(from)) / 3_600_000;
        assert_eq!(hours(date!(2026 - 03 - 28), date!(2026 - 03 - 29)), 23);
        assert_eq!(hours(date!(2026 - 03 - 29), date!(2026 - 03 - 30)), 24);
        assert_eq!(hours(date!(2025 - 10 - 25), date!(2025 - 10 - 26)), 25);
    }

    proptest::proptest! {
        #[test]
        fn an_instant_lies_between_the_start_of_its_gas_day_and_the_next(ms in 0_i64..4_000_000_000_000) {
            let at = Timestamp::from_unix_ms(ms);
            let day = gas_day(at);
            proptest::prop_assert!(gas_day_start(day) <= at && at < gas_day_start(day.next_day().unwrap()));
            // At the very instants, which no random number meets.
            proptest::prop_assert_eq!(gas_day(gas_day_start(day)), day);
            proptest::prop_assert_eq!(gas_day(gas_day_start(day).plus_ms(-1)), day.previous_day().unwrap());
        }
    }
}
