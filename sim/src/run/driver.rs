//! The driver of one run.
//!
//! It alternates between two things: it lets the world come to rest, and it does the next thing that is due — a step of the plan, a
//! restart, or the first wait on the agenda. At one instant, the steps come first, in the order of the plan, so that a partition
//! already holds for what arrives as it begins; then whoever waits. Only a check lets everybody who waits for its instant go first.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use mako_engine::Timestamp;
use mako_engine::fristen::berlin;
use tokio::sync::mpsc;

use super::{Checked, NetKind, PartyEnd, StoreKind};
use crate::check::{check, look_at};
use crate::disk::Tail;
use crate::net::{Boot, Fabric, MemoryFabric, TurmoilFabric};
use crate::node::{Ask, Asked, live};
use crate::node_disk::{NodeDisk, Opened};
use crate::plan::{Action, CrashPoint, DiskFault, Disturbance, Expect, Keep, LinkFault, Step};
use crate::probe::{ProbedStore, WriterProbe};
use crate::trace::What;
use crate::world::{Crash, World};

/// How often somebody is woken in a run before it counts as one that never ends: many times what the longest plan needs.
const MOST_WAKES: u64 = 15_000;

/// Where a node takes questions, as long as it is up.
pub(super) type Asks = Arc<Mutex<Option<mpsc::UnboundedSender<Asked>>>>;

/// How long whoever runs a node waits before it starts it again.
const SUPERVISED_RESTART_S: i64 = 300;

/// Drives one run.
pub(super) struct Driver {
    world: Arc<World>,
    fabric: Box<dyn Fabric>,
    disks: Vec<Arc<NodeDisk>>,
    asks: Vec<Asks>,
    most_wakes: u64,
    down: BTreeSet<usize>,
    /// Crashed nodes that start again by themselves, and when.
    restarts: BTreeSet<(Timestamp, usize)>,
    /// Nodes that stand still, and when they go on.
    resumes: BTreeSet<(Timestamp, usize)>,
    /// What nodes were asked, as long as they have not answered.
    open: Vec<(usize, Asked)>,
    /// What a node that a variant took down was asked for, to be asked when it is up.
    deferred: Vec<(usize, Asked)>,
    checks: Vec<Checked>,
}

impl Driver {
    pub(super) fn new(world: Arc<World>, store: StoreKind, net: NetKind) -> Result<Self, String> {
        let nodes = world.plan.parties.len();
        let disks = disks_of(&world, store)?;
        let asks: Vec<Asks> = (0..nodes).map(|_| Arc::default()).collect();
        let boot = boot(&world, &disks, &asks);
        let fabric: Box<dyn Fabric> = match net {
            NetKind::Turmoil => Box::new(TurmoilFabric::new(world.plan.seed, nodes, &boot)),
            NetKind::Memory => Box::new(MemoryFabric::new(nodes, &boot).map_err(|e| e.to_string())?),
        };
        Ok(Self::on(world, fabric, disks, asks, MOST_WAKES))
    }

    /// Drives nodes that live on `fabric`.
    pub(super) fn on(world: Arc<World>, fabric: Box<dyn Fabric>, disks: Vec<Arc<NodeDisk>>, asks: Vec<Asks>, most_wakes: u64) -> Self {
        Self {
            world,
            fabric,
            disks,
            asks,
            most_wakes,
            down: BTreeSet::new(),
            restarts: BTreeSet::new(),
            resumes: BTreeSet::new(),
            open: Vec::new(),
            deferred: Vec::new(),
            checks: Vec::new(),
        }
    }

    pub(super) fn run(mut self) -> (Vec<Checked>, Vec<PartyEnd>, Option<String>) {
        let failure = self.drive().err();
        let nodes = 0..self.world.plan.parties.len();
        let ends = look_through(&self.disks, Box::new(|| nodes.map(|node| look_at(&self.world, node)).collect()));
        for expectation in self.world.plan.expects.clone() {
            if failure.is_none() {
                self.check(&expectation.expect, expectation.line);
            }
        }
        (std::mem::take(&mut self.checks), ends, failure)
    }

