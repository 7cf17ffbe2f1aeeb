//! What every part of a run shares: the agenda, the state of the links, armed crashes, the trace.
//!
//! Nodes look at it through narrow questions ("may I write this commit?", "does this message arrive?"); only the driver changes
//! the faults. Nothing in it depends on the transport or the store.

mod judged;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use mako_engine::fristen::{Rulebook, RulebookId, Sparte, add_werktage, berlin};
use mako_engine::store::StoreError;
use mako_engine::version::release_of;
use mako_engine::{Cause, EngineContext, FormatVersion, Id, IdSource, StreamId, Timestamp};
use tokio::sync::Notify;

use crate::application::Application;
use crate::as4::UserMessage;
use crate::clock::{Agenda, Class};
use crate::edifact::{MpId, TypedMessage};
use crate::ids::NodeIds;
use crate::lease::OtherWorkers;
use crate::nemesis::Dice;
use crate::oracle::Violation;
use crate::oracle::watch::Watching;
use crate::plan::{Action, Behaviour, CrashPoint, DiskFault, Disturbance, Keep, LinkFault, Plan, Verdict};
use crate::points::Noted;
use crate::trace::{Entry, Trace, What};

/// What a crashing node was doing, and what its disk keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crash {
    /// Where in its work.
    pub point: CrashPoint,
    /// What the disk keeps of what was not synced.
    pub keep: Keep,
    /// Seconds until the node starts again by itself; a crash of the plan waits for its restart.
    pub down_s: Option<i64>,
}

/// A link in one direction.
#[derive(Debug, Clone, Default)]
pub(crate) struct Link {
    pub(crate) down_until: Option<Timestamp>,
    pub(crate) delay_ms: i64,
    pub(crate) lose: u32,
    pub(crate) lose_receipts: u32,
    pub(crate) lose_receipts_until: Option<Timestamp>,
    pub(crate) receipt_delay_ms: i64,
    pub(crate) wrong_digests: u32,
    pub(crate) resets: u32,
    pub(crate) reorders: bool,
    pub(crate) held_until: Option<Timestamp>,
    pub(crate) refuse: u32,
    pub(crate) garble: u32,
    pub(crate) last: Option<UserMessage>,
}

#[derive(Default)]
struct State {
    trace: Trace,
    links: BTreeMap<(usize, usize), Link>,
    armed: BTreeMap<usize, Crash>,
    crashing: BTreeMap<usize, Crash>,
    /// Who stands still, until when, and who is to be woken then.
    paused: BTreeMap<usize, (Timestamp, Vec<Waker>)>,
    /// Disks that are slow or refuse.
    disks: BTreeMap<usize, DiskFault>,
    /// Whoever commits while a slow disk works waits for it here.
    busy: BTreeMap<usize, Arc<Notify>>,
    commits: BTreeMap<usize, u64>,
    crashed_at_commit: bool,
    exchanges: u64,
    messages: u64,
    others: OtherWorkers,
    questions: BTreeMap<(usize, String), Vec<(Id, Timestamp)>>,
    engines: BTreeMap<usize, EngineContext>,
    /// Parties that are played by a script and have no engine.
    played: BTreeSet<usize>,
    names: BTreeMap<(usize, String), String>,
    versions: BTreeMap<usize, (Timestamp, FormatVersion)>,
    not_stored: BTreeSet<(usize, String)>,
    rulebook: Option<RulebookId>,
    refused: Option<String>,
    own_numbers: BTreeMap<(MpId, String), String>,
    noted: BTreeSet<Noted>,
    /// Oracles that judge while the run goes on.
    watching: Option<Watching>,
    violation: Option<Violation>,
    /// Commits after which the living node is looked at, see [`World::sample`].
    sampled: Vec<(usize, StreamId)>,
    /// Processes whose state was taken from a snapshot, and that had no commit since.
    resumed: BTreeSet<(usize, StreamId)>,
    samples: Dice,
    looked_at: bool,
}

/// What every part of a run shares.
pub struct World {
    /// The plan.
    pub plan: Plan,
    /// The domain.
    pub application: Arc<dyn Application>,
    /// Who waits for what.
    pub agenda: Agenda,
    ids: Vec<Arc<NodeIds>>,
    state: Mutex<State>,
}

