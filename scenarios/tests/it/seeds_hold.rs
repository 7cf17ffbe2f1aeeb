//! What every oracle asks for holds in plans that nobody wrote. A longer search is `cargo xtask simulate --seeds 0..10000`.

use mako_scenarios::ground::lieferbeginn;
use mako_scenarios::market::Market;
use mako_sim::run::{NetKind, StoreKind};
use mako_sim::sweep::{Stage, try_seed};

#[test]
fn seeds_hold() {
    let (ground, application) = (lieferbeginn(), Market::application());
    let on = (StoreKind::Memory, NetKind::Memory);
    let mut messages = 0;
    for seed in 0..1500 {
        let again: &[_] = if seed % 50 == 0 { &[on] } else { &[] };
        let verdict = try_seed(seed, &ground, &Stage { application: &application, on, again_on: again });
        assert_eq!(verdict.failures, [], "seed {seed}\n{}", verdict.choices);
        messages += verdict.messages;
    }
    assert!(messages > 20_000, "{messages} messages prove nothing");
}
