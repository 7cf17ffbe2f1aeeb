//! Promises about features: what only tests and simulators may have is in no build that did not ask for it.
//!
//! `mako_engine::testing` has a store that forgets and a sink that swallows; `mako_engine::planted` has bugs. Each stands behind a feature
//! that nothing switches on by default; that the engine compiles without them is a step of its own in `.ci/run`. Doubles may be asked for
//! by a crate that simulates. Planted bugs may be asked for by nobody: only the feature of the same name brings them along, so it takes a
//! word on the command line to have them.

use toml::Value;

use super::source_text::line_of;
use super::{File, Finding};

/// The feature that brings the doubles.
const DOUBLES: &str = "testing";
const WHY_DOUBLES: &str = "a default build would have a store that forgets";
/// The feature that brings the bugs.
const BUGS: &str = "planted-bugs";
const WHY_BUGS: &str = "a build that nobody hunts in would have bugs";
const REMEDY_BUGS: &str = "let nothing but the feature of that name bring it";

pub(super) fn check(file: &File, findings: &mut Vec<Finding>) {
    match file.path.as_str() {
        "engine/src/lib.rs" => engine_root(file, findings),
        "Cargo.toml" => workspace_manifest(file, findings),
        _ => {}
    }
    if file.path.ends_with("Cargo.toml") {
        manifest(file, findings);
    }
}

/// No other feature, `default` above all, brings doubles or bugs along, and no dependency is on the bugs.
fn manifest(file: &File, findings: &mut Vec<Finding>) {
    let Ok(manifest) = file.text.parse::<toml::Table>() else { return };
    for (name, brings) in manifest.get("features").and_then(Value::as_table).into_iter().flatten() {
        let remedy_doubles = "let whoever needs doubles ask for them by name";
        for (feature, why, remedy) in [(DOUBLES, WHY_DOUBLES, remedy_doubles), (BUGS, WHY_BUGS, REMEDY_BUGS)] {
            if name != feature && names_the_feature(Some(brings), feature) {
                let line = line_of(&file.text, file.text.find(&format!("\n{name} =")).map_or(0, |at| at + 1));
                findings.push(file.finding(line, format!("feature `{name}` brings `{feature}`"), why, remedy));
            }
        }
    }
    let in_workspace = manifest.get("workspace").and_then(Value::as_table);
    let tables = [Some(&manifest), in_workspace].into_iter().flatten();
    let kinds = tables.flat_map(|table| ["dependencies", "dev-dependencies", "build-dependencies"].map(|kind| table.get(kind)));
    for (name, dependency) in kinds.flatten().filter_map(Value::as_table).flatten() {
        if names_the_feature(dependency.get("features"), BUGS) {
            let line = line_of(&file.text, file.text.find(&format!("\n{name} =")).map_or(0, |at| at + 1));
            findings.push(file.finding(line, format!("dependency `{name}` brings `{BUGS}`"), WHY_BUGS, REMEDY_BUGS));
        }
    }
}

/// A crate that inherits the dependency would have the doubles without a word in its own manifest.
fn workspace_manifest(file: &File, findings: &mut Vec<Finding>) {
    let Ok(manifest) = file.text.parse::<toml::Table>() else { return };
    let engine = manifest.get("workspace").and_then(|w| w.get("dependencies")).and_then(|d| d.get("mako-engine"));
    if names_the_feature(engine.and_then(|engine| engine.get("features")), DOUBLES) {
        let line = line_of(&file.text, file.text.find("mako-engine =").unwrap_or(0));
        let what = format!("every crate of the workspace has `{DOUBLES}`");
        findings.push(file.finding(line, what, WHY_DOUBLES, "ask for it in the manifest of the crate that simulates or tests"));
    }
}

fn engine_root(file: &File, findings: &mut Vec<Finding>) {
    let gate = format!("#[cfg(feature = \"{DOUBLES}\")]");
    let mut before = "";
    for (index, line) in file.text.lines().enumerate() {
        if line.trim_end().ends_with(&format!("mod {DOUBLES};")) && before.trim() != gate {
            findings.push(file.finding(
                index + 1,
                format!("`{DOUBLES}` without its feature"),
                WHY_DOUBLES,
                "write the `cfg` of the feature above it",
            ));
        }
        before = line;
    }
}

/// Whether `feature`, of this crate or of another one, is among `features`.
fn names_the_feature(features: Option<&Value>, feature: &str) -> bool {
    let is_it = |named: &str| named.rsplit('/').next() == Some(feature);
    features.and_then(Value::as_array).is_some_and(|features| features.iter().filter_map(Value::as_str).any(is_it))
}

#[cfg(test)]
mod tests {
    use super::super::tests::plant;

    #[test]
    fn a_feature_that_brings_the_doubles_is_found() {
        let manifest = |features: &str| format!("[features]\ntesting = []\n{features}");
        assert_eq!(plant("engine/Cargo.toml", &manifest("default = [\"testing\"]\n")), ["3: feature `default` brings `testing`"]);
        assert_eq!(plant("engine/Cargo.toml", &manifest("all = [\"testing\"]\n")), ["3: feature `all` brings `testing`"]);
        assert_eq!(plant("engine/Cargo.toml", &manifest("default = []\n")), [""; 0]);
    }

    #[test]
    fn planted_bugs_that_nobody_asked_for_are_found() {
        let features =
            |features: &str| plant("sim/Cargo.toml", &format!("[features]\nplanted-bugs = [\"mako-engine/planted-bugs\"]\n{features}"));
        assert_eq!(features("default = [\"planted-bugs\"]\n"), ["3: feature `default` brings `planted-bugs`"]);
        assert_eq!(features("all = [\"mako-engine/planted-bugs\"]\n"), ["3: feature `all` brings `planted-bugs`"]);
        assert_eq!(features(""), [""; 0]);
        let dependency = |kind: &str| format!("[{kind}]\nmako-engine = {{ path = \"engine\", features = [\"planted-bugs\"] }}\n");
        for (path, kind) in
            [("sim/Cargo.toml", "dependencies"), ("engine/Cargo.toml", "dev-dependencies"), ("Cargo.toml", "workspace.dependencies")]
        {
            assert_eq!(plant(path, &dependency(kind)), ["2: dependency `mako-engine` brings `planted-bugs`"], "{path}");
        }
    }

    #[test]
    fn doubles_for_the_whole_workspace_are_found() {
        let manifest = |features: &str| format!("[workspace.dependencies]\nmako-engine = {{ path = \"engine\"{features} }}\n");
        assert_eq!(plant("Cargo.toml", &manifest(", features = [\"testing\"]")), ["2: every crate of the workspace has `testing`"]);
        assert_eq!(plant("Cargo.toml", &manifest("")), [""; 0]);
    }

    #[test]
    fn a_module_of_doubles_without_its_feature_is_found() {
        let root = |gate: &str| format!("//! x\n{gate}\npub mod testing;\n");
        assert_eq!(plant("engine/src/lib.rs", &root("")), ["3: `testing` without its feature"]);
        assert_eq!(plant("engine/src/lib.rs", &root("#[cfg(feature = \"testing\")]")), [""; 0]);
    }
}
