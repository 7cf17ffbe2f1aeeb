//! What the engine is to reach, from `benches/aims.toml`.

use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::measured::{Figure, Point};
use super::peers::Row;

/// Every aim.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aims {
    /// Of figures beside their floors.
    pub aim: Vec<Aim>,
    /// Beside others.
    pub beside: Vec<Beside>,
    /// Of a store that grows.
    pub growth: Vec<Growth>,
}

/// What of a figure is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Of {
    /// Its ratio to the floor.
    Ratio,
    /// Itself, in seconds.
    Seconds,
    /// Itself, so many of something in a second or a minute.
    Rate,
}

/// An aim of one figure.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aim {
    /// The aim, for people.
    pub what: String,
    /// The figure that shows it.
    pub figure: String,
    /// What of it.
    pub of: Of,
    /// The most that it may be.
    pub at_most: Option<f64>,
    /// The least that it may be.
    pub at_least: Option<f64>,
    /// Who set it.
    pub source: String,
    /// What a profile shows while it is missed.
    pub in_the_way: String,
}

/// An aim beside a peer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    /// The aim, for people.
    pub what: String,
    /// The workload that shows it.
    pub workload: String,
    /// Our side.
    pub ours: String,
    /// Their side.
    pub peer: String,
    /// How many times as fast we are to be.
    pub at_least: f64,
    /// Who set it.
    pub source: String,
    /// What a profile shows while it is missed.
    pub in_the_way: String,
}

/// An aim of a store that grows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Growth {
    /// The aim, for people.
    pub what: String,
    /// The cost that shows it.
    pub cost: String,
    /// How many times as dear it may become.
    pub at_most: f64,
    /// Who set it.
    pub source: String,
    /// What a profile shows while it is missed.
    pub in_the_way: String,
}

/// An aim and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Judged {
    /// The aim, for people.
    pub what: String,
    /// Who set it.
    pub source: String,
    /// What was reached; `None` when it was not measured.
    pub measured: Option<f64>,
    /// The bound.
    pub bound: f64,
    /// Whether it was reached.
    pub reached: bool,
    /// What is judged.
    pub of: Of,
    /// What stands in the way, if it was missed.
    pub in_the_way: String,
}

/// Reads the aims.
///
/// # Errors
///
/// When the file cannot be read, or an aim has no bound.
pub fn read(root: &Path) -> anyhow::Result<Aims> {
    let path = root.join("benches/aims.toml");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    toml::from_str(&text).with_context(|| path.display().to_string())
}

impl Aim {
    /// What became of it in `figures`.
    pub fn judge(&self, figures: &[Figure]) -> Judged {
        let figure = figures.iter().find(|figure| figure.id == self.figure);
        let measured = figure.map(|figure| if self.of == Of::Ratio { figure.ratio } else { figure.value });
        let most = self.at_most.is_none_or(|most| measured.is_some_and(|measured| measured <= most));
        let least = self.at_least.is_none_or(|least| measured.is_some_and(|measured| measured >= least));
        Judged {
            what: self.what.clone(),
            source: self.source.clone(),
            measured,
            bound: self.at_most.or(self.at_least).unwrap_or(f64::NAN),
            reached: measured.is_some() && most && least,
            of: self.of,
            in_the_way: self.in_the_way.clone(),
        }
    }
}

impl Beside {
    /// What became of it in `rows`.
    pub fn judge(&self, rows: &[Row]) -> Judged {
        let of = |peer: &str| rows.iter().find(|row| row.workload == self.workload && row.peer == peer).map(|row| row.value);
        // Both are seconds, so theirs by ours is how many times as fast we are.
        let measured = of(&self.peer).zip(of(&self.ours)).map(|(theirs, ours)| theirs / ours);
        let (what, source, in_the_way) = (self.what.clone(), self.source.clone(), self.in_the_way.clone());
        let reached = measured.is_some_and(|measured| measured >= self.at_least);
        Judged { what, source, measured, bound: self.at_least, reached, of: Of::Ratio, in_the_way }
    }
}

impl Growth {
    /// What became of it on `curve`.
    pub fn judge(&self, curve: &[Point]) -> Judged {
        let measured = curve.first().zip(curve.last()).and_then(|(first, last)| Some(last.cost(&self.cost)? / first.cost(&self.cost)?));
        let (what, source, in_the_way) = (self.what.clone(), self.source.clone(), self.in_the_way.clone());
        let reached = measured.is_some_and(|measured| measured <= self.at_most);
        Judged { what, source, measured, bound: self.at_most, reached, of: Of::Ratio, in_the_way }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(ratio: f64, value: f64) -> Figure {
        let (id, unit, floor) = ("commit".to_owned(), "s".to_owned(), "fdatasync".to_owned());
        Figure { id, value, unit, floor, floor_value: value / ratio, ratio, more_is_better: false }
    }

    fn aim(of: Of, at_most: Option<f64>, at_least: Option<f64>) -> Aim {
        let (what, figure) = ("a lone commit".to_owned(), "commit".to_owned());
        Aim { what, figure, of, at_most, at_least, source: String::new(), in_the_way: String::new() }
    }

    #[test]
    fn an_aim_is_reached_at_its_bound_and_missed_beyond_it() {
        assert!(aim(Of::Ratio, Some(1.1), None).judge(&[figure(1.1, 9.0)]).reached);
        assert!(!aim(Of::Ratio, Some(1.1), None).judge(&[figure(1.11, 0.0)]).reached);
        assert!(aim(Of::Ratio, None, Some(0.6)).judge(&[figure(0.6, 0.0)]).reached);
        assert!(!aim(Of::Ratio, None, Some(0.6)).judge(&[figure(0.59, 9.0)]).reached);
        assert!(aim(Of::Seconds, Some(10e-6), None).judge(&[figure(99.0, 10e-6)]).reached);
    }

    #[test]
    fn what_was_not_measured_is_not_reached() {
        let judged = aim(Of::Ratio, Some(1.1), None).judge(&[]);
        assert_eq!((judged.measured, judged.reached), (None, false));
    }

    #[test]
    fn every_aim_of_the_repository_can_be_read_and_has_one_bound() {
        let aims = read(crate::workspace::root().unwrap()).unwrap();
        for aim in &aims.aim {
            assert!(aim.at_most.is_some() != aim.at_least.is_some(), "{}", aim.what);
        }
        assert!(aims.beside.len() >= 6 && aims.growth.len() >= 5);
    }
}
