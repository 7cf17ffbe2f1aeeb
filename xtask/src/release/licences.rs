//! Under which licences the house may use what it depends on: the list is `xtask/licences.toml`, each with the reason.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;

use super::metadata::Metadata;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    /// By SPDX id, why it is fine.
    allowed: BTreeMap<String, String>,
}

/// The licences that are fine.
///
/// # Errors
///
/// When the list cannot be read.
pub fn allowed(root: &Path) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(root.join("xtask/licences.toml")).context("xtask/licences.toml")?;
    let list: List = toml::from_str(&text).context("xtask/licences.toml")?;
    Ok(list.allowed.into_keys().collect())
}

/// Packages that no allowed licence covers. Of a choice, one allowed licence is enough; of an "and", each has to be.
///
/// # Errors
///
/// When an allowed licence is none that SPDX knows.
pub fn objections(metadata: &Metadata, allowed: &[String]) -> anyhow::Result<Vec<String>> {
    let allowed: Vec<spdx::Licensee> = allowed
        .iter()
        .map(|id| spdx::Licensee::parse(id).with_context(|| format!("xtask/licences.toml: {id}")))
        .collect::<Result<_, _>>()?;
    let mut objections = Vec::new();
    for package in &metadata.packages {
        let who = format!("{} {}", package.name, package.version);
        let Some(licence) = &package.license else {
            objections.push(format!("{who} states no licence: ask its authors, or do without it"));
            continue;
        };
        match spdx::Expression::parse_mode(licence, spdx::ParseMode::LAX) {
            Err(error) => objections.push(format!("{who} has the licence {licence:?}, which is no SPDX expression: {}", error.reason)),
            Ok(expression) if expression.evaluate(|asked| allowed.iter().any(|licensee| licensee.satisfies(asked))) => {}
            Ok(_) => {
                objections.push(format!("{who} has the licence {licence}: allow it in xtask/licences.toml with a reason, or do without it"))
            }
        }
    }
    Ok(objections)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(licence: &str) -> Vec<String> {
        let json = format!(r#"{{ "workspace_members": [], "packages": [ {{ "name": "x", "version": "1.0.0", "license": {licence} }} ] }}"#);
        objections(&Metadata::parse(json.as_bytes()).unwrap(), &["MIT".to_owned(), "Unicode-3.0".to_owned()]).unwrap()
    }

    #[test]
    fn one_allowed_licence_of_a_choice_is_enough_and_of_an_and_all_are_needed() {
        for fine in ["MIT", "MIT OR GPL-3.0-only", "MIT/Apache-2.0", "MIT AND Unicode-3.0", "(MIT OR Apache-2.0) AND Unicode-3.0"] {
            assert_eq!(said(&format!("{fine:?}")), [""; 0], "{fine}");
        }
        for refused in ["GPL-3.0-only", "MIT AND GPL-3.0-only"] {
            assert_eq!(
                said(&format!("{refused:?}")),
                [format!("x 1.0.0 has the licence {refused}: allow it in xtask/licences.toml with a reason, or do without it")]
            );
        }
    }

    #[test]
    fn no_licence_and_no_expression_are_objections() {
        assert_eq!(said("null"), ["x 1.0.0 states no licence: ask its authors, or do without it"]);
        assert!(said("\"do what you like\"")[0].starts_with("x 1.0.0 has the licence \"do what you like\", which is no SPDX expression"));
    }
}
