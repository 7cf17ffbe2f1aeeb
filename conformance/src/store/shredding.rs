//! ES-SHR: a subject is forgotten, and the history stays.
//!
//! Asked through an engine, since only an engine seals: a small workflow that is told about two persons, of whom one is forgotten.

use std::sync::Arc;

use mako_engine::erasure::{NewSubjectKey, Personal, SubjectKey};
use mako_engine::routing::Adapters;
use mako_engine::snapshot::SnapshotPolicy;
use mako_engine::testing::{DiscardDeadLetters, ManualClock, SeededIds};
use mako_engine::{
    Cause, CommitError, Decision, EngineBuilder, EngineContext, EventPayload, Execute, FormatVersion, Process, SubjectId, TimeoutDeadline,
    Workflow, WorkflowResult,
};
use serde::{Deserialize, Serialize};

use crate::material::{at, happened, nothing, tenant};
use crate::violation::{refused_as, same};
use crate::{StoreContext, Violation};

/// Somebody said something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    who: Option<String>,
    what: u64,
}

impl EventPayload for Told {
    const TYPES: &'static [(&'static str, u16)] = &[("Told", 1)];
    const PERSONAL: &'static [Personal] = &[Personal { event: "Told", field: "/who", redacted: "null" }];

    fn event_type(&self) -> &'static str {
        "Told"
    }

    fn subject(&self) -> Option<SubjectId> {
        self.who.as_deref().map(SubjectId::from)
    }
}

#[derive(Clone)]
struct Tell(Told);

impl From<TimeoutDeadline> for Tell {
    fn from(_: TimeoutDeadline) -> Self {
        Self(Told { who: None, what: 0 })
    }
}

struct Heard;

impl Workflow for Heard {
    const NAME: &'static str = "conformance-told";
    const DEADLINE_LABELS: &'static [&'static str] = &[];
    type State = Vec<Told>;
    type Command = Tell;
    type Event = Told;

    fn handle(_: &Vec<Told>, Tell(told): Tell) -> WorkflowResult<Told> {
        Ok(Decision::event(told))
    }

    fn apply(mut heard: Vec<Told>, told: &Told) -> Vec<Told> {
        heard.push(told.clone());
        heard
    }
}

fn engine(ctx: &StoreContext<'_>) -> Result<EngineContext, Violation> {
    let builder = EngineBuilder::new(tenant(), ctx.shared()?, Arc::new(ManualClock::at(at(0))), Arc::new(SeededIds::new(1)));
    let built =
        builder.workflow::<Heard>(Adapters::none()).snapshots(SnapshotPolicy::EveryEvents(2)).seals().dead_letters(DiscardDeadLetters);
    built.build().map_err(|wrong| Violation::new(format!("the check's own engine: {wrong}")))
}

/// A process that is told twice about `who`, and so has a snapshot.
async fn told_about(engine: &EngineContext, who: &str) -> Result<Process<Heard>, Violation> {
    let tell = |what| Execute::new(Tell(Told { who: Some(who.to_owned()), what }), Cause::Command("conformance".to_owned()));
    let process = engine.spawn::<Heard>(FormatVersion::LATEST, tell(1)).await?;
    process.execute(tell(2)).await?;
    Ok(process)
}

fn heard(who: Option<&str>) -> Vec<Told> {
    (1..=2).map(|what| Told { who: who.map(str::to_owned), what }).collect()
}

/// ES-SHR-01.
///
/// # Errors
/// [`Violation`] when something can still be read, or cannot be read any more.
pub async fn nothing_of_a_subject_can_be_read(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let (engine, store) = (engine(ctx)?, ctx.store()?);
    let (one, other) = (told_about(&engine, "one").await?, told_about(&engine, "other").await?);
    same("what is known before", heard(Some("one")), one.state().await?)?;
    let key = store.key_of(&tenant(), &"one".into()).await?.ok_or_else(|| Violation::new("the subject has no key"))?.id();
    let before = store.read_all(0, usize::MAX).await?;
    let shredded = engine.shred(&"one".into(), "conformance").await?.ok_or_else(|| Violation::new("nothing is shredded"))?;
    let stream = one.identity().stream.clone();
    same("the streams of the subject", vec![stream.clone()], shredded.streams)?;

    same("the key of the subject", None, store.key_of(&tenant(), &"one".into()).await?)?;
    same("the key under its name", None, store.subject_key(&tenant(), key).await?)?;
    same("its snapshot", None, store.snapshot(&tenant(), &stream).await?)?;
    same("what is known after", heard(None), one.state().await?)?;
    same("what is known after, by the snapshot", heard(None), one.state_with_snapshot().await?)?;
    same("what is known of somebody else", heard(Some("other")), other.state().await?)?;
    let mut after = store.read_all(0, usize::MAX).await?;
    after.truncate(before.len());
    let bytes =
        |events: &[mako_engine::store::RecordedEvent]| events.iter().map(|event| event.payload.as_bytes().to_vec()).collect::<Vec<_>>();
    same("the events as they stand", bytes(&before), bytes(&after))
}

/// ES-SHR-02.
///
/// # Errors
/// [`Violation`] when such a commit is taken.
pub async fn what_was_read_before_is_not_written_after(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let (standing, second) = (SubjectKey::new([1; 32]), SubjectKey::new([2; 32]));
    let mut first = happened(ctx, "s", 1)?;
    first.new_keys = vec![NewSubjectKey { subject: "one".into(), key: standing.clone() }];
    ctx.commit(first).await?;
    let mut again = happened(ctx, "s", 1)?;
    again.new_keys = vec![NewSubjectKey { subject: "one".into(), key: second.clone() }];
    refused_as!(ctx.refuse(again).await?, CommitError::SubjectHasKey { key } if key == standing.id())?;
    let mut needs = happened(ctx, "s", 1)?;
    needs.needs_keys = vec![standing.id(), second.id()];
    refused_as!(ctx.refuse(needs).await?, CommitError::KeyGone { key } if key == second.id())?;
    let mut stands = nothing("s");
    stands.needs_keys = vec![standing.id()];
    ctx.commit(stands).await?;
    same("the key of the subject", Some(standing), ctx.store()?.key_of(&tenant(), &"one".into()).await?)
}
