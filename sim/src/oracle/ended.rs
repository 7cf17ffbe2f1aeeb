//! Whether a run came to its end, and whether what its plan expects holds.

use crate::run::Outcome;

/// The oracle of a run that broke off.
pub(super) const RUNS_THROUGH: &str = "runs-through";

pub(super) fn runs_through(outcome: &Outcome) -> Vec<String> {
    outcome.failure.iter().cloned().collect()
}

pub(super) fn expectations(outcome: &Outcome) -> Vec<String> {
    let checks = outcome.checks.iter().filter_map(|check| {
        let found = check.found.as_ref()?;
        let place = if check.line > 0 { format!("line {}: ", check.line) } else { String::new() };
        Some(format!("{place}{}: found {found}", check.text))
    });
    let variants = outcome.variants.iter().filter(|variant| variant.alike != variant.runs).map(|variant| {
        let difference = variant.first_difference.as_deref().unwrap_or("no difference was kept");
        format!("{}: {} of {} alike; {difference}", variant.name, variant.alike, variant.runs)
    });
    checks.chain(variants).collect()
}
