//! `conformance`: asks every subject, or judges the records that tests left; fails on what the contract names, and on nothing else.

use std::fs;
use std::path::Path;

use mako_conformance::{Outcome, Record, WORKFLOW_REQUIREMENTS};
use serde_json::Value;

use crate::testing::{workspace, xtask};

/// Records of a workflow that keeps everything, but for what `change` does to them.
fn left_behind(place: &Path, change: impl Fn(&mut Record)) {
    for requirement in WORKFLOW_REQUIREMENTS {
        let mut record = Record {
            id: requirement.id.to_owned(),
            title: requirement.title.to_owned(),
            level: requirement.level,
            subject: "mine".to_owned(),
            result: Outcome::Pass,
            reason: None,
        };
        change(&mut record);
        record.write(place).unwrap();
    }
}

#[test]
fn a_subject_of_the_house_is_asked_and_its_skips_come_first() {
    let said = xtask(&workspace(), &["conformance", "--subject", "memory"]).exits(0);
    assert!(said.out.starts_with("skip      ES-DUR-01  memory: the subject does not declare DURABLE: a double for tests"), "{said:#?}");
    said.prints(&["ES-OCC-01   pass", "1 subjects, 60 checks: 57 passed, 3 skipped, 0 exempt, 0 findings"]);
}

#[test]
fn a_subject_that_is_not_there_is_wrong_usage() {
    xtask(&workspace(), &["conformance", "--subject", "oracle"])
        .exits(2)
        .complains(&["no subject `oracle`", "memory, fjall, gpke-lieferbeginn-lfn"]);
}

#[test]
fn what_the_contract_names_is_found_and_nothing_else() {
    let cases: [(&str, Outcome, i32, &str); 7] = [
        ("WF-RPL-01", Outcome::Pass, 0, "30 passed"),
        ("WF-RPL-01", Outcome::Fail, 1, "WF-RPL-01 mine: not kept"),
        ("WF-RPL-01", Outcome::SkipUnexplained, 1, "WF-RPL-01 mine: skipped without a reason"),
        ("WF-RPL-01", Outcome::Expired, 1, "WF-RPL-01 mine: because"),
        ("WF-RPL-01", Outcome::Skip, 0, "skip      WF-RPL-01  mine: because"),
        ("WF-RPL-01", Outcome::Exempt, 0, "exempt    WF-RPL-01  mine: because"),
        ("WF-IDM-02", Outcome::Fail, 0, "not kept  WF-IDM-02  mine: because"),
    ];
    for (id, result, exit, text) in cases {
        let place = tempfile::tempdir().unwrap();
        left_behind(place.path(), |record| {
            if record.id == id && result != Outcome::Pass {
                (record.result, record.reason) = (result, Some("because".to_owned()));
            }
        });
        xtask(&workspace(), &["conformance", "--from", place.path().to_str().unwrap()]).exits(exit).prints(&[text]);
    }
}

#[test]
fn a_requirement_without_a_result_is_found_and_reported_in_three_forms() {
    let (place, reports) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    left_behind(place.path(), |_| {});
    fs::remove_file(place.path().join("mine/WF-UPC-01.json")).unwrap();
    let (from, report) = (place.path().to_str().unwrap(), reports.path().to_str().unwrap());
    xtask(&workspace(), &["conformance", "--from", from, "--report", report])
        .exits(1)
        .prints(&["WF-UPC-01 mine: no result", "WF-UPC-01   MISSING"]);
    let json: Value = serde_json::from_slice(&fs::read(reports.path().join("report.json")).unwrap()).unwrap();
    assert_eq!((json["results"].as_array().unwrap().len(), json["findings"].as_array().unwrap().len()), (29, 1));
    let markdown = fs::read_to_string(reports.path().join("report.md")).unwrap();
    assert!(markdown.contains("| WF-UPC-01 | MISSING |"), "{markdown}");
    let junit = fs::read_to_string(reports.path().join("report.xml")).unwrap();
    assert!(junit.contains("name=\"WF-UPC-01\"><failure message=\"no result\"/>"), "{junit}");
}
