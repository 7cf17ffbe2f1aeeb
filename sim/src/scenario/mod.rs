//! Scenario files: a timetable that a market expert can write, and the [`Plan`] that it stands for.
//!
//! [`parse`] reads a file, [`write()`] writes a plan as one. Every time in a file is Berlin's; times, parties, objects, identifiers and
//! check digits are checked as they are read, and all that is wrong with a file is reported at once ([`ScenarioErrors`]). What the
//! format names and the simulator cannot do yet is an error, never ignored.
//!
//! *Invariant:* a plan that is written and read again is the same plan but for the numbers of its lines. No text makes this module panic.
//!
//! ```
//! let text = "
//! scenario   An Anmeldung that nobody answers
//! source     GPKE Teil 2 SD Lieferbeginn
//! zone       Europe/Berlin
//! rulebook   bk6-24-174
//! party      LFN  Lieferant      9999000001012  strom
//! party      NB   Netzbetreiber  9999000002010  strom  silent
//! object     malo MaLo           51999990018
//! 2025-12-23 16:00   LFN -> NB   UTILMD 55001 Anmeldung   malo  begin=2026-01-15
//! until      2025-12-30 00:00
//! expect     NB Frist \"answer 55001\" missed
//! ";
//! let no_files = |_: &str| Err("there are none".to_owned());
//! let plan = mako_sim::scenario::parse("nobody.mako", text, &no_files).unwrap();
//! assert_eq!(plan.steps[0].at.to_string(), "2025-12-23T15:00:00Z");
//! assert_eq!(plan.expects[0].expect.to_string(), "NB Frist \"answer 55001\" missed");
//! ```

mod assertion;
mod error;
mod header;
mod line;
mod message;
mod moment;
mod names;
mod quoted;
mod timetable;
mod write;

#[cfg(test)]
mod tests;

use header::{Header, KEYWORDS};
use line::{Line, Read};
use names::{Names, did_you_mean};
use timetable::{out_of_order, take_step};

pub use error::{ScenarioError, ScenarioErrors};
pub use write::write;
pub(crate) use write::{disk_fault_text, step_text};

use crate::plan::{Expectation, Plan, Step};

/// The seed of a file that names none.
const DEFAULT_SEED: u64 = 1;

/// The plan that `text` stands for.
///
/// `name` is what messages call the file; `files` reads a file that the scenario names, by its path as it stands there.
///
/// # Errors
///
/// Everything that is wrong with the text.
pub fn parse(name: &str, text: &str, files: &dyn Fn(&str) -> Result<Vec<u8>, String>) -> Result<Plan, ScenarioErrors> {
    let text = text.trim_start_matches('\u{feff}');
    let (mut header, mut timetable, mut errors) = (Header::default(), Vec::new(), Vec::new());
    for (number, source) in (1_u32..).zip(text.lines()) {
        match Line::read(number, source) {
            Err(error) => errors.push(error),
            Ok(None) => {}
            Ok(Some(mut line)) if line.begins_with(&KEYWORDS) => {
                let read = header.read(&mut line);
                line.settle(read, &mut errors);
            }
            Ok(Some(line)) => timetable.push(line),
        }
    }
    // Second, because a line may name what is declared below it.
    let (mut steps, mut expects) = (Vec::new(), Vec::new());
    for mut line in timetable {
        if line.begins_with_digit() {
            let read = take_step(&mut line, &header.names, files);
            steps.extend(line.settle(read, &mut errors).flatten().map(|step| (step, line)));
        } else {
            let read = take_expectation(&mut line, &header.names);
            expects.extend(line.settle(read, &mut errors));
        }
    }
    errors.extend(out_of_order(&steps, header.until.line.zip(header.until.value)));
    errors.extend(header.missing(text.lines().next().unwrap_or_default()));
    let steps = steps.into_iter().map(|(step, _)| step).collect();
    plan(header, steps, expects, &errors).ok_or_else(|| ScenarioErrors::new(name, errors))
}

fn take_expectation(line: &mut Line<'_>, names: &Names) -> Read<Expectation> {
    let keyword = line.take("a keyword", "")?;
    if keyword.text == "check" {
        let advice = "put a day and a time before it, or write `expect` for the end";
        return Err(line.error(keyword, "a `check` without a time", "a day and a time", advice));
    }
    if keyword.text != "expect" {
        let known: Vec<_> = KEYWORDS.into_iter().chain(["expect", "check"]).collect();
        let advice = did_you_mean(keyword.text, &known).unwrap_or_else(|| "begin a comment with `#`".to_owned());
        let expected = format!("a day and a time, or one of {}", names::listed(&known));
        return Err(line.unexpected(keyword, &expected, &advice));
    }
    let expect = assertion::take_assertion(line, names)?;
    line.take_end()?;
    Ok(Expectation { line: line.number, expect })
}

/// The plan, when there are no errors.
fn plan(header: Header, steps: Vec<Step>, expects: Vec<Expectation>, errors: &[ScenarioError]) -> Option<Plan> {
    if !errors.is_empty() {
        return None;
    }
    Some(Plan {
        title: header.title.value?,
        source: header.source.value?,
        rulebook: header.rulebook.value?,
        seed: header.seed.value.unwrap_or(DEFAULT_SEED),
        parties: header.parties,
        objects: header.objects,
        steps,
        until: header.until.value?,
        expects,
        variants: header.variants,
        crash_at_commit: None,
    })
}
