//! A plan: everything that a run depends on.
//!
//! A scenario file and a seed both become a [`Plan`]; a run is a function of it alone. The plan owns every delay and every fault,
//! which is why two transports can only agree (law 4).

use std::collections::BTreeMap;

use mako_engine::fristen::{RulebookId, Sparte};
use mako_engine::{FormatVersion, Timestamp};
use serde::{Deserialize, Serialize};

use crate::disk::Tail;
use crate::edifact::MpId;

/// Everything that a run depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// What it is about.
    pub title: String,
    /// Where the rules it shows come from.
    pub source: String,
    /// Which rulebook governs.
    pub rulebook: RulebookId,
    /// Seeds ids and what a torn disk keeps.
    pub seed: u64,
    /// Who takes part; their order breaks ties.
    pub parties: Vec<Party>,
    /// What it is about: Marktlokationen and the like.
    pub objects: Vec<Object>,
    /// What is done to the world, in order of time.
    pub steps: Vec<Step>,
    /// When the run ends.
    pub until: Timestamp,
    /// What must hold at the end.
    pub expects: Vec<Expectation>,
    /// Variants to run beside it.
    pub variants: Vec<Variant>,
    /// One thing more that goes wrong, put there by a variant.
    pub disturbance: Option<Disturbance>,
}

/// A market participant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Its name in the plan, such as `NB`.
    pub name: String,
    /// Its role, such as `Netzbetreiber`.
    pub role: String,
    /// Its market partner id.
    pub mp_id: MpId,
    /// Its Sparte.
    pub sparte: Sparte,
    /// How it behaves.
    pub behaviour: Behaviour,
}

/// How a party behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Behaviour {
    /// Decides at once, and says yes.
    #[default]
    Conformant,
    /// Receives and acknowledges, but its back office never decides.
    Silent,
    /// Its back office decides so many Werktage after it was asked, at the same time of the day.
    Late(u32),
    /// As a phase4 access point out of the box: it knows a message for ten minutes; within them it answers a repeated one with an ebMS
    /// error instead of a receipt, after them it takes it for a new one.
    Phase4,
    /// As a Holodeck access point: it gives a receipt for a repeated message also when it could not store the first one.
    Holodeck,
    /// Repeats a message under a new MessageId, as an application does that knows nothing of AS4.
    NewMessageId,
    /// Writes the release before the one in force.
    WrongRelease,
}

impl Behaviour {
    /// Its name in a scenario file; nothing for who does as the rules say.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Conformant => String::new(),
            Self::Silent => "silent".to_owned(),
            Self::Late(werktage) => format!("late {werktage} WT"),
            Self::Phase4 => "phase4".to_owned(),
            Self::Holodeck => "holodeck".to_owned(),
            Self::NewMessageId => "new-message-id".to_owned(),
            Self::WrongRelease => "wrong-release".to_owned(),
        }
    }

    /// Whether its access point keeps what it gave a receipt for, once.
    #[must_use]
    pub const fn keeps_receipts(self) -> bool {
        !matches!(self, Self::Phase4 | Self::Holodeck)
    }
}

/// A thing that messages are about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Object {
    /// Its name in the plan.
    pub name: String,
    /// What it is, such as `MaLo`.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// What is known about it, such as `supplier=LFA`.
    pub attributes: BTreeMap<String, String>,
}

/// Something that is done to the world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// The line of the scenario file, for messages; 0 when there is none.
    pub line: u32,
    /// What.
    pub action: Action,
}

