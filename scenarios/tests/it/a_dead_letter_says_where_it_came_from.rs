//! Law 6, for whoever has to call the sender: a dead letter of a node names the sender, the message and the instant, as far as the
//! bytes let the boundary read them.

use mako_scenarios::market::Market;
use mako_scenarios::suite;
use mako_sim::plan::{Action, Plan};
use mako_sim::run::{NetKind, StoreKind, run};
use mako_sim::trace::What;
use serde_json::Value;

/// The reasons that the boundary of a node wrote into its log, in order, each with its audit.
fn reasons(plan: &Plan) -> Vec<Value> {
    let outcome = run(plan, &Market::application(), StoreKind::Memory, NetKind::Memory);
    let entries = outcome.trace.entries().iter();
    let payloads = entries.filter_map(|entry| match &entry.what {
        What::Event { event_type, payload, .. } if event_type == "DeadLettered" => Some(payload["DeadLettered"]["reason"].clone()),
        _ => None,
    });
    payloads.collect()
}

fn plan(scenario: &str) -> Plan {
    suite::load(&suite::home().join("gpke").join(scenario)).expect("the scenario")
}

#[test]
fn a_message_of_no_workflow_is_named_in_full() {
    let mut plan = plan("unknown_pid.scenario");
    plan.variants.clear();
    for step in &mut plan.steps {
        // A Prüfidentifikator that the catalogue knows, and no workflow here.
        if let Action::SendBytes { bytes, .. } = &mut step.action {
            *bytes = String::from_utf8_lossy(bytes).replace("Z13:59999", "Z13:55156").into_bytes();
        }
    }
    let reasons = reasons(&plan);
    let [reason] = reasons.as_slice() else { panic!("{reasons:?}") };
    let audit = &reason["unknown-pid"]["audit"];
    let transport = audit["correlation_id"].as_str().expect("the transport's MessageId").to_owned();
    let expected = serde_json::json!({
        "timestamp": "2025-11-04T08:00:01Z",
        "message_type": "UTILMD",
        "release_code": "S2.1",
        "pid": "55156",
        "sender_mp_id": "9999000001012",
        "receiver_mp_id": "9999000002010",
        "message_reference": "UNKNOWNPID1/M1",
        "tenant": "9999000002010",
        "correlation_id": transport,
    });
    assert_eq!(*audit, expected);
}

#[test]
fn noise_is_named_by_who_sent_it_and_by_the_transport() {
    let reasons = reasons(&plan("garbage.scenario"));
    assert!(!reasons.is_empty());
    for reason in reasons {
        let audit = &reason["unreadable"]["audit"];
        let known = |field: &str| audit[field].as_str().is_some_and(|text| !text.is_empty());
        assert!(["timestamp", "sender_mp_id", "receiver_mp_id", "tenant", "correlation_id"].into_iter().all(known), "{reason}");
        assert_eq!(audit["pid"], Value::Null);
    }
}
