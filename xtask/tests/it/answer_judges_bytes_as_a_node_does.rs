//! `answer`: the verdict of the boundary on files, line by line and as one document.

use std::path::PathBuf;
use std::process::Command;

use crate::testing::Said;

fn broken(name: &str) -> String {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../sim/tests/broken").join(name).display().to_string()
}

const NODE: [&str; 6] = ["--at", "2025-11-06T09:01:00Z", "--me", "9999000002010", "--sparte", "strom"];

fn answer(files: &[&str], extra: &[&str]) -> Said {
    let files: Vec<String> = files.iter().map(|file| broken(file)).collect();
    let arguments = ["answer"].into_iter().chain(files.iter().map(String::as_str)).chain(NODE).chain(extra.iter().copied());
    Said::of(Command::new(env!("CARGO_BIN_EXE_xtask")).args(arguments).output().unwrap())
}

#[test]
fn a_clean_message_is_accepted_with_the_acknowledgement_of_its_sparte() {
    answer(&["00_clean.edi"], &[]).exits(0).prints(&["accepted APERAK 312 at byte "]);
}

#[test]
fn a_refusal_names_its_code_place_and_reason_and_exits_with_1() {
    answer(&["04_unz_ref_mismatch.edi"], &[]).exits(1).prints(&["CONTRL 4 UCI 28 at byte "]);
    answer(&["23_dtm_303_seconds.edi"], &[]).exits(1).prints(&["APERAK 313 Z35 at byte "]);
    answer(&["36_binary.edi"], &[]).exits(1).prints(&["unreadable at byte "]);
}

#[test]
fn files_in_order_share_what_was_received() {
    let said = answer(&["44_duplicate_interchange_a.edi", "45_duplicate_interchange_b.edi"], &["--json"]).exits(1);
    let document = said.json();
    let verdicts: Vec<&str> = document["answers"].as_array().unwrap().iter().filter_map(|a| a["verdict"].as_str()).collect();
    assert_eq!(verdicts, ["accepted APERAK 312", "CONTRL 4 UCI 26"]);
}

#[test]
fn a_file_that_is_not_there_is_wrong_usage() {
    answer(&["nowhere.edi"], &[]).exits(2).complains(&["nowhere.edi"]);
}
