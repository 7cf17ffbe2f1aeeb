//! Every workflow of the market keeps the requirements on workflows, and none comes in without being asked.

use std::collections::BTreeSet;
use std::sync::Arc;

use mako_engine::store::KeyedStore;
use mako_engine::testing::{ManualClock, MemoryBackend, SeededIds};
use mako_engine::{EngineBuilder, TenantId, Timestamp};
use mako_scenarios::market::Market;
use mako_scenarios::subjects::SUBJECTS;
use mako_scenarios::suite;

mod lieferbeginn_lfn {
    mako_conformance::workflow!(mako_scenarios::subjects::LieferbeginnLfnSubject);
}

mod lieferbeginn_nb {
    mako_conformance::workflow!(mako_scenarios::subjects::LieferbeginnNbSubject);
}

mod lieferbeginn_lfa {
    mako_conformance::workflow!(mako_scenarios::subjects::LieferbeginnLfaSubject);
}

mod vorgang_asking {
    mako_conformance::workflow!(mako_scenarios::subjects::Asks);
}

mod vorgang_answering {
    mako_conformance::workflow!(mako_scenarios::subjects::Answers);
}

mod mabis_abrechnung {
    mako_conformance::workflow!(mako_scenarios::subjects::AbrechnungSubject);
}

#[test]
fn every_workflow_that_a_node_wires_is_a_subject() {
    let plan = suite::load(&suite::home().join("gpke/lieferbeginn_happy.scenario")).unwrap();
    let party = plan.parties.first().unwrap();
    let store = Arc::new(KeyedStore::open(MemoryBackend::default()).unwrap());
    let clock = Arc::new(ManualClock::at(Timestamp::EPOCH));
    let builder = EngineBuilder::new(TenantId::new("9999000002010"), store, clock, Arc::new(SeededIds::new(1)));
    let engine = Market::application().wire(&plan, party, builder).build().unwrap();
    let wired: BTreeSet<&str> = engine.workflows().map(|(name, _)| name).collect();
    // A subject that is no workflow is a node, and asked as one.
    let workflows = SUBJECTS.iter().filter(|subject| (subject.requirements)().iter().any(|asked| asked.id.starts_with("WF-")));
    assert_eq!(wired, workflows.map(|subject| subject.name).collect());
}
