//! `tidy`: a line per broken promise, with its place; the exit code says whether there is one.

use crate::testing::{workspace, xtask};

#[test]
fn it_fails_exactly_when_it_prints_a_finding_and_every_finding_has_its_place() {
    let said = xtask(&workspace(), &["tidy"]);
    assert_eq!(said.exit, i32::from(!said.out.is_empty()), "{said:#?}");
    for finding in said.out.lines() {
        let mut parts = finding.splitn(3, ':');
        let (path, line) = (parts.next().unwrap(), parts.next().unwrap());
        assert!(workspace().join(path).is_file() && line.parse::<usize>().is_ok(), "{finding}");
    }
}

#[test]
fn it_judges_the_workspace_from_wherever_it_is_called() {
    let directory = tempfile::tempdir().unwrap();
    let said = |dir: &std::path::Path| xtask(dir, &["tidy"]).out;
    assert_eq!(said(directory.path()), said(&workspace()));
}