    fn drive(&mut self) -> Result<(), String> {
        self.settle()?;
        for step in self.world.plan.steps.clone() {
            // A check sees everything that is due at its instant; anything else comes before what it will cause.
            let waits_until = if matches!(step.action, Action::Check(_)) { step.at } else { step.at.plus_ms(-1) };
            self.advance(waits_until)?;
            self.world.agenda.advance(step.at);
            self.act(&step)?;
            self.settle()?;
        }
        self.advance(self.world.plan.until)?;
        self.world.agenda.advance(self.world.plan.until);
        Ok(())
    }

    /// Lets everything happen that is due until `until`.
    fn advance(&mut self, until: Timestamp) -> Result<(), String> {
        while self.step(until)? {}
        Ok(())
    }

    /// Lets the next thing happen that is due until `until`; `false` when there is none.
    pub(super) fn step(&mut self, until: Timestamp) -> Result<bool, String> {
        let restart = self.restarts.first().map(|(at, node)| (*at, *node, true));
        let resume = self.resumes.first().map(|(at, node)| (*at, *node, false));
        let back = restart.into_iter().chain(resume).min().filter(|(at, ..)| *at <= until);
        match back {
            Some((at, node, starts)) if self.world.agenda.next().is_none_or(|next| at <= next) => {
                self.world.agenda.advance(at);
                if starts {
                    self.restarts.remove(&(at, node));
                    self.restart(node)?;
                } else {
                    self.resume(node);
                }
            }
            _ if self.world.agenda.wakes() >= self.most_wakes => {
                let (wakes, now) = (self.most_wakes, self.world.agenda.now());
                return Err(format!("nobody comes to rest: {wakes} wakes, and it is only {now}"));
            }
            _ if self.world.agenda.wake_next(until) => {}
            _ => return Ok(false),
        }
        self.settle()?;
        Ok(true)
    }

    /// Lets the world come to rest, and takes away who crashed meanwhile.
    pub(super) fn settle(&mut self) -> Result<(), String> {
        loop {
            self.fabric.settle()?;
            let crashing = self.world.take_crashing();
            if crashing.is_empty() {
                return match self.world.take_refused() {
                    Some(refused) => Err(refused),
                    None => self.judge(),
                };
            }
            for (node, crash) in crashing {
                self.crash(node, crash)?;
            }
        }
    }

    /// Lets the oracles look at living nodes, if it is time, and stops the run where one saw a promise broken.
    fn judge(&self) -> Result<(), String> {
        if self.world.has_samples() {
            look_through(&self.disks, Box::new(|| self.world.look_at_samples()));
        }
        self.world.violation().map_or(Ok(()), |violation| Err(violation.to_string()))
    }

    fn crash(&mut self, node: usize, crash: Crash) -> Result<(), String> {
        let seed = self.world.plan.seed ^ self.world.commits().get(&node).copied().unwrap_or(0);
        let tail = if crash.point == CrashPoint::BeforeSync { crash.keep.tail(seed) } else { Tail::Synced };
        // Only a commit that is written and not synced leaves something to keep or to tear.
        let keep = match (crash.point, crash.keep) {
            (CrashPoint::BeforeSync, Keep::Torn) => "torn",
            (CrashPoint::BeforeSync, Keep::All) => "all",
            _ => "synced",
        };
        self.world.trace(node, What::Crash { point: point_text(crash.point).to_owned(), keep: keep.to_owned() });
        let disk = self.disks.get(node).ok_or("no such disk")?;
        disk.crash(tail).map_err(|e| e.to_string())?;
        self.world.set_engine(node, None);
        self.resumes.retain(|(_, paused)| *paused != node);
        self.world.resume(node);
        self.fabric.crash(node);
        // Whoever starts it again tells the new store what the disk does.
        let _ = disk.faults().take_failure();
        disk.sweep().map_err(|e| e.to_string())?;
        self.down.insert(node);
        // Whoever asked and got no answer asks again.
        self.open.retain(|(_, asked)| !asked.answered.load(Ordering::Relaxed));
        let unanswered = self.open.extract_if(.., |(of, _)| *of == node).map(|(of, asked)| (of, Asked { again: true, ..asked }));
        self.deferred.extend(unanswered);
        if let Some(down_s) = crash.down_s {
            self.restarts.insert((self.world.agenda.now().plus_seconds(down_s), node));
        }
        Ok(())
    }

