//! The table of ratios, for people.

use std::fmt::Write as _;

use super::aims::{Aims, Judged, Of};
use super::measured::{Baselines, Report};
use super::shown;

/// Every figure beside its floor and its last ratio, then every aim.
pub fn text(report: &Report, baselines: &Baselines, aims: &Aims) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{:<66} {:>11} {:>11} {:>9} {:>9}  floor", "what", "measured", "floor", "ratio", "last");
    for figure in &report.figures {
        let last = baselines.get(&figure.id).map_or("-".to_owned(), |last| ratio(*last));
        let (value, floor) = (shown(figure.value, &figure.unit), shown(figure.floor_value, &figure.unit));
        let _ = writeln!(text, "{:<66} {value:>11} {floor:>11} {:>9} {last:>9}  {}", figure.id, ratio(figure.ratio), figure.floor);
    }
    let _ = writeln!(text, "\n{:<82} {:>11} {:>11}  reached", "aim", "bound", "measured");
    for judged in judged(report, aims) {
        let _ = writeln!(text, "{:<82} {:>11} {:>11}  {}", judged.what, bound(&judged), measured(&judged), yes(&judged));
    }
    text
}

/// What became of the aims that one run can judge.
pub fn judged<'a>(report: &'a Report, aims: &'a Aims) -> impl Iterator<Item = Judged> + 'a {
    aims.aim.iter().map(|aim| aim.judge(&report.figures))
}

/// A ratio with as many digits as it is worth.
pub fn ratio(ratio: f64) -> String {
    if ratio >= 100.0 { format!("{ratio:.0}") } else { format!("{ratio:.2}") }
}

/// The bound of an aim.
pub fn bound(judged: &Judged) -> String {
    judged_as(judged.of, judged.bound)
}

/// What was measured of it.
pub fn measured(judged: &Judged) -> String {
    judged.measured.map_or("not measured".to_owned(), |value| judged_as(judged.of, value))
}

fn judged_as(of: Of, value: f64) -> String {
    match of {
        Of::Ratio => ratio(value),
        Of::Seconds => shown(value, "s"),
        Of::Rate => format!("{value:.0}"),
    }
}

fn yes(judged: &Judged) -> &'static str {
    if judged.reached { "yes" } else { "no" }
}
