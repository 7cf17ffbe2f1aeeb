//! The public API beside the one that was committed: what is gone breaks whoever used it, so the version has to say so.
//!
//! The list is made of what rustdoc knows (its JSON, which the nightly compiler alone writes), one item a line, in `docs/api/<crate>.txt`
//! under the version it was kept with. An item that changed is one that is gone and one that is new.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use super::metadata::{Metadata, Package};

/// How many items of each crate are named; the rest is counted.
const NAMED: usize = 20;

/// What is gone without a version that allows it, by crate; with `write`, today's list is kept instead.
///
/// # Errors
///
/// When rustdoc or a list cannot be read.
pub fn objections(root: &Path, metadata: &Metadata, write: bool) -> anyhow::Result<Vec<String>> {
    let mut objections = Vec::new();
    for package in metadata.published() {
        let path = root.join("docs/api").join(format!("{}.txt", package.name));
        let today = today(root, package)?;
        if write {
            fs::create_dir_all(root.join("docs/api"))?;
            fs::write(&path, kept(package, &today)).with_context(|| path.display().to_string())?;
            continue;
        }
        let before =
            fs::read_to_string(&path).with_context(|| format!("{}: `cargo xtask release api --write` makes it", path.display()))?;
        objections.extend(compare(package, &before, &today)?);
    }
    Ok(objections)
}

fn kept(package: &Package, items: &BTreeSet<String>) -> String {
    let lines: Vec<&str> = items.iter().map(String::as_str).collect();
    format!(
        "# {} {}: every public item; written by `cargo xtask release api --write`\n{}\n",
        package.name,
        package.version,
        lines.join("\n")
    )
}

/// Today's items, as the nightly compiler sees them.
fn today(root: &Path, package: &Package) -> anyhow::Result<BTreeSet<String>> {
    let target = root.join("target/api");
    let output = Command::new("rustup")
        .args(["run", "nightly", "cargo", "rustdoc", "--quiet", "--lib", "--locked", "--package", &package.name, "--target-dir"])
        .arg(&target)
        .args(["--", "-Z", "unstable-options", "--output-format", "json", "--cap-lints", "allow"])
        .current_dir(root)
        .env_remove("RUSTDOCFLAGS")
        .stdin(Stdio::null())
        .output()
        .context("rustup, which keeps compilers side by side, is not to be had: https://rustup.rs")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("the nightly compiler (`rustup toolchain install nightly`) does not document {}:\n{said}", package.name);
    }
    let json = target.join("doc").join(format!("{}.json", package.name.replace('-', "_")));
    let api = public_api::Builder::from_rustdoc_json(&json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .with_context(|| json.display().to_string())?;
    Ok(api.items().map(ToString::to_string).collect())
}

/// Holds today's items against those of a kept list.
fn compare(package: &Package, before: &str, today: &BTreeSet<String>) -> anyhow::Result<Vec<String>> {
    let name = &package.name;
    let head = format!("# {name} ");
    let version = before.strip_prefix(&head).and_then(|rest| rest.split_once(':')).map(|(version, _)| version);
    let version = version.with_context(|| format!("docs/api/{name}.txt does not begin with {head:?} and a version"))?;
    let before: BTreeSet<String> = before.lines().skip(1).map(str::to_owned).collect();
    let new = today.difference(&before).count();
    let gone: Vec<&String> = before.difference(today).collect();
    if new > 0 {
        eprintln!("{name}: {new} items that are not in docs/api yet; `cargo xtask release api --write` keeps them with the next version");
    }
    if gone.is_empty() || generation(&package.version) != generation(version) {
        return Ok(Vec::new());
    }
    let mut said =
        vec![format!("{name}: {} items of {version} are gone or changed, and {} promises them still:", gone.len(), package.version)];
    said.extend(gone.iter().take(NAMED).map(|item| format!("  {item}")));
    if gone.len() > NAMED {
        said.push(format!("  … and {} more", gone.len() - NAMED));
    }
    said.push("raise the version (0.x: the middle number) in Cargo.toml, then `cargo xtask release api --write`".to_owned());
    Ok(said)
}

/// The part of a version that a change must raise which breaks others: up to the first number that is not 0.
fn generation(version: &str) -> &str {
    let end = version.find(|c: char| c.is_ascii_digit() && c != '0').and_then(|first| version[first..].find('.').map(|dot| first + dot));
    &version[..end.unwrap_or(version.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(version: &str, today: &[&str]) -> Vec<String> {
        let package = Package { name: "ours".to_owned(), version: version.to_owned(), ..Package::default() };
        let before = "# ours 0.1.0: every public item\npub fn ours::a()\npub fn ours::b(u8)\n";
        compare(&package, before, &today.iter().map(|item| (*item).to_owned()).collect()).unwrap()
    }

    #[test]
    fn what_is_new_is_fine_and_what_is_gone_or_changed_needs_a_version() {
        assert_eq!(said("0.1.1", &["pub fn ours::a()", "pub fn ours::b(u8)", "pub fn ours::c()"]), [""; 0]);
        let changed = said("0.1.1", &["pub fn ours::a()", "pub fn ours::b(u16)"]);
        assert_eq!(changed[..2], ["ours: 1 items of 0.1.0 are gone or changed, and 0.1.1 promises them still:", "  pub fn ours::b(u8)"]);
        assert_eq!(said("0.2.0", &["pub fn ours::a()"]), [""; 0]);
    }

    #[test]
    fn a_version_breaks_others_in_its_first_number_that_is_not_zero() {
        let pairs = [("0.1.0", "0.1"), ("0.1.7", "0.1"), ("1.2.3", "1"), ("0.0.3", "0.0.3"), ("10.0.0", "10")];
        for (version, part) in pairs {
            assert_eq!(generation(version), part);
        }
    }

    #[test]
    fn a_list_without_its_version_is_refused() {
        let package = Package { name: "ours".to_owned(), ..Package::default() };
        let error = compare(&package, "pub fn ours::a()\n", &BTreeSet::new()).unwrap_err().to_string();
        assert_eq!(error, "docs/api/ours.txt does not begin with \"# ours \" and a version");
    }
}