    /// A node that stands still goes on.
    fn resume(&mut self, node: usize) {
        self.resumes.retain(|(_, paused)| *paused != node);
        if self.world.resume(node) {
            self.world.trace(node, What::Resume);
        }
    }

    fn restart(&mut self, node: usize) -> Result<(), String> {
        if self.down.remove(&node) {
            self.restarts.retain(|(_, waiting)| *waiting != node);
            self.fabric.restart(node);
            self.settle()?;
            for (_, asked) in self.deferred.extract_if(.., |(of, _)| *of == node).collect::<Vec<_>>() {
                self.put(node, asked)?;
            }
        }
        Ok(())
    }

    /// Whether crashes are in the plan that nobody wrote, so that its own steps may find a node in another state than they say.
    fn has_other_crashes(&self) -> bool {
        matches!(self.world.plan.disturbance, Some(Disturbance::Crash(_) | Disturbance::Future(_)))
    }

    fn act(&mut self, step: &Step) -> Result<(), String> {
        let at = step.at;
        match &step.action {
            Action::Send(order) => self.ask(self.number(&order.from)?, Ask::Begin(order.clone())),
            Action::SendBytes { from, to, label, bytes } => {
                let to = self.number(to)?;
                self.ask(self.number(from)?, Ask::SendBytes { to, label: label.clone(), bytes: bytes.clone() })
            }
            Action::Crash { node, point, keep, down_s } => {
                let (number, crash) = (self.number(node)?, Crash { point: *point, keep: *keep, down_s: *down_s });
                if self.down.contains(&number) {
                    return if self.has_other_crashes() || down_s.is_some() {
                        Ok(())
                    } else {
                        Err(format!("{node} is down already when it should crash at {at}"))
                    };
                }
                match point {
                    CrashPoint::Now => self.crash(number, crash),
                    _ => {
                        self.world.arm(number, crash);
                        Ok(())
                    }
                }
            }
            Action::Restart { node } => {
                let number = self.number(node)?;
                if !self.down.contains(&number) && !self.has_other_crashes() {
                    return Err(format!("{node} is not down when it should restart at {at}: did its crash happen?"));
                }
                // In a variant the other crash may have come first; the plan's own is over with its restart either way.
                self.world.disarm(number);
                self.restart(number)
            }
            Action::Pause { node, for_s } => {
                let number = self.number(node)?;
                // Who is down stands still anyway.
                if !self.down.contains(&number) {
                    let until = at.plus_seconds(*for_s);
                    self.world.trace(number, What::Pause { until });
                    self.world.pause(number, until);
                    self.resumes.retain(|(_, paused)| *paused != number);
                    self.resumes.extend(self.world.paused_until(number).map(|until| (until, number)));
                }
                Ok(())
            }
            Action::Lease { node, for_s } => {
                let number = self.number(node)?;
                self.world.others(|others| others.arm(number, *for_s));
                Ok(())
            }
            Action::Clock { node, fault } => {
                let number = self.number(node)?;
                self.world.trace(number, What::Clock { fault: *fault });
                self.world.agenda.set_wrong(number, *fault);
                Ok(())
            }
            Action::Cutover { node, version } => {
                let number = self.number(node)?;
                self.world.trace(number, What::Cutover { version: version.to_string() });
                self.world.set_version(number, *version);
                Ok(())
            }
            Action::Rulebook { rulebook } => {
                self.world.trace_at(at, "", What::Rulebook { name: rulebook.to_string() });
                self.world.set_rulebook(*rulebook);
                Ok(())
            }
            Action::Disk { node, fault } => {
                let number = self.number(node)?;
                self.world.trace(number, What::Disk { fault: *fault });
                match fault {
                    DiskFault::Slow { .. } | DiskFault::Refusing(_) => self.world.trouble_disk(number, *fault),
                    DiskFault::Full(_)
                    | DiskFault::Unreadable(_)
                    | DiskFault::FailedSync(_)
                    | DiskFault::RottenSnapshots
                    | DiskFault::RottenRow(_) => {
                        self.disks.get(number).ok_or("no such disk")?.faults().set(*fault);
                    }
                }
                Ok(())
            }
            Action::Partition { a, b, until } => {
                let (one, other) = (self.number(a)?, self.number(b)?);
                self.world.trace(one, What::Partition { with: b.clone(), until: *until });
                self.world.partition(one, other, *until);
                Ok(())
            }
            Action::Link { from, to, fault } => {
                let (sender, receiver) = (self.number(from)?, self.number(to)?);
                if *fault != LinkFault::Duplicate {
                    self.world.trace(sender, What::LinkFault { to: to.clone(), fault: fault_text(fault) });
                }
                self.world.set_fault(sender, receiver, fault);
                if *fault == LinkFault::Duplicate { self.ask(sender, Ask::Duplicate { to: receiver }) } else { Ok(()) }
            }
            Action::Calm => {
                self.world.trace_at(self.world.agenda.now(), "", What::Calm);
                self.world.calm();
                self.world.agenda.set_right();
                self.disks.iter().for_each(|disk| disk.faults().calm());
                self.resumes.clone().into_iter().for_each(|(_, node)| self.resume(node));
                self.down.clone().into_iter().try_for_each(|node| self.restart(node))
            }
            // Back offices look the plan up themselves.
            Action::Decide { .. } => Ok(()),
            Action::Check(expect) => {
                self.check(expect, step.line);
                Ok(())
            }
        }
    }

