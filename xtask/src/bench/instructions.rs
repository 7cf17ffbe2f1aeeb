//! Instructions of the hot paths, counted by callgrind, and held against `benches/instructions.toml`.
//!
//! Each path is walked twice, a few times and many times over; the difference is the path alone, whatever it costs to get there. The
//! count does not depend on how busy the machine is, but on the compiler: a baseline names the one that it was made with, and with another
//! one nothing is judged. Skipped, with the reason said, where valgrind is not installed.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

/// Paths as the program calls them, how often they are walked, and where to look when one has become longer.
const PATHS: [(&str, u64, &str); 6] = [
    ("commit of 1 event", 200, "engine/src/store/keyed/writer.rs"),
    ("command, warm", 200, "engine/src/process.rs, engine/src/hot.rs"),
    ("replay of 1000 events", 4, "engine/src/process.rs, engine/src/store/msgpack.rs"),
    ("state from snapshot and 10 events", 100, "engine/src/snapshot.rs, engine/src/process.rs"),
    ("outbox poll of 64", 20, "engine/src/store/keyed/read.rs"),
    ("inbound message", 20, "sim/src/node/inbox.rs, sim/src/edifact/reaction.rs, engine/src/engine/receive.rs"),
];

/// How much more a path may take, in percent: compilers and hashes of paths move a few instructions.
const MARGIN_PERCENT: u64 = 2;

/// The baselines, and the compiler that they were made with.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Baselines {
    rustc: String,
    instructions: BTreeMap<String, u64>,
}

/// A path, and how long it is.
#[derive(Debug, Serialize)]
pub struct Length {
    /// The path.
    pub path: &'static str,
    /// Instructions of walking it once.
    pub instructions: u64,
    /// As they were; `None` with another compiler.
    pub baseline: Option<u64>,
    /// Where to look.
    pub look_at: &'static str,
}

impl Length {
    fn is_beyond(&self) -> bool {
        self.baseline.is_some_and(|baseline| self.instructions * 100 > baseline * (100 + MARGIN_PERCENT))
    }
}

/// What was counted.
#[derive(Debug, Serialize)]
pub struct Instructions {
    /// Every path.
    pub lengths: Vec<Length>,
    /// Why nothing was counted, or nothing judged.
    pub skipped: Option<String>,
}

impl Instructions {
    /// Whether no path is beyond its margin.
    pub fn passed(&self) -> bool {
        !self.lengths.iter().any(Length::is_beyond)
    }
}

/// Counts with the program `program`.
///
/// # Errors
///
/// When the program fails under callgrind, or the baselines cannot be read or written.
pub fn judge(root: &Path, program: &Path, accept: bool) -> anyhow::Result<Instructions> {
    let there = Command::new("valgrind").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !there.is_ok_and(|status| status.success()) {
        let skipped = Some("valgrind is not installed: no instructions were counted".to_owned());
        return Ok(Instructions { lengths: Vec::new(), skipped });
    }
    let place = root.join("benches/instructions.toml");
    let known: Baselines = match std::fs::read_to_string(&place) {
        Ok(text) => toml::from_str(&text).context("benches/instructions.toml")?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Baselines::default(),
        Err(error) => return Err(error).context("benches/instructions.toml"),
    };
    let rustc = rustc()?;
    let comparable = known.rustc == rustc;
    let skipped = (!comparable && !known.rustc.is_empty() && !accept)
        .then(|| format!("the baselines were made with {}, and this is {rustc}: nothing is judged", known.rustc));
    let mut lengths = Vec::new();
    for (path, times, look_at) in PATHS {
        eprintln!("counting instructions: {path} …");
        let instructions = (counted(program, path, 3 * times)? - counted(program, path, times)?) / (2 * times);
        let baseline = if accept { Some(instructions) } else { known.instructions.get(path).copied().filter(|_| comparable) };
        lengths.push(Length { path, instructions, baseline, look_at });
    }
    if accept {
        let mut text =
            "# Instructions of the hot paths, by callgrind: `cargo xtask bench --accept`. More than 2 % above fails the command.\n"
                .to_owned();
        writeln!(text, "rustc = {rustc:?}\n\n[instructions]")?;
        for Length { path, instructions, .. } in &lengths {
            writeln!(text, "{path:?} = {instructions}")?;
        }
        std::fs::write(&place, text).context("benches/instructions.toml")?;
    }
    Ok(Instructions { lengths, skipped })
}

fn rustc() -> anyhow::Result<String> {
    let output = Command::new("rustc").arg("--version").output().context("rustc cannot be asked for its version")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Instructions of a whole run that walks `path` so many times.
fn counted(program: &Path, path: &str, times: u64) -> anyhow::Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["--path", path, "--times", &times.to_string()])
        .stdout(Stdio::null())
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("{path} fails under callgrind: {said}");
    }
    collected(&said).with_context(|| format!("callgrind says nothing about {path}: {said}"))
}

/// `==123== Collected : 4567`.
fn collected(said: &str) -> Option<u64> {
    said.lines().find_map(|line| line.split_once("Collected :")?.1.split_whitespace().next()?.parse().ok())
}

impl fmt::Display for Instructions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<40} {:>14} {:>14}", "instructions of", "now", "baseline")?;
        for length in &self.lengths {
            let baseline = length.baseline.map_or("-".to_owned(), |baseline| baseline.to_string());
            write!(f, "{:<40} {:>14} {baseline:>14}", length.path, length.instructions)?;
            match length.is_beyond() {
                true => writeln!(f, "  FAILED: more than {MARGIN_PERCENT} % above. Look at {}", length.look_at)?,
                false => writeln!(f)?,
            }
        }
        self.skipped.iter().try_for_each(|why| writeln!(f, "{why}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_found_in_what_callgrind_says() {
        let said = "==7== Callgrind\n==7== \n==7== Events    : Ir\n==7== Collected : 123456\n";
        assert_eq!(collected(said), Some(123_456));
        assert_eq!(collected("==7== nothing"), None);
    }

    #[test]
    fn a_path_beyond_its_margin_fails_and_says_where_to_look() {
        let length = |instructions| Length { path: "commit", instructions, baseline: Some(1_000), look_at: "writer.rs" };
        let of = |instructions| Instructions { lengths: vec![length(instructions)], skipped: None };
        assert!(of(1_020).passed());
        assert!(!of(1_021).passed());
        let told = of(1_021).to_string();
        assert!(told.contains("1021") && told.contains("1000") && told.contains("Look at writer.rs"), "{told}");
    }
}
