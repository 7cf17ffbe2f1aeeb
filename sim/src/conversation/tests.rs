//! Conversations that load, and those that do not and say why.

use super::*;

fn recorded(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/conversations").join(name)
}

fn directory(manifest: &str, files: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(MANIFEST), manifest).unwrap();
    for file in files {
        fs::write(dir.path().join(file), file).unwrap();
    }
    dir
}

/// A manifest whose steps have these extra fields.
fn manifest(steps: &[&str]) -> String {
    let step = |extra: &&str| {
        format!(
            r#"{{"from_role": "LFN", "to_role": "NB", "message": "UTILMD", "fv": "FV2510", "interchange": "I",
                "sent_berlin": "2025-11-06T10:00:00+01:00", {extra}}}"#
        )
    };
    let steps = steps.iter().map(step).collect::<Vec<_>>().join(",");
    format!(r#"{{"name": "n", "title": "t", "family": "GPKE", "steps": [{steps}]}}"#)
}

fn refusal(manifest: &str, files: &[&str]) -> String {
    let dir = directory(manifest, files);
    load(dir.path()).unwrap_err().to_string().replace(&format!("{}/", dir.path().display()), "")
}

#[test]
fn a_recorded_conversation_loads_in_the_order_of_its_receipts() {
    let conversation = load(&recorded("gpke_lieferbeginn_happy")).unwrap();
    let steps = &conversation.manifest.steps;
    assert_eq!((steps.len(), conversation.payloads.len()), (9, 9));
    assert!(steps.is_sorted_by_key(|step| step.receipt));
    assert_eq!((steps[7].file.as_str(), steps[8].file.as_str()), ("09_NB-LFA_UTILMD_55037.edi", "08_LFN-NB_APERAK.edi"));
    assert_eq!(steps[0].answer_due, Due::At("2025-11-07T10:00:00Z".parse().unwrap()));
    assert_eq!(steps[1].answer_due.at(), None);
    assert_eq!(conversation.payloads.iter().flatten().filter(|payload| payload.starts_with(b"UNA")).count(), 9);
}

#[test]
fn every_conversation_of_the_house_loads() {
    let mut count = 0;
    for entry in fs::read_dir(recorded("")).unwrap() {
        load(&entry.unwrap().path()).unwrap();
        count += 1;
    }
    assert!(count >= 2);
}

#[test]
fn what_has_no_instant_is_unchecked() {
    let steps = [
        r#""file": "1.edi", "receipt_utc": "2025-11-06T09:01:00Z", "aperak_due": null, "answer_due": ">= 2 WT before", "window": "x""#,
        r#""file": "2.edi", "receipt_utc": "2025-11-06T09:01:00Z", "aperak_due": {"iso_utc": "2025-11-06T09:46:00Z"}, "pid": null"#,
    ];
    let dir = directory(&manifest(&steps), &["1.edi", "2.edi"]);
    let conversation = load(dir.path()).unwrap();
    let [first, second] = conversation.manifest.steps.as_slice() else { panic!("two steps") };
    assert_eq!(first.aperak_due, Due::Unchecked { rule: None });
    assert_eq!(first.answer_due, Due::Unchecked { rule: Some(">= 2 WT before".into()) });
    assert_eq!(first.latest_receipt, Due::Unchecked { rule: None });
    assert_eq!(second.aperak_due.at().map(|at| at.to_string()), Some("2025-11-06T09:46:00Z".into()));
    assert_eq!(conversation.payloads, [Some(b"1.edi".to_vec()), Some(b"2.edi".to_vec())]);
}

#[test]
fn an_error_names_the_file_and_the_field() {
    let at = r#""receipt_utc": "2025-11-06T09:01:00Z""#;
    let cases = [
        ("{".to_owned(), "manifest.json: EOF while parsing an object at line 1 column 1"),
        (r#"{"name": "x"}"#.to_owned(), "manifest.json: the field `steps` is missing"),
        (manifest(&[at]), "manifest.json: step 1: the field `file` is missing"),
        (
            manifest(&[r#""file": "../1.edi""#]),
            "manifest.json: step 1 (../1.edi): the field `file`: `../1.edi` is no name of a file beside the manifest",
        ),
        (
            manifest(&[r#""file": "1.edi", "receipt_utc": "soon""#]),
            "manifest.json: step 1 (1.edi): the field `receipt_utc`: `soon` is not an instant: expected RFC 3339 with an offset, such as \
             2025-12-23T15:00:01Z or 2025-12-23T16:00:01+01:00",
        ),
        (
            manifest(&[&format!(r#""file": "1.edi", {at}, "answer_due": {{"berlin": "x"}}"#)]),
            "manifest.json: step 1 (1.edi): the field `answer_due`: the field `iso_utc` is missing",
        ),
        (
            manifest(&[&format!(r#""file": "1.edi", {at}, "answer_due": 5"#)]),
            "manifest.json: step 1 (1.edi): the field `answer_due`: `5` is neither an object with `iso_utc`, nor words, nor null",
        ),
        (
            manifest(&[&format!(r#""file": "1.edi", {at}, "pid": []"#)]),
            "manifest.json: step 1 (1.edi): the field `pid`: `[]` is no Prüfidentifikator",
        ),
    ];
    for (manifest, message) in cases {
        assert_eq!(refusal(&manifest, &["1.edi"]).lines().next().map(|line| line.split(" at line 3").next().unwrap_or("")), Some(message));
    }
}

#[test]
fn a_missing_file_is_kept_as_missing_and_an_extra_one_is_left_alone() {
    let one = manifest(&[r#""file": "1.edi", "receipt_utc": "2025-11-06T09:01:00Z", "pid": 55001"#]);
    let conversation = load(directory(&one, &[]).path()).unwrap();
    assert_eq!(conversation.payloads, [None]);
    assert_eq!(conversation.manifest.steps[0].pid.as_deref(), Some("55001"));
    assert_eq!(load(directory(&one, &["1.edi", "2.edi"]).path()).unwrap().payloads.len(), 1);
    assert!(load(Path::new("nowhere")).unwrap_err().to_string().starts_with("nowhere/manifest.json cannot be read: "));
}