    fn number(&self, name: &str) -> Result<usize, String> {
        self.world.node(name).ok_or_else(|| format!("the plan has no party {name}"))
    }

    fn ask(&mut self, node: usize, ask: Ask) -> Result<(), String> {
        self.put(node, Asked { ask, again: false, answered: Arc::default() })
    }

    fn put(&mut self, node: usize, asked: Asked) -> Result<(), String> {
        if self.down.contains(&node) {
            if self.has_other_crashes() || self.restarts.iter().any(|(_, waiting)| *waiting == node) {
                self.deferred.push((node, asked));
                return Ok(());
            }
            return Err(format!("{} is down and cannot be asked for anything", self.world.name(node)));
        }
        self.open.push((node, asked.clone()));
        let asks = self.asks.get(node).ok_or("no such node")?.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = asks.as_ref().is_some_and(|sender| sender.send(asked).is_ok());
        if taken { Ok(()) } else { Err(format!("{} takes no questions", self.world.name(node))) }
    }

    fn check(&mut self, expect: &Expect, line: u32) {
        let found = look_through(&self.disks, Box::new(|| check(&self.world, expect).err()));
        let text = expect.to_string();
        self.world.trace_at(self.world.agenda.now(), "", What::Check { text: text.clone(), found: found.clone() });
        self.checks.push(Checked { text, found, line });
    }
}

impl Drop for Driver {
    /// An engine's store knows the world, and the world knows the engine: let go, so that stores are closed and disks are deleted.
    fn drop(&mut self) {
        self.world.forget_engines();
    }
}

/// The disk cannot be read: whoever runs the node tries again later.
async fn start_later(world: &World, node: usize) -> Result<(), Box<dyn std::error::Error>> {
    world.crash(node, Crash { point: CrashPoint::Now, keep: Keep::Synced, down_s: Some(SUPERVISED_RESTART_S) }).await;
    Ok(())
}

/// What `look` finds on disks whose faults do not concern it.
fn look_through<T>(disks: &[Arc<NodeDisk>], look: Box<dyn FnOnce() -> T + '_>) -> T {
    match disks.split_first() {
        Some((disk, others)) => disk.faults().look(|| look_through(others, look)),
        None => look(),
    }
}

