//! What was measured, and what is the least that it could be.

use std::fmt;

use mako_benches::timing::median;
use serde::Serialize;

/// One figure beside its floor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// Group and name; baselines and aims go by it.
    pub id: String,
    /// What was measured: seconds, or a rate where the unit says so.
    pub value: f64,
    /// `s`, `s CPU`, or what the rate is of.
    pub unit: &'static str,
    /// What it stands beside.
    pub floor: &'static str,
    /// The floor, in the same unit.
    pub floor_value: f64,
    /// The value by the floor, for a rate as well; of rounds, the median of what each is by the floor of its own round.
    pub ratio: f64,
    /// Whether more is better.
    pub more_is_better: bool,
}

/// A store of some size, and what things cost there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// Events in the store.
    pub events: u64,
    /// What was measured: name and seconds, or megabytes.
    pub costs: Vec<(&'static str, f64)>,
}

/// Everything of one run.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// The figures, in the order of measuring.
    pub figures: Vec<Figure>,
    /// The growth of one store, when that was asked for.
    pub growth: Vec<Point>,
}

impl Report {
    /// A cost beside its floor: rounds of both, in seconds.
    pub fn cost(&mut self, id: impl Into<String>, unit: &'static str, rounds: Vec<f64>, floor: &'static str, floors: Vec<f64>) {
        // A disk that changes between two rounds changes both of them.
        let pairs: Vec<f64> = rounds.iter().zip(&floors).map(|(round, floor)| round / floor).collect();
        let (value, floor_value) = (median(rounds), median(floors));
        self.figures.push(Figure { id: id.into(), value, unit, floor, floor_value, ratio: median(pairs), more_is_better: false });
    }

    /// A rate beside its floor, or rather its ceiling.
    pub fn rate(&mut self, id: impl Into<String>, unit: &'static str, value: f64, floor: &'static str, floor_value: f64) {
        let ratio = value / floor_value;
        self.figures.push(Figure { id: id.into(), value, unit, floor, floor_value, ratio, more_is_better: true });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Figure { id, value, unit, floor, floor_value, ratio, .. } in &self.figures {
            writeln!(f, "{id:<64} {:>12} {:>12} {ratio:>10.3}  {floor}", shown(*value, unit), shown(*floor_value, unit))?;
        }
        for Point { events, costs } in &self.growth {
            let costs: Vec<_> = costs.iter().map(|(name, cost)| format!("{name} {cost:.3e}")).collect();
            writeln!(f, "{events:>10}  {}", costs.join("  "))?;
        }
        Ok(())
    }
}

/// Seconds as people read them; anything else as it is.
fn shown(value: f64, unit: &str) -> String {
    match unit {
        "s" | "s CPU" if value < 1e-6 => format!("{:.0} ns", value * 1e9),
        "s" | "s CPU" if value < 1e-3 => format!("{:.2} µs", value * 1e6),
        "s" | "s CPU" => format!("{:.2} ms", value * 1e3),
        _ => format!("{value:.3e}"),
    }
}
