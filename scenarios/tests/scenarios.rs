//! One libtest per scenario file and per recorded conversation: filters, shards and reports work as for any test.

use std::path::Path;

use libtest_mimic::{Arguments, Failed, Trial};
use mako_scenarios::suite;
use mako_sim::oracle::judge;
use mako_sim::report::timetable;
use mako_sim::run::{NetKind, StoreKind};

fn main() {
    let arguments = Arguments::from_args();
    let mut trials: Vec<Trial> = Vec::new();
    for path in suite::scenario_files().expect("the scenario files are beside this crate") {
        // Two families may have a scenario of one name.
        let family = path.parent().map(suite::name).unwrap_or_default();
        let trial_name = format!("{family}/{}", suite::name(&path));
        trials.push(Trial::test(trial_name, move || scenario(&path)).with_kind("scenario"));
    }
    for path in suite::conversations().expect("the conversations are beside this crate") {
        trials.push(Trial::test(suite::name(&path), move || conversation(&path)).with_kind("conversation"));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn scenario(path: &Path) -> Result<(), Failed> {
    let plan = suite::load(path)?;
    let outcome = suite::perform(&plan, StoreKind::default(), NetKind::default());
    let text = timetable(&outcome);
    insta::with_settings!({ snapshot_path => suite::snapshot_file(path).parent().unwrap_or(Path::new(".")), prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(suite::name(path), text.trim_end());
    });
    let failures = judge(&outcome).into_iter().map(|failure| failure.to_string()).collect::<Vec<_>>().join("\n");
    if failures.is_empty() { Ok(()) } else { Err(format!("{text}\n{failures}\nreplay: cargo xtask simulate {}", path.display()).into()) }
}

fn conversation(path: &Path) -> Result<(), Failed> {
    let report = mako_sim::replay::replay(path, None, &mako_scenarios::market::Market::application())?;
    let wrong: Vec<String> = report.steps.iter().filter(|step| step.is_wrong()).map(ToString::to_string).collect();
    if wrong.is_empty() && report.is_checked() {
        Ok(())
    } else {
        Err(format!("{}\nreplay: cargo xtask replay {}", wrong.join("\n"), path.display()).into())
    }
}
