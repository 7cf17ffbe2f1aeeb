//! Law 8 on a disk that rots: a snapshot that has lost a bit is passed over, and what happens is what happens without the rot.

use mako_scenarios::market::Market;
use mako_scenarios::suite;
use mako_sim::plan::{Action, DiskFault};
use mako_sim::points::reached;
use mako_sim::run::{NetKind, StoreKind, run};
use mako_sim::trace::What;

const POINT: &str = "a damaged snapshot was passed over, and the history folded";

#[test]
fn rotten_snapshots_change_nothing() {
    let rotten = suite::load(&suite::home().join("gpke/lieferbeginn_snapshots_rot.scenario")).expect("the scenario");
    let mut sound = rotten.clone();
    sound.steps.retain(|step| !matches!(step.action, Action::Disk { fault: DiskFault::RottenSnapshots, .. }));
    assert_eq!(rotten.steps.len(), sound.steps.len() + 1);
    for store in [StoreKind::Memory, StoreKind::Fjall] {
        let [rotten, sound] = [&rotten, &sound].map(|plan| run(plan, &Market::application(), store, NetKind::Memory));
        assert_eq!((&rotten.failure, reached(&rotten).contains(&POINT)), (&None, true), "{store:?}");
        assert!(!reached(&sound).contains(&POINT));
        let happened = rotten.trace.entries().iter().filter(|entry| !matches!(entry.what, What::Disk { .. }));
        assert!(happened.eq(sound.trace.entries()), "{store:?}");
    }
}
