//! Pitfalls 43 and 44: the format version of the message picks the adapter. The process keeps the rules of its start.

use crate::testing::inquiry::{Command, Inquiry, adapt};
use crate::testing::{House, everywhere, inbound};
use mako_engine::fristen::Sparte;
use mako_engine::routing::{AdaptError, Adapters, Inbound, Route, RouteKey};
use mako_engine::version::release_of;
use mako_engine::{EngineBuilder, FormatVersion, IdSource, StreamId, Timestamp, Workflow as _};

const OLD: FormatVersion = FormatVersion::Fv2026_04_01;
const NEW: FormatVersion = FormatVersion::Fv2026_10_01;

/// An adapter that says on a note how it was read.
fn reading(form: &'static str) -> impl Fn(&Inbound, FormatVersion, &dyn IdSource) -> Result<Command, AdaptError> {
    move |inbound, rules, ids| match adapt(inbound, rules, ids)? {
        Command::Note(text) => Ok(Command::Note(format!("{text}: {form} form, rules of {rules}"))),
        other => Ok(other),
    }
}

fn wire(builder: EngineBuilder) -> EngineBuilder {
    builder
        .format_versions(OLD..)
        .workflow::<Inquiry>(Adapters::from(OLD, reading("old")).then(NEW, reading("new")))
        .route(RouteKey::of("UTILMD").pid("55001"), Route::Starts(Inquiry::NAME))
        .route(RouteKey::of("UTILMD").pid("55002"), Route::Continues)
}

fn on(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn received(at: Timestamp, pid: &str, command: Command) -> Inbound {
    Inbound { received_at: at, format_version: FormatVersion::at(at), ..inbound(pid, "malo", command) }
}

fn ask(malo: &str) -> Command {
    Command::Ask { malo: malo.to_owned(), recipient: "partner".to_owned(), due: on("2026-10-02T09:00:00Z") }
}

fn note(text: &str) -> Command {
    Command::Note(text.to_owned())
}

async fn notes(house: &House, stream: &StreamId) -> Vec<String> {
    house.engine.resume::<Inquiry>(stream).await.unwrap().state().await.unwrap().notes
}

#[tokio::test]
async fn a_process_of_the_old_version_is_answered_in_the_new_one() {
    everywhere(async |place| {
        let (asked, last, first) = (on("2026-09-30T10:00:00Z"), on("2026-09-30T21:59:59.999Z"), on("2026-09-30T22:00:00Z"));
        let house = House::wired(&place, asked, wire);
        let stream = house.processed(&received(asked, "55001", ask("malo"))).await;
        drop(house);

        let house = House::wired(&place, on("2026-10-01T08:00:00Z"), wire);
        // Received in the last millisecond before the cutover, and worked off after it.
        assert_eq!(house.processed(&received(last, "55002", note("in time"))).await, stream);
        assert_eq!(house.processed(&received(first, "55002", note("answer"))).await, stream);
        let read = ["in time: old form, rules of FV2026-04-01", "answer: new form, rules of FV2026-04-01"];
        assert_eq!(notes(&house, &stream).await, read);
        // The rules are those of the start; the wire release is that of the date.
        assert_eq!(house.engine.resume::<Inquiry>(&stream).await.unwrap().rules(), OLD);
        assert_eq!([asked, first].map(|at| release_of("UTILMD", Sparte::Strom, at)), [Some("S2.1"), Some("S2.2")]);
    })
    .await;
}

#[tokio::test]
async fn a_process_follows_the_version_of_the_message_that_starts_it() {
    everywhere(async |place| {
        let house = House::wired(&place, on("2026-10-01T08:00:00Z"), wire);
        for (started, rules) in [("2026-09-30T21:59:59Z", OLD), ("2026-09-30T22:00:00Z", NEW)] {
            let stream = house.processed(&received(on(started), "55001", ask(started))).await;
            assert_eq!(house.engine.resume::<Inquiry>(&stream).await.unwrap().rules(), rules);
        }
    })
    .await;
}

/// The release `2.8e` of INVOIC is valid in three format versions: it does not tell how to read a message.
#[tokio::test]
async fn the_same_release_before_and_after_a_cutover_is_read_by_two_adapters() {
    everywhere(async |place| {
        let (before, after) = (on("2026-09-30T21:59:59Z"), on("2026-09-30T22:00:00Z"));
        let release = |at| release_of("INVOIC", Sparte::Strom, at);
        assert!(release(before).is_some());
        assert_eq!(release(before), release(after));

        let route = |builder| wire(builder).route(RouteKey::of("INVOIC").pid("31001"), Route::ContinuesIn(Inquiry::NAME));
        let house = House::wired(&place, after, route);
        let stream = house.processed(&received(before, "55001", ask("malo"))).await;
        for at in [before, after] {
            house.processed(&Inbound { message_type: "INVOIC".to_owned(), ..received(at, "31001", note("2.8e")) }).await;
        }
        assert_eq!(notes(&house, &stream).await, ["2.8e: old form, rules of FV2026-04-01", "2.8e: new form, rules of FV2026-04-01"]);
    })
    .await;
}

#[tokio::test]
async fn a_message_that_no_adapter_reads_is_a_dead_letter() {
    everywhere(async |place| {
        let house = House::wired(&place, on("2026-10-01T08:00:00Z"), wire);
        house.processed(&received(on("2026-09-30T10:00:00Z"), "55001", ask("malo"))).await;
        let old = on("2026-03-31T21:59:59Z");
        for (pid, command) in [("55001", ask("other")), ("55002", note("late"))] {
            let said = house.dead(&received(old, pid, command)).await;
            assert_eq!(said, "version_mismatch: version FV2025-10-01 came where FV2026-04-01 is due");
        }
        assert_eq!(house.engine.store().dead_letters().await.unwrap().rows.len(), 2);
    })
    .await;
}
