//! The repository's promises as text checks: what the compiler and clippy cannot see, or see only where they look.
//!
//! Clippy's lists take no wildcards, know nothing of an unbiased `select!`, of a TOML row or of a file's length. These checks read
//! the files that git knows (all files, where there is no git) and say of each broken promise where, what, why and what to do.
//! They never change a file. Code is judged with comments and string literals blanked, so a name may be talked about.

mod code;
mod features;
mod layout;
mod links;
mod pages;
mod pitfalls;
mod source_text;
mod tables;

use std::fmt;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::Context as _;

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    line: usize,
    what: String,
    why: &'static str,
    remedy: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}, {}, {}", self.path, self.line, self.what, self.why, self.remedy)
    }
}

/// A text file, its path relative to the root with `/` between names.
struct File {
    path: String,
    text: String,
}

/// Checks the workspace this command was built in. Findings go to standard output, one a line.
///
/// # Errors
///
/// When a file cannot be read, or standard output cannot be written.
pub fn run() -> anyhow::Result<ExitCode> {
    let root = crate::workspace::root()?;
    let findings = findings(root)?;
    let mut out = std::io::stdout().lock();
    for finding in &findings {
        writeln!(out, "{finding}")?;
    }
    if findings.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("tidy: {} findings", findings.len());
    Ok(ExitCode::FAILURE)
}

fn findings(root: &Path) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for path in paths(root)? {
        let bytes = fs::read(root.join(&path)).with_context(|| format!("cannot read {path}"))?;
        // What is not UTF-8 is an interchange or a picture: no promise is about it.
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let file = File { path, text };
        code::check(&file, &mut findings);
        layout::check(&file, &mut findings);
        tables::check(&file, &mut findings);
        features::check(&file, &mut findings);
        pitfalls::check(root, &file, &mut findings);
        pages::check(root, &file, &mut findings);
        links::check(root, &file, &mut findings);
    }
    findings.sort();
    Ok(findings)
}

/// The files git would commit; where the directory is no clone, all but build output and hidden directories.
fn paths(root: &Path) -> anyhow::Result<Vec<String>> {
    if root.join(".git").exists() {
        let listing = git(root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).output();
        if let Ok(listing) = listing
            && listing.status.success()
        {
            let listing = String::from_utf8(listing.stdout).context("git names a file that is not UTF-8")?;
            // A file that is deleted but not yet committed is still listed.
            let there = |path: &&str| !path.is_empty() && root.join(path).is_file();
            return Ok(listing.split('\0').filter(there).map(str::to_owned).collect());
        }
    }
    let mut paths = Vec::new();
    walk(root, root, &mut paths)?;
    Ok(paths)
}

/// Git in `root`, and nowhere else: inside a hook the environment names the repository of the hook.
fn git(root: &Path) -> Command {
    let mut git = Command::new("git");
    git.current_dir(root).env_remove("GIT_DIR").env_remove("GIT_WORK_TREE").env_remove("GIT_INDEX_FILE");
    git
}

fn walk(root: &Path, directory: &Path, paths: &mut Vec<String>) -> anyhow::Result<()> {
    let entries = fs::read_dir(directory).with_context(|| format!("cannot list {}", directory.display()))?;
    let mut entries: Vec<PathBuf> = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    entries.sort();
    for path in entries {
        let relative = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
        let name = relative.rsplit('/').next().unwrap_or_default();
        if path.is_file() {
            paths.push(relative);
        } else if path.is_dir() && name != "target" && (!name.starts_with('.') || name == ".ci") {
            walk(root, &path, paths)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plants one file in an empty directory and returns what is found there, as `line: what`.
    pub(super) fn plant(path: &str, text: &str) -> Vec<String> {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, text).unwrap();
        let findings = findings(directory.path()).unwrap();
        assert!(findings.iter().all(|finding| finding.path == path));
        findings.into_iter().map(|finding| format!("{}: {}", finding.line, finding.what)).collect()
    }

    #[test]
    fn a_finding_says_where_what_why_and_what_to_do() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir_all(directory.path().join("engine/src")).unwrap();
        fs::write(directory.path().join("engine/src/lib.rs"), "fn f() {}\n").unwrap();
        let findings = findings(directory.path()).unwrap();
        let [finding] = findings.as_slice() else { panic!("{findings:?}") };
        assert!(finding.to_string().starts_with("engine/src/lib.rs:1: no module contract, "));
        assert_eq!(finding.to_string().matches(", ").count(), 2);
    }

    #[test]
    fn only_what_git_would_commit_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let git = |arguments: &[&str]| git(directory.path()).args(arguments).output().unwrap();
        git(&["init", "--quiet"]);
        fs::write(directory.path().join(".gitignore"), "/ignored.rs\n").unwrap();
        for name in ["ignored.rs", "committed.rs", "new.rs", "deleted.rs"] {
            fs::write(directory.path().join(name), "//! x\n").unwrap();
        }
        git(&["add", "committed.rs", "deleted.rs"]);
        fs::remove_file(directory.path().join("deleted.rs")).unwrap();
        let mut paths = paths(directory.path()).unwrap();
        paths.sort();
        assert_eq!(paths, [".gitignore", "committed.rs", "new.rs"]);
    }

    #[test]
    fn a_walk_skips_build_output() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["target/a.rs", ".git/b.rs", "src/c.rs"] {
            let place = directory.path().join(name);
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(place, "").unwrap();
        }
        fs::remove_dir_all(directory.path().join(".git")).unwrap();
        assert_eq!(paths(directory.path()).unwrap(), ["src/c.rs"]);
    }
}
