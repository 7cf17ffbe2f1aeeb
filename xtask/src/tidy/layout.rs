//! Promises about files: each module says what it promises, none is too long to know, no text knows the machine it was written on.

use super::{File, Finding};

/// Longest Rust file.
const LINE_LIMIT: usize = 600;

/// Directories that exist on one machine only. Split, so that this file does not name them.
const MACHINE_PATHS: &[&str] = &[concat!("/wo", "rk/"), concat!("/t", "mp/")];

impl File {
    pub(super) fn finding(&self, line: usize, what: String, why: &'static str, remedy: &'static str) -> Finding {
        Finding { path: self.path.clone(), line, what, why, remedy }
    }
}

pub(super) fn check(file: &File, findings: &mut Vec<Finding>) {
    if file.path.ends_with(".rs") {
        let first = file.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        if file.path.split('/').any(|directory| directory == "src") && !first.starts_with("//!") {
            findings.push(file.finding(
                1,
                "no module contract".to_owned(),
                "a reader must learn first what a file promises",
                "begin the file with `//!` and say it",
            ));
        }
        let lines = file.text.lines().count();
        if lines > LINE_LIMIT {
            findings.push(file.finding(
                LINE_LIMIT + 1,
                format!("{lines} lines"),
                "nobody knows a file of more than 600",
                "split it by concept",
            ));
        }
    }
    for (index, line) in file.text.lines().enumerate() {
        for place in MACHINE_PATHS {
            let is_absolute = |at: usize| !line[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}' | ')'));
            if line.match_indices(place).any(|(at, _)| is_absolute(at)) {
                findings.push(file.finding(
                    index + 1,
                    format!("the path `{place}`"),
                    "it exists on one machine only",
                    "use a path relative to the root or a temporary directory asked for at run time",
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::plant;

    #[test]
    fn a_file_without_a_contract_is_found_under_src_only() {
        assert_eq!(plant("sim/src/a.rs", "\n// no\nfn f() {}\n"), ["1: no module contract"]);
        assert_eq!(plant("sim/src/a.rs", ""), ["1: no module contract"]);
        assert_eq!(plant("sim/src/a.rs", "\n//! yes\n"), [""; 0]);
        assert_eq!(plant("sim/tests/a.rs", "fn f() {}\n"), [""; 0]);
    }

    #[test]
    fn a_file_of_601_lines_is_found() {
        let text = |lines: usize| format!("//! x\n{}", "\n".repeat(lines - 1));
        assert_eq!(plant("sim/src/a.rs", &text(600)), [""; 0]);
        assert_eq!(plant("sim/src/a.rs", &text(601)), ["601: 601 lines"]);
        assert_eq!(plant("docs/a.md", &text(601)), [""; 0]);
    }

    #[test]
    fn a_path_of_one_machine_is_found_in_any_text() {
        for place in super::MACHINE_PATHS {
            assert_eq!(plant("docs/a.md", &format!("\nsee `{place}x`\n")), [format!("2: the path `{place}`")]);
            assert_eq!(plant("a.toml", &format!("x = \"target{place}x\"\n")), [""; 0]);
        }
    }
}