impl World {
    /// The world of `plan`, at its start.
    #[must_use]
    pub fn new(plan: Plan, application: Arc<dyn Application>) -> Self {
        let ids = (0..plan.parties.len()).map(|node| Arc::new(NodeIds::new(plan.seed, node))).collect();
        let agenda = Agenda::starting_at(plan.start());
        Self { plan, application, agenda, ids, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The name of a node.
    #[must_use]
    pub fn name(&self, node: usize) -> &str {
        self.plan.parties.get(node).map_or("", |party| &party.name)
    }

    /// The number of the node called `name`.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<usize> {
        self.plan.parties.iter().position(|party| party.name == name)
    }

    /// The number of the node with this market partner id.
    #[must_use]
    pub fn node_of(&self, mp_id: &str) -> Option<usize> {
        let mp_id: MpId = mp_id.parse().ok()?;
        self.plan.parties.iter().position(|party| party.mp_id == mp_id)
    }

    /// The ids of a node; they outlive its crashes.
    #[must_use]
    pub fn ids(&self, node: usize) -> Arc<dyn IdSource> {
        match self.ids.get(node) {
            Some(ids) => ids.clone(),
            None => Arc::new(NodeIds::new(self.plan.seed, node)),
        }
    }

    /// Notes what happened at `node`.
    pub fn trace(&self, node: usize, what: What) {
        self.trace_at(self.agenda.now(), self.name(node), what);
    }

    /// Notes what happened to the world, or at another instant.
    pub fn trace_at(&self, at: Timestamp, party: &str, what: What) {
        self.add(Entry { at, party: party.to_owned(), cause: None, what });
    }

    /// Notes what a commit of node number `node` made happen, and what caused the commit.
    pub fn trace_caused(&self, node: usize, cause: &Cause, what: What) {
        self.trace_caused_at(self.agenda.now(), node, cause, what);
    }

    /// As [`World::trace_caused`], at another instant.
    pub(crate) fn trace_caused_at(&self, at: Timestamp, node: usize, cause: &Cause, what: What) {
        let entry = Entry { at, party: self.name(node).to_owned(), cause: Some(cause.to_string()), what };
        self.add(entry);
    }

    /// What happened so far.
    #[must_use]
    pub fn so_far(&self) -> Trace {
        self.state().trace.clone()
    }

    /// What happened, when the run is over.
    pub(crate) fn take_trace(&self) -> Trace {
        std::mem::take(&mut self.state().trace)
    }

    /// How many commits every node made, over all its lives.
    #[must_use]
    pub fn commits(&self) -> BTreeMap<usize, u64> {
        self.state().commits.clone()
    }

    /// How many AS4 user messages reached a node.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.state().messages
    }

    pub(crate) fn message_arrived(&self) {
        self.state().messages += 1;
    }

    /// The run came to a point.
    pub(crate) fn reach(&self, noted: Noted) {
        self.state().noted.insert(noted);
    }

    /// The points that the run came to, as far as they were noted on the way.
    pub(crate) fn noted(&self) -> BTreeSet<Noted> {
        self.state().noted.clone()
    }

    // -- crashes

    /// The node crashes the next time it comes to the crash's point.
    pub fn arm(&self, node: usize, crash: Crash) {
        self.state().armed.insert(node, crash);
    }

    /// The crash that waits for `node` will not happen any more.
    pub(crate) fn disarm(&self, node: usize) {
        self.state().armed.remove(&node);
    }

    /// The crash that happens to `node` at `point`, if one is armed there.
    pub(crate) fn armed(&self, node: usize, point: CrashPoint) -> Option<Crash> {
        let mut state = self.state();
        match state.armed.get(&node) {
            Some(crash) if crash.point == point => state.armed.remove(&node),
            _ => None,
        }
    }

    /// The crash that happens to `node` around one of its next `commits` commits, if there is one.
    pub(crate) fn armed_at_commit(&self, node: usize, commits: u64) -> Option<Crash> {
        let made = self.state().commits.get(&node).copied().unwrap_or(0);
        if let Some(Disturbance::Crash(at)) = &self.plan.disturbance
            && (made..made + commits).contains(&at.commit)
            && self.node(&at.node) == Some(node)
            && !std::mem::replace(&mut self.state().crashed_at_commit, true)
        {
            return Some(Crash { point: at.point, keep: at.keep, down_s: Some(at.down_s) });
        }
        [CrashPoint::BeforeWrite, CrashPoint::BeforeSync, CrashPoint::AfterSync].into_iter().find_map(|point| self.armed(node, point))
    }

    /// A commit of `node` is durable.
    pub(crate) fn committed(&self, node: usize) {
        *self.state().commits.entry(node).or_default() += 1;
    }

    /// `node` crashes here and now: nothing of it goes on once it waits for anything.
    pub(crate) fn crash_now(&self, node: usize, crash: Crash) {
        self.state().crashing.insert(node, crash);
    }

