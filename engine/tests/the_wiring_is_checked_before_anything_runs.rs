//! An engine that is wired wrongly is not built, and says everything that is wrong at once.

mod testing;

use std::sync::Arc;

use mako_engine::engine::WiringError;
use mako_engine::routing::Route;
use mako_engine::store::KeyedStore;
use mako_engine::testing::{ManualClock, MemoryBackend};
use testing::inquiry::{self, Inquiry};
use testing::{at, builder};

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let store = Arc::new(KeyedStore::open(MemoryBackend::default()).unwrap());
    let wrong = builder(store, &ManualClock::at(at(0)))
        .workflow::<Inquiry>(inquiry::adapt)
        .route("UTILMD", Some("55001"), Route::Continues)
        .route("ORDERS", None, Route::Starts("nobody"))
        .build()
        .err()
        .unwrap();
    let [WiringError::NameTaken(name), WiringError::RouteTaken(taken), WiringError::NoDriver { message_type, workflow, .. }] =
        wrong.0.as_slice()
    else {
        panic!("{wrong}")
    };
    assert_eq!((*name, message_type.as_str(), *workflow), ("inquiry", "ORDERS", "nobody"));
    assert_eq!((taken.first, taken.second), (Route::Starts("inquiry"), Route::Continues));
    for words in ["two workflows are called inquiry", "UTILMD 55001 is routed twice", "ORDERS (no PID) goes to workflow nobody"] {
        assert!(wrong.to_string().contains(words), "{wrong}");
    }
}

#[test]
fn the_first_claim_to_a_pid_stands() {
    let store = Arc::new(KeyedStore::open(MemoryBackend::default()).unwrap());
    let mut router = builder(store, &ManualClock::at(at(0))).build().unwrap().router().clone();
    router.add("UTILMD", Some("55001"), Route::Continues).unwrap_err();
    // The same claim twice is one too many as well, and a PID is unique together with its message type only.
    router.add("UTILMD", Some("55001"), Route::Starts("inquiry")).unwrap_err();
    router.add("REMADV", Some("55001"), Route::Continues).unwrap();
    router.add("UTILMD", None, Route::Continues).unwrap();
    assert_eq!(router.route("UTILMD", Some("55001")), Some(Route::Starts("inquiry")));
    assert_eq!(router.iter().count(), 4);
}