/// What can be done to the world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Action {
    /// A party is asked to send a message: a process of its own begins.
    Send(Order),
    /// Bytes travel from one party to another as they are; nobody's process sent them.
    SendBytes {
        /// The sender.
        from: String,
        /// The recipient.
        to: String,
        /// What they are called in the timetable.
        label: String,
        /// The payload.
        bytes: Vec<u8>,
    },
    /// A node crashes now, or at the next time it comes to `point`.
    Crash {
        /// Which node.
        node: String,
        /// Where.
        point: CrashPoint,
        /// What its disk keeps of what was not synced.
        keep: Keep,
        /// Seconds until it starts again by itself; without, it waits for its restart. A node that will come back by itself is asked
        /// then for what it was asked for meanwhile, and a crash of it while it is down anyway is none: so a plan that nobody wrote
        /// need not know when an armed crash happens.
        down_s: Option<i64>,
    },
    /// A crashed node starts again.
    Restart {
        /// Which node.
        node: String,
    },
    /// A node stands still for a while: it keeps everything it holds, and does nothing. What is sent to it waits.
    Pause {
        /// Which node.
        node: String,
        /// For how many seconds.
        for_s: i64,
    },
    /// The clock of a node goes wrong.
    Clock {
        /// Which node.
        node: String,
        /// How.
        fault: ClockFault,
    },
    /// A node takes another format version into use now, whatever the date: too early, or too late.
    Cutover {
        /// Which node.
        node: String,
        /// The version.
        version: FormatVersion,
    },
    /// Another worker of a node takes the next received message that the node works off under its lease, and does nothing with it. When the
    /// lease has run out, the node takes it over; the other comes back too late, and may settle nothing.
    Lease {
        /// Which node.
        node: String,
        /// For how many seconds.
        for_s: i64,
    },
    /// From now on another rulebook governs what begins. Processes that live keep the one they began under.
    Rulebook {
        /// Which.
        rulebook: RulebookId,
    },
    /// The disk of a node goes wrong.
    Disk {
        /// Which node.
        node: String,
        /// How.
        fault: DiskFault,
    },
    /// Two parties cannot reach each other until an instant.
    Partition {
        /// One.
        a: String,
        /// The other.
        b: String,
        /// Until when.
        until: Timestamp,
    },
    /// A fault of the link between two parties, in one direction.
    Link {
        /// The sender.
        from: String,
        /// The recipient.
        to: String,
        /// The fault.
        fault: LinkFault,
    },
    /// The back office of a party decides.
    Decide {
        /// The party.
        party: String,
        /// About what, such as `Anmeldung`.
        about: String,
        /// How.
        verdict: Verdict,
    },
    /// Every fault stops: links are whole and quick again, no armed crash happens any more, whoever is down starts again. What
    /// faults did is not undone. From here on everything must come to its end.
    Calm,
    /// Something must hold now.
    Check(Expect),
}

/// How the clock of a node goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClockFault {
    /// It is put forward by so many milliseconds, or back.
    Step(i64),
    /// From now on it gains so many millionths, or loses them.
    Drift(i64),
}

/// How the disk of a node goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiskFault {
    /// It has no room until an instant: a commit fails, the store closes, and whoever runs the node starts it again, until there is
    /// room.
    Full(Timestamp),
    /// It cannot be read until an instant.
    Unreadable(Timestamp),
    /// The next commit is written, and its sync fails: nobody knows what the disk keeps of it, and the node is started again.
    FailedSync(Keep),
    /// A commit takes so many milliseconds until an instant. Whoever commits meanwhile waits with the first one, and is written with it.
    Slow {
        /// How long a commit takes.
        ms: i64,
        /// Until when.
        until: Timestamp,
    },
    /// No commit is taken until an instant: the store says so, and can be asked again.
    Refusing(Timestamp),
    /// Every snapshot that is read from now on has lost a bit.
    RottenSnapshots,
    /// The next row that a worker reads from this queue cannot be decoded until it is written anew.
    RottenRow(Queue),
}

/// A queue of the store that a worker works off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Queue {
    /// Messages that were accepted.
    Inbox,
    /// Messages that wait for delivery.
    Outbox,
    /// Deadlines that stand.
    Deadlines,
}

impl Queue {
    /// Every queue, by its name in a scenario file.
    pub const ALL: [(&'static str, Self); 3] = [("inbox", Self::Inbox), ("outbox", Self::Outbox), ("deadlines", Self::Deadlines)];

    /// Its name in a scenario file.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, queue)| *queue == self).map_or("", |(name, _)| name)
    }
}

/// A message that a party is asked to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The sender.
    pub from: String,
    /// The recipient.
    pub to: String,
    /// The message type, such as `UTILMD`.
    pub message_type: String,
    /// The Prüfidentifikator.
    pub pid: String,
    /// What people call it, such as `Anmeldung`.
    pub word: String,
    /// Names of objects it is about.
    pub objects: Vec<String>,
    /// Its details, such as `begin=2026-01-15`.
    pub details: BTreeMap<String, String>,
}

/// Where in its work a node crashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CrashPoint {
    /// At once.
    Now,
    /// At its next commit, before anything is written.
    BeforeWrite,
    /// At its next commit, written but not synced.
    BeforeSync,
    /// At its next commit, synced but not yet acknowledged to whoever waits for it.
    AfterSync,
    /// After its next receipt left, before the message is processed.
    AfterReceipt,
    /// After its next delivery was acknowledged by the partner, before that is noted.
    BeforeMarkSent,
}

/// What a disk keeps of what was not synced when the node crashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// Nothing.
    #[default]
    Synced,
    /// A part of it, torn in a seeded way; never the whole.
    Torn,
    /// All of it.
    All,
}

impl Keep {
    /// The tail of the disk image, torn by `seed`.
    #[must_use]
    pub const fn tail(self, seed: u64) -> Tail {
        match self {
            Self::Synced => Tail::Synced,
            Self::Torn => Tail::Torn { seed },
            Self::All => Tail::All,
        }
    }
}

