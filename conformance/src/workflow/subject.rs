//! Who is asked: a workflow, how to make commands for it, when it is done, and what is committed beside it.

use std::fmt;

use mako_engine::{FormatVersion, Outgoing, Timestamp, Workflow};
use proptest::strategy::{BoxedStrategy, Just, Strategy as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::history;
use crate::subject::Without;
use crate::{Capabilities, Exemption};

/// The state of the workflow of `S`.
pub type StateOf<S> = <<S as WorkflowSubject>::Workflow as Workflow>::State;
/// The commands of the workflow of `S`.
pub type CommandOf<S> = <<S as WorkflowSubject>::Workflow as Workflow>::Command;
/// The events of the workflow of `S`.
pub type EventOf<S> = <<S as WorkflowSubject>::Workflow as Workflow>::Event;

/// A source file of a workflow. Made by [`sources!`](crate::sources).
#[derive(Debug, Clone, Copy)]
pub struct Source {
    /// Where it stands, as the subject names it.
    pub path: &'static str,
    /// What it says.
    pub text: &'static str,
}

/// The source files that make up a workflow, relative to the file that says so.
#[macro_export]
macro_rules! sources {
    ($($path:literal),* $(,)?) => {
        &[$($crate::Source { path: $path, text: include_str!($path) }),*]
    };
}

/// A step of a recorded history at which today's code decides something else, on purpose.
#[derive(Debug, Clone, Copy)]
pub struct Divergence {
    /// The history.
    pub history: &'static str,
    /// The step, counted from 1.
    pub step: usize,
    /// What keeps processes that began before from taking the new way, such as the rulebook or the format version of their start.
    pub gate: &'static str,
    /// Why it decides something else.
    pub because: &'static str,
}

/// How commands stand in recorded histories, so that a history is its file and needs no code.
#[derive(Debug, Clone, Copy)]
pub struct StoredCommands<C> {
    pub(super) write: fn(&C) -> Result<Value, serde_json::Error>,
    pub(super) read: fn(&Value) -> Result<C, serde_json::Error>,
}

impl<C: Serialize + DeserializeOwned> StoredCommands<C> {
    /// As serde has them.
    #[must_use]
    pub const fn by_serde() -> Self {
        Self { write: |command| serde_json::to_value(command), read: |stored| C::deserialize(stored) }
    }
}

/// A workflow to be checked.
pub trait WorkflowSubject: Sized + 'static {
    /// The workflow.
    type Workflow: Workflow<Command: fmt::Debug>;

    /// Its name in reports; also a directory name.
    const NAME: &'static str = <Self::Workflow as Workflow>::NAME;
    /// What the subject can say beyond the least: [`Capabilities::FRISTEN`], [`Capabilities::PERSONAL`].
    const CAPABILITIES: Capabilities = Capabilities::NONE;
    /// What it cannot say, and why.
    const WITHOUT: Without = &[];
    /// What it should keep and does not, for a while.
    const EXEMPT: &'static [Exemption] = &[];
    /// The crate of the subject, `env!("CARGO_MANIFEST_DIR")`: golden files stand there under `golden/NAME`.
    const HOME: &'static str;
    /// The source files of the workflow, with [`sources!`](crate::sources).
    const SOURCES: &'static [Source];
    /// Events that are read and never decided any more.
    const LEGACY: &'static [&'static str] = &[];
    /// Where recorded histories and today's code differ on purpose.
    const DIVERGENCES: &'static [Divergence] = &[];

    /// How many kinds of process the workflow serves, when tables tell them apart and `commands` draws among them: each kind gets as many
    /// histories as a workflow of one kind.
    #[must_use]
    fn kinds() -> u32 {
        1
    }

    /// Commands from outside that may come in `state` at `now`, possible and impossible ones. What the engine sends by itself (deadlines
    /// that fire, deliveries, messages that are given up) is added by the kit.
    fn commands(state: &StateOf<Self>, now: Timestamp) -> BoxedStrategy<CommandOf<Self>>;

    /// Whether a process in `state` is over.
    fn is_final(state: &StateOf<Self>) -> bool;

    /// The command from outside that a process in `state` waits for when nothing else would ever wake it; `None` when there is no such.
    fn waits_for(_state: &StateOf<Self>) -> Option<&'static str> {
        None
    }

    /// What the recipient of `message` answers at once, on a channel that answers.
    fn answer(_message: &Outgoing) -> BoxedStrategy<Option<Value>> {
        Just(None).boxed()
    }

    /// The first and the last instant at which a generated history begins. Two years with their clock changes, Christmases and cutovers.
    #[must_use]
    fn begins() -> (Timestamp, Timestamp) {
        history::TWO_YEARS
    }

    /// When the deadline `label`, set by `command` on the way to `after`, must be due; `None` when it must not be set. Asked when the
    /// subject declares [`Capabilities::FRISTEN`]; take it from the rulebook, not from the workflow.
    fn expected_due(_after: &StateOf<Self>, _command: &CommandOf<Self>, _label: &str) -> Option<Timestamp> {
        None
    }

    /// `command` as it comes in a message of `version`: what an adapter would make of it.
    #[must_use]
    fn in_version(command: CommandOf<Self>, _version: FormatVersion) -> CommandOf<Self> {
        command
    }

    /// What keeps a repetition of `command` from reaching the workflow, such as the boundary that knows the interchange; `None` when the
    /// workflow itself must bear it.
    fn recognised_by(_command: &CommandOf<Self>) -> Option<&'static str> {
        None
    }

    /// How commands stand in recorded histories. With `Some(StoredCommands::by_serde())` a history is complete in its file: it outlives
    /// every change of [`commands`](WorkflowSubject::commands), and [`record_history`](crate::record_history) can add what really
    /// happened. Without, `histories` must give its commands for ever.
    #[must_use]
    fn stored_commands() -> Option<StoredCommands<CommandOf<Self>>> {
        None
    }

    /// The histories that are recorded: a name and the commands of each. By default three generated ones; write your own when the
    /// generator changes often and commands have no stored form, since a recorded history must stay as it is.
    #[must_use]
    fn histories() -> Vec<(String, Vec<CommandOf<Self>>)> {
        history::recorded::<Self>()
    }
}
