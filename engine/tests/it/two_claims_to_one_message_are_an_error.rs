//! Pitfall 46: a message has one route. Whoever claims it second is refused, and the first claim stands.

use crate::testing::inbound;
use crate::testing::inquiry::Command;
use mako_engine::fristen::Sparte;
use mako_engine::routing::{Inbound, PidRouter, Route, RouteKey};

fn message(message_type: &str, pid: Option<&str>, sparte: Sparte, role: &str) -> Inbound {
    let (message_type, pid, role) = (message_type.to_owned(), pid.map(str::to_owned), role.into());
    Inbound { message_type, pid, sparte, role, ..inbound("", "", Command::Answer) }
}

#[test]
fn the_first_claim_to_a_pid_stands() {
    let mut router = PidRouter::default();
    let claimed = || RouteKey::of("UTILMD").pid("55001");
    router.add(claimed(), Route::Starts("inquiry")).unwrap();
    for again in [claimed(), claimed().sparte(Sparte::Gas), claimed().role("operator"), RouteKey::of("UTILMD")] {
        let taken = router.add(again.clone(), Route::Continues).unwrap_err();
        assert_eq!((taken.stands.on, taken.stands.route), (claimed(), Route::Starts("inquiry")));
        assert_eq!((taken.refused.on, taken.refused.route), (again, Route::Continues));
    }
    // The same claim twice is one too many as well, and a PID is unique together with its message type only.
    router.add(claimed(), Route::Starts("inquiry")).unwrap_err();
    router.add(RouteKey::of("REMADV").pid("55001"), Route::Continues).unwrap();
    assert_eq!(router.route(&message("UTILMD", Some("55001"), Sparte::Gas, "operator")), Some(Route::Starts("inquiry")));
    assert_eq!(router.iter().count(), 2);
}

#[test]
fn one_pid_may_mean_something_else_in_another_sparte_or_role() {
    let mut router = PidRouter::default();
    let shared = || RouteKey::of("IFTSTA").pid("21007");
    router.add(shared().sparte(Sparte::Strom).role("operator"), Route::Starts("a")).unwrap();
    router.add(shared().sparte(Sparte::Strom).role("supplier"), Route::Starts("b")).unwrap();
    router.add(shared().sparte(Sparte::Gas), Route::Starts("c")).unwrap();
    router.add(shared().role("operator"), Route::Starts("d")).unwrap_err();
    let of = |sparte, role| router.route(&message("IFTSTA", Some("21007"), sparte, role));
    assert_eq!(of(Sparte::Strom, "operator"), Some(Route::Starts("a")));
    assert_eq!(of(Sparte::Strom, "supplier"), Some(Route::Starts("b")));
    assert_eq!(of(Sparte::Strom, "anybody"), None);
    assert_eq!(of(Sparte::Gas, "anybody"), Some(Route::Starts("c")));
}

#[test]
fn a_key_without_a_pid_is_for_every_pid_and_for_none() {
    let mut router = PidRouter::default();
    router.add(RouteKey::of("APERAK"), Route::Continues).unwrap();
    for pid in [None, Some("92001")] {
        assert_eq!(router.route(&message("APERAK", pid, Sparte::Strom, "operator")), Some(Route::Continues));
    }
    router.add(RouteKey::of("UTILMD").pid("55001"), Route::Continues).unwrap();
    assert_eq!(router.route(&message("UTILMD", None, Sparte::Strom, "operator")), None);
}

/// Pitfall 45: 55077 is answered by 55078 or 55080. Nothing is derived from a number: what is not in the table has no route.
#[test]
fn an_answer_is_routed_by_the_table_and_never_by_arithmetic() {
    let mut router = PidRouter::default();
    for pid in ["55078", "55080"] {
        router.add(RouteKey::of("UTILMD").pid(pid), Route::ContinuesIn("inquiry")).unwrap();
    }
    let routed = ["55076", "55077", "55078", "55079", "55080", "55081", "055078", "55078 "]
        .map(|pid| router.route(&message("UTILMD", Some(pid), Sparte::Strom, "operator")).is_some());
    assert_eq!(routed, [false, false, true, false, true, false, false, false]);
}
