//! `replay` of a conversation with a broken file: exit 1, the file and why; the other messages are still compared.

use std::fs;

use crate::testing::{conversation, xtask};

const FIRST: &str = "talk/01_LFN-NB_UTILMD_55001.edi";

#[test]
fn a_message_that_ends_in_the_middle_is_unreadable_wherever_it_ends() {
    let directory = conversation();
    let whole = fs::read(directory.path().join(FIRST)).unwrap();
    for length in [0, 1, 9, 40, 60, 200, 300, whole.len() - 1] {
        fs::write(directory.path().join(FIRST), &whole[..length]).unwrap();
        let said = xtask(directory.path(), &["replay", "talk"]).exits(1);
        let line = said.out.lines().find(|line| line.contains("UNREADABLE")).unwrap_or_else(|| panic!("{length}: {said:#?}"));
        assert!(line.starts_with("01_LFN-NB_UTILMD_55001.edi ") && line.contains(" at byte "), "{length}: {line}");
        assert!(said.last_line().ends_with("7 fields ok, 1 wrong"), "{length}: {said:#?}");
    }
}

#[test]
fn an_acknowledgement_that_is_cut_is_unreadable_too() {
    let directory = conversation();
    let file = directory.path().join("talk/02_NB-LFN_APERAK.edi");
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let said = xtask(directory.path(), &["replay", "talk"]).exits(1).prints(&["02_NB-LFN_APERAK.edi ", "UNREADABLE"]);
    assert_eq!(said.last_line(), "9 messages, 10 fields ok, 1 wrong");
}

#[test]
fn noise_is_unreadable() {
    let directory = conversation();
    fs::write(directory.path().join(FIRST), [0, 0xff, b'\'', b'+', 0xfe]).unwrap();
    xtask(directory.path(), &["replay", "talk"]).exits(1).prints(&["UNREADABLE"]);
}

#[test]
fn a_missing_message_is_named() {
    let directory = conversation();
    fs::remove_file(directory.path().join(FIRST)).unwrap();
    let said = xtask(directory.path(), &["replay", "talk"]).exits(1).prints(&["01_LFN-NB_UTILMD_55001.edi ", "the file is missing"]);
    assert_eq!(said.last_line(), "9 messages, 7 fields ok, 1 wrong");
}

#[test]
fn a_missing_directory_or_manifest_is_wrong_usage() {
    let directory = conversation();
    fs::remove_file(directory.path().join("talk/manifest.json")).unwrap();
    for name in ["missing", "talk"] {
        let hint = "a conversation is a directory with a manifest.json and the .edi files that it names";
        xtask(directory.path(), &["replay", name]).exits(2).complains(&[&format!("error: {name}/manifest.json cannot be read"), hint]);
    }
}

#[test]
fn a_manifest_that_is_none_is_wrong_usage_and_says_where() {
    let directory = conversation();
    for (manifest, hint) in [
        ("{\"steps\":[", "EOF"),
        ("{}", "the field `steps` is missing"),
        ("{\"steps\":[{\"file\":\"01.edi\"}]}", "step 1 (01.edi)"),
        ("{\"steps\":[{\"file\":\"../01.edi\"}]}", "`../01.edi` is no name of a file beside the manifest"),
        ("{\"steps\":[],\"rulebook\":\"bk6\"}", "no rulebook is called `bk6`; known: bk6-24-174, mako-engine"),
    ] {
        fs::write(directory.path().join("talk/manifest.json"), manifest).unwrap();
        xtask(directory.path(), &["replay", "talk"]).exits(2).complains(&[hint]);
    }
}