/// An empty disk for every party.
pub(super) fn disks_of(world: &World, store: StoreKind) -> Result<Vec<Arc<NodeDisk>>, String> {
    let disk = |_| NodeDisk::new(store, world.agenda.clone()).map(Arc::new).map_err(|error| error.to_string());
    (0..world.plan.parties.len()).map(disk).collect()
}

/// How a node starts, in every one of its lives.
pub(super) fn boot(world: &Arc<World>, disks: &[Arc<NodeDisk>], asks: &[Asks]) -> Boot {
    let (world, disks, asks) = (world.clone(), disks.to_vec(), asks.to_vec());
    let lives = Mutex::new(BTreeMap::<usize, u32>::new());
    Rc::new(move |node, net| {
        let (world, disk, ask) = (world.clone(), disks.get(node).cloned(), asks.get(node).cloned());
        let life = {
            let mut lives = lives.lock().unwrap_or_else(PoisonError::into_inner);
            let life = lives.entry(node).or_default();
            *life += 1;
            *life
        };
        Box::pin(async move {
            let (disk, ask) = (disk.ok_or("no such disk")?, ask.ok_or("no such node")?);
            let probe = Arc::new(WriterProbe::new(world.clone(), node, disk.clone()));
            let opened = match disk.open(probe) {
                Ok(Opened { store, repaired }) => store.inbox_pending(usize::MAX).await.map(|page| (store, repaired, page.rows.len())),
                Err(_) if disk.faults().is_unreadable() => return start_later(&world, node).await,
                Err(error) => return Err(error),
            };
            let (store, repaired, resumes) = match opened {
                Ok(opened) => opened,
                Err(_) if disk.faults().is_unreadable() => return start_later(&world, node).await,
                Err(error) => return Err(error.into()),
            };
            if life > 1 {
                world.trace(node, What::Restart { resumes, repaired });
            }
            let store = Arc::new(ProbedStore::new(store, world.clone(), node, disk.clone()));
            #[cfg(feature = "planted-bugs")]
            let store = Arc::new(crate::planted::PlantedStore::around(store, &world.agenda, life > 1));
            let (sender, receiver) = mpsc::unbounded_channel();
            *ask.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
            live(world.clone(), net, node, store, receiver).await?;
            // It ends by itself when its store takes no more commits. Whoever runs it starts it again.
            let keep = disk.faults().take_failure().ok_or("its store works, and it ended all the same")?;
            let point = if keep.is_some() { CrashPoint::BeforeSync } else { CrashPoint::Now };
            world.crash(node, Crash { point, keep: keep.unwrap_or_default(), down_s: Some(SUPERVISED_RESTART_S) }).await;
            Ok(())
        })
    })
}

const fn point_text(point: CrashPoint) -> &'static str {
    match point {
        CrashPoint::Now => "now",
        CrashPoint::BeforeWrite => "before-write",
        CrashPoint::BeforeSync => "before-sync",
        CrashPoint::AfterSync => "after-sync",
        CrashPoint::AfterReceipt => "after-receipt",
        CrashPoint::BeforeMarkSent => "before-mark-sent",
    }
}

fn fault_text(fault: &LinkFault) -> String {
    match fault {
        LinkFault::Delay(ms) => format!("delay {} s", ms / 1_000),
        LinkFault::Duplicate => "duplicate".to_owned(),
        LinkFault::Lose(count) => format!("lose {count}"),
        LinkFault::Refuse(count) => format!("refuse {count}"),
        LinkFault::Garble(count) => format!("garble {count}"),
        LinkFault::ReceiptsLost(count) => format!("receipt lost {count}"),
        LinkFault::ReceiptsLostUntil(until) => format!("receipt lost until {}", berlin::moment_text(*until)),
        LinkFault::ReceiptsLate(ms) => format!("receipt late {} s", ms / 1_000),
        LinkFault::WrongDigest(count) => format!("receipt wrong digest {count}"),
        LinkFault::Reset(count) => format!("reset {count}"),
        LinkFault::Reorder => "reorder".to_owned(),
        LinkFault::Hold(until) => format!("hold until {}", berlin::moment_text(*until)),
        LinkFault::Cut(until) => format!("cut until {}", berlin::moment_text(*until)),
    }
}
