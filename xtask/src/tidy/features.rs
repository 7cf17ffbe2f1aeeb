//! Promises about features: the doubles of the engine are in no build that did not ask for them.
//!
//! `mako_engine::testing` has a store that forgets and a sink that swallows. It stands behind the feature `testing`, which nothing
//! switches on by default; that the engine compiles without it is a step of its own in `.ci/run`.

use toml::Value;

use super::source_text::line_of;
use super::{File, Finding};

/// The feature that brings the doubles.
const FEATURE: &str = "testing";
const WHY: &str = "a default build would have a store that forgets";

pub(super) fn check(file: &File, findings: &mut Vec<Finding>) {
    match file.path.as_str() {
        "engine/Cargo.toml" => engine_manifest(file, findings),
        "Cargo.toml" => workspace_manifest(file, findings),
        "engine/src/lib.rs" => engine_root(file, findings),
        _ => {}
    }
}

/// No other feature, `default` above all, brings the doubles along.
fn engine_manifest(file: &File, findings: &mut Vec<Finding>) {
    let Ok(manifest) = file.text.parse::<toml::Table>() else { return };
    for (name, brings) in manifest.get("features").and_then(Value::as_table).into_iter().flatten() {
        if name != FEATURE && names_the_feature(Some(brings)) {
            let line = line_of(&file.text, file.text.find(&format!("\n{name} =")).map_or(0, |at| at + 1));
            let what = format!("feature `{name}` brings `{FEATURE}`");
            findings.push(file.finding(line, what, WHY, "let whoever needs doubles ask for them by name"));
        }
    }
}

/// A crate that inherits the dependency would have the doubles without a word in its own manifest.
fn workspace_manifest(file: &File, findings: &mut Vec<Finding>) {
    let Ok(manifest) = file.text.parse::<toml::Table>() else { return };
    let engine = manifest.get("workspace").and_then(|w| w.get("dependencies")).and_then(|d| d.get("mako-engine"));
    if names_the_feature(engine.and_then(|engine| engine.get("features"))) {
        let line = line_of(&file.text, file.text.find("mako-engine =").unwrap_or(0));
        let what = format!("every crate of the workspace has `{FEATURE}`");
        findings.push(file.finding(line, what, WHY, "ask for it in the manifest of the crate that simulates or tests"));
    }
}

fn engine_root(file: &File, findings: &mut Vec<Finding>) {
    let gate = format!("#[cfg(feature = \"{FEATURE}\")]");
    let mut before = "";
    for (index, line) in file.text.lines().enumerate() {
        if line.trim_end().ends_with(&format!("mod {FEATURE};")) && before.trim() != gate {
            findings.push(file.finding(
                index + 1,
                format!("`{FEATURE}` without its feature"),
                WHY,
                "write the `cfg` of the feature above it",
            ));
        }
        before = line;
    }
}

fn names_the_feature(features: Option<&Value>) -> bool {
    features.and_then(Value::as_array).is_some_and(|features| features.iter().any(|feature| feature.as_str() == Some(FEATURE)))
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
