//! `cargo xtask release [manifests] [licences] [msrv] [api] [package] [--write]`: are the crates ready to be published?
//!
//! Five questions, each with an answer of its own; without names all of them are asked, the cheapest first, and one that fails does not keep
//! the next from being asked. Nothing is published here, and only `--write` changes a file: the committed public API in `docs/api`.

mod api;
mod licences;
mod manifests;
mod metadata;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::ValueEnum;

use crate::workspace::{cargo, root};
use metadata::Metadata;

/// What the command takes.
#[derive(clap::Args)]
pub struct Args {
    /// Which of the questions; all of them where none is named
    questions: Vec<Question>,
    /// Keep the public API of today as the one that later versions are held against
    #[arg(long)]
    write: bool,
}

/// What has to be true of a crate before others depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Question {
    /// Description, keywords, licence and Rust version are stated
    Manifests,
    /// Every dependency may be used under one of the licences in xtask/licences.toml
    Licences,
    /// Everything builds with the Rust version that the manifests state
    Msrv,
    /// Nothing is gone from the public API without a version that says so
    Api,
    /// Each crate builds from its package alone
    Package,
}

/// Asks; exit 1 when an answer is no.
///
/// # Errors
///
/// When cargo cannot be asked, or standard output cannot be written.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let root = root()?;
    let metadata = Metadata::read(root)?;
    let asked = |question: &Question| args.questions.is_empty() || args.questions.contains(question);
    let mut ready = true;
    for question in Question::value_variants().iter().copied().filter(asked) {
        let objections = match question {
            Question::Manifests => manifests::objections(&metadata),
            Question::Licences => licences::objections(&metadata, &licences::allowed(root)?)?,
            Question::Msrv => msrv(root, &metadata)?,
            Question::Api => api::objections(root, &metadata, args.write)?,
            Question::Package => package(root, &metadata)?,
        };
        let name = question.to_possible_value().context("every question has a name")?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{:<10} {}", name.get_name(), if objections.is_empty() { "ok" } else { "NO" })?;
        for objection in &objections {
            writeln!(out, "           {objection}")?;
        }
        ready &= objections.is_empty();
    }
    Ok(if ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Builds everything with the oldest compiler that the manifests promise.
fn msrv(root: &Path, metadata: &Metadata) -> anyhow::Result<Vec<String>> {
    let mut objections = Vec::new();
    let versions: std::collections::BTreeSet<&str> = metadata.published().filter_map(|package| package.rust_version.as_deref()).collect();
    for version in versions {
        // rustup puts the compiler of this version first; the target directory is its own, so that nothing else is built anew.
        let status = std::process::Command::new("rustup")
            .args(["run", "--install", version, "cargo", "check", "--quiet", "--workspace", "--all-targets", "--locked", "--target-dir"])
            .arg(root.join("target/msrv"))
            .current_dir(root)
            .status()
            .context("rustup, which keeps compilers side by side, is not to be had: https://rustup.rs")?;
        if !status.success() {
            objections.push(format!("does not build with Rust {version}, which the manifests promise; what cargo says is above"));
        }
    }
    Ok(objections)
}

/// Makes the package of each crate and builds it from there.
fn package(root: &Path, metadata: &Metadata) -> anyhow::Result<Vec<String>> {
    let mut cargo = cargo(root);
    cargo.args(["package", "--quiet", "--allow-dirty"]);
    for package in metadata.published() {
        cargo.args(["--package", &package.name]);
    }
    let status = cargo.status().context("cargo cannot be started")?;
    Ok(if status.success() { Vec::new() } else { vec!["a package does not build; what cargo says is above".to_owned()] })
}
