//! Work that is counted and not timed: the test that holds it against `benches/baselines.toml`.

use std::fmt;
use std::path::Path;
use std::process::Stdio;

use serde::Serialize;

use crate::workspace::cargo;

/// What was counted.
#[derive(Debug, Serialize)]
pub struct Counted {
    /// Name and count.
    pub figures: Vec<(String, u64)>,
    /// Whether nothing was beyond its baseline.
    pub passed: bool,
    /// What the test said, when something was.
    pub findings: Vec<String>,
}

/// Counts.
///
/// # Errors
///
/// When cargo cannot be started.
pub fn judge(root: &Path) -> anyhow::Result<Counted> {
    eprintln!("counting …");
    let arguments = ["test", "--quiet", "--package", "mako-benches", "--test", "counted_work", "--", "--nocapture", "--test-threads=1"];
    let output = cargo(root).args(arguments).stderr(Stdio::piped()).output()?;
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let passed = output.status.success();
    let findings = if passed { Vec::new() } else { complained.lines().map(str::to_owned).collect() };
    Ok(Counted { figures: said.lines().filter_map(figure).collect(), passed, findings })
}

/// `name      count`, as the test prints it; the first one stands behind the dot of a test that passed before.
fn figure(line: &str) -> Option<(String, u64)> {
    let (name, count) = line.trim_start_matches('.').trim_end().rsplit_once("  ")?;
    Some((name.trim().to_owned(), count.trim().parse().ok()?))
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<74} {:>12}", "counted work", "count")?;
        for (name, count) in &self.figures {
            writeln!(f, "{name:<74} {count:>12}")?;
        }
        self.findings.iter().try_for_each(|finding| writeln!(f, "{finding}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counted_figure_is_told_from_what_a_test_says_else() {
        assert_eq!(figure("store reads per commit of 1 event              0"), Some(("store reads per commit of 1 event".to_owned(), 0)));
        assert_eq!(figure(".syncs per 1000 commits      7"), Some(("syncs per 1000 commits".to_owned(), 7)));
        assert_eq!(figure("test result: ok. 2 passed; 0 failed"), None);
        assert_eq!(figure(""), None);
    }
}
