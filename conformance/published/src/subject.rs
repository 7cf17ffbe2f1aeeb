//! A case put to the requirements on workflows.
//!
//! What is asked in a state is drawn from everything that the case can ask: three times in four from what the workflow would take there,
//! so that histories get deep, and otherwise from all of it, so that everything also comes at the wrong time.

use mako_conformance::proptest::prelude::*;
use mako_conformance::proptest::sample::select;
use mako_conformance::{Capabilities, Source, StoredCommands, WorkflowSubject};
use mako_engine::Timestamp;

use crate::adapter::{Command, Published, would_take};
use crate::case::Case;
use crate::theirs::State;

/// The workflow of `C`.
pub struct Subject<C>(std::marker::PhantomData<fn() -> C>);

impl<C: Case> WorkflowSubject for Subject<C> {
    type Workflow = Published<C>;
    const HOME: &'static str = env!("CARGO_MANIFEST_DIR");
    const SOURCES: &'static [Source] = C::SOURCES;
    const WITHOUT: &'static [(Capabilities, &'static str)] = &[
        (
            Capabilities::FRISTEN,
            "most Fristen are set by whoever runs the workflow, here by the adapter from their own table: a check would ask the adapter",
        ),
        (Capabilities::PERSONAL, "the crates do not say which fields are about a person"),
    ];

    fn commands(state: &State<C>, now: Timestamp) -> BoxedStrategy<Command> {
        let command = move |what: &str| Command::Ask { what: what.to_owned(), at: now };
        let taken: Vec<&'static str> = C::ASKS.iter().copied().filter(|what| would_take::<C>(&state.0, what, now)).collect();
        let any = select(C::ASKS).prop_map(command);
        if taken.is_empty() { any.boxed() } else { prop_oneof![3 => select(taken).prop_map(command), 1 => any].boxed() }
    }

    fn is_final(state: &State<C>) -> bool {
        C::is_over(&state.0)
    }

    fn waits_for(state: &State<C>) -> Option<&'static str> {
        C::waits_for(&state.0)
    }

    fn stored_commands() -> Option<StoredCommands<Command>> {
        Some(StoredCommands::by_serde())
    }
}