    /// `node` crashes here and now: whoever calls never goes on.
    pub(crate) async fn crash(&self, node: usize, crash: Crash) {
        self.crash_now(node, crash);
        std::future::pending().await
    }

    /// Whether `node` crashed and was not taken away yet.
    pub(crate) fn is_crashing(&self, node: usize) -> bool {
        self.state().crashing.contains_key(&node)
    }

    /// Nodes that crash, to be taken away by the driver.
    pub(crate) fn take_crashing(&self) -> BTreeMap<usize, Crash> {
        std::mem::take(&mut self.state().crashing)
    }

    // -- pauses

    /// `node` stands still until it is resumed.
    pub(crate) fn pause(&self, node: usize, until: Timestamp) {
        self.agenda.hold(node);
        let mut state = self.state();
        let (end, _) = state.paused.entry(node).or_insert((until, Vec::new()));
        *end = until.max(*end);
    }

    /// Until when `node` stands still, if it does.
    pub(crate) fn paused_until(&self, node: usize) -> Option<Timestamp> {
        self.state().paused.get(&node).map(|(until, _)| *until)
    }

    /// Whether `node` stands still; then `waker` is woken when it goes on.
    pub(crate) fn stands_still(&self, node: usize, waker: &Waker) -> bool {
        match self.state().paused.get_mut(&node) {
            Some((_, wakers)) => {
                wakers.push(waker.clone());
                true
            }
            None => false,
        }
    }

    /// `node` goes on; `false` when it did not stand still.
    pub(crate) fn resume(&self, node: usize) -> bool {
        self.agenda.release(node);
        let paused = self.state().paused.remove(&node);
        paused.map(|(_, wakers)| wakers.into_iter().for_each(Waker::wake)).is_some()
    }

    /// Whoever works beside the nodes.
    pub(crate) fn others<T>(&self, ask: impl FnOnce(&mut OtherWorkers) -> T) -> T {
        ask(&mut self.state().others)
    }

    // -- disks

    /// The disk of `node` is slow, or refuses.
    pub(crate) fn trouble_disk(&self, node: usize, fault: DiskFault) {
        self.state().disks.insert(node, fault);
    }

    /// Waits until the disk of `node` takes a commit. On a slow disk those who wait together are written together.
    pub(crate) async fn disk(&self, node: usize) -> Result<(), StoreError> {
        let now = self.agenda.now();
        let fault = self.state().disks.get(&node).copied();
        let ms = match fault {
            Some(DiskFault::Refusing(until)) if now < until => return Err(StoreError::Injected("the disk refuses")),
            Some(DiskFault::Slow { ms, until }) if now < until => ms,
            _ => return Ok(()),
        };
        let standing = self.state().busy.get(&node).cloned();
        if let Some(busy) = standing {
            busy.notified().await;
            return Ok(());
        }
        self.state().busy.insert(node, Arc::default());
        let _first = Writing { world: self, node };
        self.agenda.wait(now.plus_ms(ms), Class::Timer, node, "disk").await;
        Ok(())
    }

    // -- nodes

    /// The engine of a node that is up.
    #[must_use]
    pub fn engine(&self, node: usize) -> Option<EngineContext> {
        self.state().engines.get(&node).cloned()
    }

    /// Whether a node is up.
    #[must_use]
    pub fn is_up(&self, node: usize) -> bool {
        let state = self.state();
        state.engines.contains_key(&node) || state.played.contains(&node)
    }

    /// `node` is played by a script: it has no engine, and is always there.
    pub(crate) fn is_played(&self, node: usize) {
        self.state().played.insert(node);
    }

    /// The run is over: no engine is kept alive any more.
    pub(crate) fn forget_engines(&self) {
        let engines = std::mem::take(&mut self.state().engines);
        drop(engines);
    }

    pub(crate) fn set_engine(&self, node: usize, engine: Option<EngineContext>) {
        let mut state = self.state();
        match engine {
            Some(engine) => drop(state.engines.insert(node, engine)),
            None => drop(state.engines.remove(&node)),
        }
    }

    /// A node cannot do what the plan asks; the run breaks off.
    pub(crate) fn refused(&self, reason: String) {
        self.state().refused.get_or_insert(reason);
    }

    /// Why the run breaks off, if a node could not do what the plan asked.
    pub(crate) fn take_refused(&self) -> Option<String> {
        self.state().refused.take()
    }

    /// `reference` (an interchange or a Vorgang of `node`) travels in the AS4 message `message_id`; for reports.
    pub(crate) fn name_message(&self, node: usize, reference: &str, message_id: &str) {
        self.state().names.insert((node, reference.to_owned()), message_id.to_owned());
    }

