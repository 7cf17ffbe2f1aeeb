//! Time, as a bench needs it: on the wall for what waits for a disk, on a processor for everything else.
//!
//! The machine is shared, so the time on a processor is the better figure wherever nothing is waited for. Neither is ever seen by
//! simulated code.

use rustix::time::{ClockId, clock_gettime};

/// Seconds on the wall that `work` took.
pub fn wall(work: impl FnOnce()) -> f64 {
    since(ClockId::Monotonic, work)
}

/// Seconds on the wall since some instant, for what is awaited.
#[must_use]
pub fn wall_time() -> f64 {
    read(ClockId::Monotonic)
}

/// Seconds that this thread was on a processor for `work`.
pub fn on_thread(work: impl FnOnce()) -> f64 {
    since(ClockId::ThreadCPUTime, work)
}

/// Seconds that all threads of this program were on processors while `work` went on.
pub fn in_program(work: impl FnOnce()) -> f64 {
    since(ClockId::ProcessCPUTime, work)
}

/// Seconds that all threads of this program were on processors so far, for what is awaited.
#[must_use]
pub fn program_time() -> f64 {
    read(ClockId::ProcessCPUTime)
}

fn since(clock: ClockId, work: impl FnOnce()) -> f64 {
    let begin = read(clock);
    work();
    read(clock) - begin
}

fn read(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The middle one; not a number when there is none.
///
/// ```
/// assert_eq!(mako_benches::timing::median(vec![3.0, 1.0, 2.0]), 2.0);
/// assert!(mako_benches::timing::median(vec![]).is_nan());
/// ```
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
