//! How far a sweep is: its rate and how long it will still take, on standard error.
//!
//! On a terminal a bar; elsewhere a line every ten seconds, so that the log of a long sweep shows that it lives.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a line is written where no terminal is.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// The progress of a sweep.
pub struct Progress {
    bar: Option<ProgressBar>,
    began: Instant,
    last_line: Duration,
    count: u64,
    done: u64,
    failed: u64,
}

impl Progress {
    /// The progress of a sweep over `count` seeds, which begins now.
    #[expect(clippy::disallowed_methods, reason = "how long people wait is wall time; no simulation sees it")]
    pub fn of(count: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| ProgressBar::new(count));
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} seeds, {per_sec}, {eta} left {msg}");
        if let (Some(bar), Ok(style)) = (&bar, style) {
            bar.set_style(style);
        }
        Self { bar, began: Instant::now(), last_line: Duration::ZERO, count, done: 0, failed: 0 }
    }

    /// One more seed was judged.
    pub fn note(&mut self, failed: bool) {
        self.done += 1;
        self.failed += u64::from(failed);
        let elapsed = self.elapsed();
        if let Some(bar) = &self.bar {
            bar.set_position(self.done);
            if self.failed > 0 {
                bar.set_message(format!("{} failed", self.failed));
            }
        } else if elapsed - self.last_line >= LINE_EVERY {
            self.last_line = elapsed;
            eprintln!("{}", self.line(elapsed));
        }
    }

    /// Wall time since the sweep began.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The sweep is over.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        eprintln!("{}", self.line(self.elapsed()));
    }

    fn line(&self, elapsed: Duration) -> String {
        let (done, seconds) = (self.done as f64, elapsed.as_secs_f64().max(0.001));
        let rate = done / seconds;
        let left = self.count.saturating_sub(self.done) as f64 / rate.max(0.001);
        let failed = if self.failed > 0 { format!(", {} failed", self.failed) } else { String::new() };
        let left = if self.done < self.count { format!(", about {left:.0} s left") } else { String::new() };
        format!("{} of {} seeds in {seconds:.0} s, {rate:.0}/s{left}{failed}", self.done, self.count)
    }
}