    /// The AS4 message in which `reference` of `node` travelled.
    pub(crate) fn message_named(&self, node: usize, reference: &str) -> Option<String> {
        self.state().names.get(&(node, reference.to_owned())).cloned()
    }

    /// In a replay, the Vorgang that the recording calls `recorded` is `own` at the node of `sender`.
    pub(crate) fn recorded_as(&self, sender: &MpId, recorded: &str, own: &str) {
        self.state().own_numbers.insert((*sender, recorded.to_owned()), own.to_owned());
    }

    /// `message` to `me`, with the recording's numbers of `me` replaced by its own. Outside of a replay nothing changes.
    pub(crate) fn in_own_numbers(&self, me: &MpId, mut message: TypedMessage) -> TypedMessage {
        let state = self.state();
        let own = |recorded: &str| state.own_numbers.get(&(*me, recorded.to_owned())).cloned();
        match &mut message {
            TypedMessage::Contrl(_) => {}
            TypedMessage::Utilmd(utilmd) => {
                utilmd.request_vorgang = utilmd.request_vorgang.take().map(|recorded| own(&recorded).unwrap_or(recorded));
            }
            TypedMessage::Aperak(aperak) => {
                aperak.original_vorgang = aperak.original_vorgang.take().map(|recorded| own(&recorded).unwrap_or(recorded));
                aperak.original_document = own(&aperak.original_document).unwrap_or_else(|| aperak.original_document.clone());
            }
            TypedMessage::Other(other) => {
                if let Some(own) = other.answered().and_then(own) {
                    other.answer_to(&own);
                }
            }
        }
        message
    }

    // -- rulebooks

    /// The rulebook that governs what begins now.
    #[must_use]
    pub fn rulebook(&self) -> RulebookId {
        self.state().rulebook.unwrap_or(self.plan.rulebook)
    }

    /// From now on `rulebook` governs what begins.
    pub(crate) fn set_rulebook(&self, rulebook: RulebookId) {
        self.state().rulebook = Some(rulebook);
    }

    // -- format versions

    /// The instant whose releases and rules are in force at `node` at `at`: `at` itself, unless the plan has another version then.
    pub(crate) fn as_if(&self, node: usize, at: Timestamp) -> Timestamp {
        let own = self.state().versions.get(&node).copied().filter(|(since, _)| *since <= at);
        match (own, &self.plan.disturbance) {
            (Some((_, version)), _) => version.valid_from(),
            (None, Some(Disturbance::Cutover(cutover))) => {
                let (before, after) = cutover_at(self.plan.start());
                if at < *cutover { before.valid_from() } else { after.valid_from() }
            }
            (None, _) => at,
        }
    }

    /// The instant whose releases `node` writes at `at`.
    pub(crate) fn writes_as_if(&self, node: usize, at: Timestamp) -> Timestamp {
        let now = self.as_if(node, at);
        if self.behaviour(node) != Behaviour::WrongRelease {
            return now;
        }
        let release = |at: Timestamp| release_of("UTILMD", Sparte::Strom, at);
        let older = FormatVersion::ALL.into_iter().rev().map(FormatVersion::valid_from);
        older.filter(|older| *older < now).find(|older| release(*older) != release(now)).unwrap_or(now)
    }

    /// From now on `version` is in force at `node`.
    pub(crate) fn set_version(&self, node: usize, version: FormatVersion) {
        let now = self.agenda.now_at(node);
        self.state().versions.insert(node, (now, version));
    }

    // -- links

    pub(crate) fn next_exchange(&self) -> u64 {
        let mut state = self.state();
        state.exchanges += 1;
        state.exchanges
    }

    pub(crate) fn with_link<T>(&self, from: usize, to: usize, use_it: impl FnOnce(&mut Link) -> T) -> T {
        use_it(self.state().links.entry((from, to)).or_default())
    }

    /// Whether `from` cannot reach `to` now.
    pub(crate) fn is_cut(&self, from: usize, to: usize) -> bool {
        let now = self.agenda.now();
        self.with_link(from, to, |link| link.down_until.is_some_and(|until| now < until))
    }

    /// Two nodes cannot reach each other until an instant.
    pub fn partition(&self, a: usize, b: usize, until: Timestamp) {
        for (from, to) in [(a, b), (b, a)] {
            self.with_link(from, to, |link| link.down_until = link.down_until.max(Some(until)));
        }
    }

