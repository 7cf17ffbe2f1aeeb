//! When a run is over, its world is gone: stores closed, simulated disks deleted. A sweep of thousands of runs must not fill the machine.

use std::sync::Arc;

use mako_scenarios::market::Market;
use mako_scenarios::suite;
use mako_sim::application::Application;
use mako_sim::replay::replay;
use mako_sim::run::{NetKind, StoreKind, run};

#[test]
fn a_run_leaves_nothing_behind() {
    let application: Arc<dyn Application> = Arc::new(Market);
    // The world holds the application, so whoever still holds it is a world that was not let go.
    let holders = || Arc::strong_count(&application);
    let christmas = suite::load(&suite::home().join("gpke/lieferbeginn_christmas.scenario")).expect("the scenario");
    for (store, net) in [(StoreKind::Fjall, NetKind::Turmoil), (StoreKind::Fjall, NetKind::Memory), (StoreKind::Memory, NetKind::Memory)] {
        assert!(run(&christmas, &application, store, net).passed());
        assert_eq!(holders(), 1, "{store:?} {net:?}");
    }
    let mut broken = christmas;
    broken.steps.retain(|step| !matches!(step.action, mako_sim::plan::Action::Crash { .. }));
    assert!(run(&broken, &application, StoreKind::Fjall, NetKind::Turmoil).failure.is_some());
    assert_eq!(holders(), 1, "a run that broke off");
    replay(&suite::home().join("conversations/gpke_lieferbeginn_happy"), None, &application).expect("the conversation");
    assert_eq!(holders(), 1, "a replay");
}
