//! What is counted in: plain atomics, so that counting waits for nobody.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::text::{Kind, Text, seconds};

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, n: u64) {
        self.0.fetch_add(n, Relaxed);
    }

    pub(crate) fn one(&self) {
        self.add(1);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// A number that goes up and down.
#[derive(Debug, Default)]
pub(crate) struct Gauge(AtomicU64);

impl Gauge {
    pub(crate) fn set(&self, value: u64) {
        self.0.store(value, Relaxed);
    }

    /// It is at least `value` from now on.
    pub(super) fn raise(&self, value: u64) {
        self.0.fetch_max(value, Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// The upper ends of the buckets, in seconds: from a moment to the horizon of a delivery.
const BOUNDS_S: [u64; 7] = [1, 10, 60, 600, 3_600, 86_400, 259_200];

/// How long things took, by the engine's clock.
#[derive(Debug, Default)]
pub(crate) struct Durations {
    /// Those that ended in each bucket and in none before it.
    within: [Counter; BOUNDS_S.len()],
    longer: Counter,
    sum_ms: Counter,
}

impl Durations {
    pub(crate) fn observe(&self, ms: u64) {
        let bucket = BOUNDS_S.iter().zip(&self.within).find(|(bound, _)| ms <= **bound * 1_000);
        bucket.map_or(&self.longer, |(_, bucket)| bucket).one();
        self.sum_ms.add(ms);
    }

    pub(super) fn write(&self, text: &mut Text, name: &str, help: &str) {
        text.family(Kind::Histogram, name, help);
        let bucket_name = format!("{name}_bucket");
        let mut up_to = 0;
        for (bound, bucket) in BOUNDS_S.iter().zip(&self.within) {
            up_to += bucket.get();
            text.sample(&bucket_name, &[("le", &bound.to_string())], up_to);
        }
        up_to += self.longer.get();
        text.sample(&bucket_name, &[("le", "+Inf")], up_to);
        text.sample(&format!("{name}_sum"), &[], seconds(self.sum_ms.get()));
        text.sample(&format!("{name}_count"), &[], up_to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_hold_everything_up_to_their_bound() {
        let durations = Durations::default();
        for ms in [0, 1_000, 1_001, 259_200_001] {
            durations.observe(ms);
        }
        let mut text = Text::default();
        durations.write(&mut text, "t", "help");
        for line in ["t_bucket{le=\"1\"} 2", "t_bucket{le=\"10\"} 3", "t_bucket{le=\"259200\"} 3", "t_bucket{le=\"+Inf\"} 4", "t_count 4"] {
            assert!(text.0.lines().any(|written| written == line), "{line} in\n{}", text.0);
        }
        assert!(text.0.contains("t_sum 259202.002\n"), "{}", text.0);
    }
}
