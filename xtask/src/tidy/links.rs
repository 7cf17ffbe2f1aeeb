//! Promises about pages: what one of them links is there, and every page of `docs/` has its place in the book.

use std::path::Path;

use super::{File, Finding};
use crate::book::{CONTENTS, beside, pages};
use crate::markdown::links;

/// What other pages are made of: their links lead on from there.
const TEMPLATES: [&str; 2] = ["benches/performance.md", "conformance/published/page.md"];

pub(super) fn check(root: &Path, file: &File, findings: &mut Vec<Finding>) {
    if !file.path.ends_with(".md") || TEMPLATES.contains(&file.path.as_str()) {
        return;
    }
    for link in links(&file.text) {
        if beside(Path::new(&file.path), &link.target).is_ok_and(|target| root.join(target).exists()) {
            continue;
        }
        findings.push(Finding {
            path: file.path.clone(),
            line: 1 + file.text[..link.place.start].matches('\n').count(),
            what: format!("a link to {}, which is not there", link.target),
            why: "who follows it is lost",
            remedy: "mend the link, or take it out",
        });
    }
    let in_docs = file.path.starts_with("docs/") && file.path != CONTENTS;
    // A repository without contents has no book.
    if in_docs && pages(root).is_ok_and(|pages| pages.iter().all(|page| Path::new(&file.path) != page)) {
        findings.push(Finding {
            path: file.path.clone(),
            line: 1,
            what: "a page that is not in the book".to_owned(),
            why: "nobody comes to it",
            remedy: "give it a line in docs/SUMMARY.md",
        });
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_dead_link_and_a_page_that_nobody_comes_to_are_found() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("docs")).unwrap();
        fs::write(root.path().join(CONTENTS), "- [a](a.md)\n").unwrap();
        fs::write(root.path().join("README.md"), "").unwrap();
        let found = |path: &str, text: &str| {
            let mut findings = Vec::new();
            check(root.path(), &File { path: path.to_owned(), text: text.to_owned() }, &mut findings);
            findings.into_iter().map(|finding| format!("{}: {}", finding.line, finding.what)).collect::<Vec<_>>()
        };
        assert_eq!(found("docs/a.md", "x\n[readme](../README.md)\n"), [""; 0]);
        assert_eq!(found("docs/a.md", "x\n\n[readme](README.md)\n"), ["3: a link to README.md, which is not there"]);
        assert_eq!(found("docs/b.md", "x\n"), ["1: a page that is not in the book"]);
        assert_eq!(found("engine/a.rs", "//! [x](y.md)\n"), [""; 0]);
    }
}
