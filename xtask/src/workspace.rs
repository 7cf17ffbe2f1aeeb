//! The workspace this command was built in, and the cargo that builds more of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

/// Its root directory.
///
/// # Errors
///
/// When the package of this command stands in no directory.
pub fn root() -> anyhow::Result<&'static Path> {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the workspace has no root directory")
}

/// The cargo that runs this command.
pub fn cargo(directory: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(directory);
    cargo
}

/// Builds with the arguments that `cargo` was given and returns the program that came out.
///
/// # Errors
///
/// When it does not build, or builds no program.
pub fn built(mut cargo: Command, what: &str) -> anyhow::Result<PathBuf> {
    eprintln!("building {what} …");
    let output = cargo.arg("--message-format=json-render-diagnostics").stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("{what} does not build; what cargo says is above");
    }
    let text = String::from_utf8(output.stdout).context("cargo says something that is not UTF-8")?;
    let executable = |line: &str| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message.get("executable")?.as_str()?))
    };
    text.lines().filter_map(executable).next_back().with_context(|| format!("cargo built no program for {what}"))
}
