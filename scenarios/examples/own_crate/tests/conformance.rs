use anfrage::{Anfrage, Command, Event};
use mako_conformance::{Source, WorkflowSubject, proptest::prelude::*};

struct Subject;

impl WorkflowSubject for Subject {
    type Workflow = Anfrage;
    const HOME: &'static str = env!("CARGO_MANIFEST_DIR");
    const SOURCES: &'static [Source] = mako_conformance::sources!["../src/lib.rs"];

    fn commands(_: &Option<Event>, now: mako_engine::Timestamp) -> BoxedStrategy<Command> {
        prop_oneof![Just(Command::Ask("51238696780".into(), now.plus_seconds(3_600))), Just(Command::Answer)].boxed()
    }

    fn is_final(last: &Option<Event>) -> bool {
        matches!(last, Some(Event::Closed))
    }
}

mako_conformance::workflow!(Subject);