    /// A fault of the link begins. [`LinkFault::Duplicate`] is an action of the sender's node, not a state of the link.
    pub fn set_fault(&self, from: usize, to: usize, fault: &LinkFault) {
        self.with_link(from, to, |link| match fault {
            LinkFault::Delay(ms) => link.delay_ms = *ms,
            LinkFault::Lose(count) => link.lose += count,
            LinkFault::ReceiptsLost(count) => link.lose_receipts += count,
            LinkFault::Refuse(count) => link.refuse += count,
            LinkFault::Garble(count) => link.garble += count,
            LinkFault::ReceiptsLostUntil(until) => link.lose_receipts_until = link.lose_receipts_until.max(Some(*until)),
            LinkFault::ReceiptsLate(ms) => link.receipt_delay_ms = *ms,
            LinkFault::WrongDigest(count) => link.wrong_digests += count,
            LinkFault::Reset(count) => link.resets += count,
            LinkFault::Reorder => link.reorders = true,
            LinkFault::Hold(until) => link.held_until = link.held_until.max(Some(*until)),
            LinkFault::Cut(until) => link.down_until = link.down_until.max(Some(*until)),
            LinkFault::Duplicate => {}
        });
    }

    /// Every fault stops: links are whole, no armed crash happens any more.
    pub(crate) fn calm(&self) {
        let mut state = self.state();
        state.armed.clear();
        state.others.calm();
        state.versions.clear();
        state.disks.clear();
        for link in state.links.values_mut() {
            *link = Link { last: link.last.take(), ..Link::default() };
        }
    }

    // -- back offices

    /// When and how the back office of `node` decides the question `id` about `about`; `None` when it never does.
    pub(crate) fn verdict(&self, node: usize, about: &str, id: Id) -> Option<(Timestamp, Verdict)> {
        let now = self.agenda.now();
        let (number, asked_at) = {
            let mut state = self.state();
            let asked = state.questions.entry((node, about.to_owned())).or_default();
            // A crash does not make a question younger.
            match asked.iter().position(|(known, _)| *known == id) {
                Some(number) => (number, asked.get(number).map_or(now, |(_, at)| *at)),
                None => {
                    asked.push((id, now));
                    (asked.len() - 1, now)
                }
            }
        };
        let planned = self.plan.steps.iter().filter_map(|step| match &step.action {
            Action::Decide { party, about: of, verdict } if party == self.name(node) && of == about => Some((step.at, verdict.clone())),
            _ => None,
        });
        let behaviour = self.behaviour(node);
        planned.into_iter().nth(number).or_else(|| match behaviour {
            Behaviour::Silent => None,
            Behaviour::Late(werktage) => Some((self.werktage_later(asked_at, werktage), Verdict::Accept)),
            Behaviour::Conformant | Behaviour::Phase4 | Behaviour::Holodeck | Behaviour::NewMessageId | Behaviour::WrongRelease => {
                Some((now, Verdict::Accept))
            }
        })
    }

    fn werktage_later(&self, at: Timestamp, werktage: u32) -> Timestamp {
        let (day, time, _) = berlin::local(at);
        berlin::instant(add_werktage(day, werktage, Rulebook::of(self.plan.rulebook).calendar()), time)
    }

    /// How a node behaves.
    pub(crate) fn behaviour(&self, node: usize) -> Behaviour {
        self.plan.parties.get(node).map(|party| party.behaviour).unwrap_or_default()
    }

    /// A message could not be stored at `node`.
    pub(crate) fn not_stored(&self, node: usize, message_id: &str) {
        self.state().not_stored.insert((node, message_id.to_owned()));
    }

    /// Whether a message could not be stored at `node` before.
    pub(crate) fn was_not_stored(&self, node: usize, message_id: &str) -> bool {
        self.state().not_stored.contains(&(node, message_id.to_owned()))
    }
}

/// The version in force at `start`, and the next one in which UTILMD has another release; the one before, when there is none yet.
fn cutover_at(start: Timestamp) -> (FormatVersion, FormatVersion) {
    let release = |version: &FormatVersion| release_of("UTILMD", Sparte::Strom, version.valid_from());
    let present = FormatVersion::at(start);
    let other = |version: &FormatVersion| release(version) != release(&present);
    match FormatVersion::ALL.into_iter().filter(|version| *version > present).find(other) {
        Some(next) => (present, next),
        None => (FormatVersion::ALL.into_iter().rev().filter(|version| *version < present).find(other).unwrap_or(present), present),
    }
}

/// The first commit that a slow disk works on. When it is done, or its node is gone, nobody waits for it any more.
struct Writing<'w> {
    world: &'w World,
    node: usize,
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        let busy = self.world.state().busy.remove(&self.node);
        busy.into_iter().for_each(|busy| busy.notify_waiters());
    }
}
