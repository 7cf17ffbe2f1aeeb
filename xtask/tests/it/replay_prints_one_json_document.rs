//! `replay --json`: one document, `{"steps":[{"file","field","expected","computed","result"}]}`, with the same exit codes.

use crate::testing::{CONVERSATION, conversation_with, workspace, xtask};
use serde_json::{Value, json};

#[test]
fn every_step_has_file_field_expected_computed_and_result() {
    let document = xtask(&workspace(), &["replay", CONVERSATION, "--json"]).exits(0).json();
    let steps = document["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 10);
    for step in steps {
        for key in ["file", "field", "expected", "computed", "result"] {
            assert!(step[key].is_string(), "{key}: {step}");
        }
        assert_eq!(step["result"], "ok", "{step}");
    }
    assert_eq!(steps[0]["file"], "01_LFN-NB_UTILMD_55001.edi");
    assert_eq!((&steps[1]["field"], &steps[1]["computed"]), (&json!("answer_due"), &json!("2025-11-07T10:00:00Z")));
}

#[test]
fn results_are_words_and_what_is_not_known_is_null() {
    let directory = conversation_with(|manifest| {
        manifest["steps"][0]["answer_due"] = Value::Null;
        manifest["steps"][0]["aperak_due"]["iso_utc"] = "2025-11-06T10:46:00+01:00".into();
        manifest["steps"][0]["expect"] = "44001".into();
        manifest["steps"][1]["file"] = "missing.edi".into();
        manifest["steps"][2]["answer_due"]["iso_utc"] = "2025-11-07T09:00:00Z".into();
    });
    let document = xtask(directory.path(), &["replay", "talk", "--json"]).exits(1).json();
    let found = |file: &str, field: &str| {
        let steps = document["steps"].as_array().unwrap();
        let step = steps.iter().find(|step| step["file"] == file && step["field"] == field).unwrap();
        (step["result"].clone(), step["expected"].clone(), step["computed"].clone())
    };
    let (first, third) = ("01_LFN-NB_UTILMD_55001.edi", "03_NB-LFA_UTILMD_55010.edi");
    assert_eq!(found(first, "answer_due"), (json!("unchecked"), Value::Null, json!("2025-11-07T10:00:00Z")));
    // Instants of people have an offset; those of machines end in Z.
    assert_eq!(found(first, "aperak_due"), (json!("ok"), json!("2025-11-06T09:46:00Z"), json!("2025-11-06T09:46:00Z")));
    assert_eq!(found(first, "expect"), (json!("impossible"), json!("44001"), json!("55002|55003")));
    assert_eq!(found("missing.edi", "message").0, json!("unreadable"));
    assert_eq!(found(third, "answer_due"), (json!("differs"), json!("2025-11-07T09:00:00Z"), json!("2025-11-07T08:00:00Z")));
}

#[test]
fn without_a_readable_manifest_there_is_no_document() {
    xtask(&workspace(), &["replay", "missing", "--json"]).exits(2).complains(&["missing/manifest.json"]);
}
