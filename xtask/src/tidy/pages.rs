//! Promises about generated pages: what stands in `docs/` is what the tables say today.

use std::fs;
use std::path::Path;

use super::{File, Finding};
use crate::fristen_page::{PAGE, render};

/// The file by which a repository with rulebooks is known.
const TABLES: &str = "engine/rulebooks/bk6-24-174/rulebook.toml";

pub(super) fn check(root: &Path, file: &File, findings: &mut Vec<Finding>) {
    if file.path != TABLES {
        return;
    }
    let stands = fs::read_to_string(root.join(PAGE)).unwrap_or_default();
    let page = render();
    if stands == page {
        return;
    }
    let differs = stands.lines().zip(page.lines()).position(|(one, other)| one != other);
    let line = differs.unwrap_or_else(|| stands.lines().count().min(page.lines().count())) + 1;
    findings.push(Finding {
        path: PAGE.to_owned(),
        line,
        what: "not what the tables say".to_owned(),
        why: "a page that was true once is worse than none",
        remedy: "run `cargo xtask fristen --write`",
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_out_of_date_is_found_with_its_line() {
        let root = tempfile::tempdir().unwrap();
        let tables = File { path: TABLES.to_owned(), text: String::new() };
        let found = |text: Option<&str>| {
            fs::create_dir_all(root.path().join("docs")).unwrap();
            if let Some(text) = text {
                fs::write(root.path().join(PAGE), text).unwrap();
            }
            let mut findings = Vec::new();
            check(root.path(), &tables, &mut findings);
            findings.into_iter().map(|finding| finding.line).collect::<Vec<_>>()
        };
        let page = render();
        assert_eq!(found(None), [1]);
        assert_eq!(found(Some(&page)), [0; 0]);
        assert_eq!(
            found(Some(&page.replacen("EOD(WT+n)", "EOD(WT-n)", 1))),
            [page.lines().position(|l| l.contains("EOD(WT+n)")).unwrap() + 1]
        );
        assert_eq!(found(Some(&format!("{page}more\n"))).len(), 1);
    }
}