/// A fault of a link, in one direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkFault {
    /// Messages take this many milliseconds longer from now on.
    Delay(i64),
    /// The last message arrives once more now.
    Duplicate,
    /// The next messages never arrive.
    Lose(u32),
    /// The next messages arrive, but their receipts never come back.
    ReceiptsLost(u32),
    /// Receipts never come back until an instant.
    ReceiptsLostUntil(Timestamp),
    /// Receipts take this many milliseconds longer from now on.
    ReceiptsLate(i64),
    /// The receipts of the next messages name the digest of other bytes.
    WrongDigest(u32),
    /// The connection is reset when the receiver has accepted the next messages.
    Reset(u32),
    /// The next message arrives after those that follow it.
    Reorder,
    /// Messages wait on their way until an instant.
    Hold(Timestamp),
    /// The sender cannot reach the recipient until an instant; the other way is open.
    Cut(Timestamp),
    /// The recipient's endpoint refuses the next messages for good, as if it did not know the sender.
    Refuse(u32),
    /// The next messages of processes are written wrongly: they arrive, get a receipt, and are refused with CONTRL.
    Garble(u32),
}

/// How a back office decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Consent, confirmation.
    Accept,
    /// Refusal with an answer code, such as `A05`.
    Reject(String),
}

/// Something that must hold at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The line of the scenario file; 0 when there is none.
    pub line: u32,
    /// What must hold.
    pub expect: Expect,
}

/// Something that must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expect {
    /// A deadline of the party stands, at this instant when one is given.
    FristOpen {
        /// The party.
        party: String,
        /// The deadline's label.
        label: String,
        /// When it is due.
        due: Option<Timestamp>,
    },
    /// No deadline with this label stands at the party.
    FristClosed {
        /// The party.
        party: String,
        /// The deadline's label.
        label: String,
    },
    /// The party delivered exactly `count` messages of a kind, optionally those that answer a named message.
    Sends {
        /// The party.
        party: String,
        /// How many.
        count: usize,
        /// The kind, such as `APERAK` or `UTILMD 55002`.
        kind: String,
        /// What they answer, such as `Anmeldung`.
        about: Option<String>,
    },
    /// No party let a Frist lapse.
    NoFristMissed,
    /// The party recorded a lapse of this deadline.
    FristMissed {
        /// The party.
        party: String,
        /// The deadline's label.
        label: String,
    },
    /// The party has this many dead letters.
    DeadLetters {
        /// The party.
        party: String,
        /// How many.
        count: usize,
    },
    /// The last process of the party is in this state.
    ProcessIs {
        /// The party.
        party: String,
        /// The state, such as `confirmed`.
        state: String,
    },
}

/// A variant of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Variant {
    /// The plan again for every commit of every node, with a crash there: the same end.
    CrashAtEveryCommit,
    /// The plan again for every try to deliver a message, which is lost, or its receipt: the same end.
    LoseEveryMessage,
    /// The plan again for every instant at which something happens, with a new format version in force from then on: the same end.
    CutoverAtEveryStep,
}

impl Variant {
    /// Every variant, by its name in a scenario file.
    pub const ALL: [(&'static str, Self); 3] = [
        ("crash@every-commit", Self::CrashAtEveryCommit),
        ("lose@every-message", Self::LoseEveryMessage),
        ("cutover@every-step", Self::CutoverAtEveryStep),
    ];

    /// Its name in a scenario file.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, variant)| *variant == self).map_or("", |(name, _)| name)
    }
}

/// What nobody wrote into a plan: what a variant puts into it, or a future that was drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disturbance {
    /// A crash at one commit of one node.
    Crash(CrashAtCommit),
    /// One try to deliver a message, counted from 1 over the whole run, is lost on its way.
    LostMessage(u64),
    /// The receipt of one try is lost on its way back.
    LostReceipt(u64),
    /// Another format version is in force from this instant on, instead of from its own.
    Cutover(Timestamp),
    /// What goes wrong after this instant was drawn ([`future`](crate::nemesis::future)).
    Future(Timestamp),
}

/// A crash at one commit of one node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrashAtCommit {
    /// The node.
    pub node: String,
    /// The commit, counted from 0 over all lives of the node.
    pub commit: u64,
    /// Where in the commit.
    pub point: CrashPoint,
    /// What the disk keeps.
    pub keep: Keep,
    /// Seconds until the node starts again.
    pub down_s: i64,
}

impl Plan {
    /// The party called `name`.
    #[must_use]
    pub fn party(&self, name: &str) -> Option<&Party> {
        self.parties.iter().find(|party| party.name == name)
    }

    /// The instant at which the clock starts: an hour before the first step, so that the nodes are up.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.steps.iter().map(|step| step.at).min().unwrap_or(self.until).plus_seconds(-3_600)
    }
}
