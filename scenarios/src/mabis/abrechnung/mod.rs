//! MABIS Abrechnung of one Zählpunkt and month: the versions of its Summenzeitreihe between the one who makes them and the one who checks.
//!
//! ```text
//! NB   ─13003 version 1, 2, …→ BIKO     each until the end of WT+1: 21003 (Datenstatus) or 21002 (Abweisung)
//! BIKO ─13003 version 1, 2, …→ BKV      each until the end of WT+1: 21005 (Prüfmitteilung, yes and no in one)
//! NB   ─13003 version 1, 2, …→ LF, NB   the same with 21000, 21001
//!
//! month ends │ Erstaufschlag, until WT 10 (to a BKV: WT 12) │ Clearing, until WT 30 │ KBKA, until the end of M+7 │ closed
//!
//! a version:  sent ─receipt→ waits ─answer→ accepted | rejected        in ─back office→ accepted | rejected
//!                                └─Frist→ overdue ─answer→ …                └─not newer, too early, month closed→ rejected at once
//! ```
//!
//! No version overwrites another: a version that is not newer than what is there is rejected, and the one that is there stays. Which
//! window a version falls into is told by its ÜT, not by when it is worked off. Only the one it was sent to can give it a Datenstatus. Two
//! versions may be open at a time; whoever has a third waits. The process lives until the month is closed, which is after the
//! Korrekturbilanzkreisabrechnung, eight months after its end.
//!
//! Source: BK6-24-174 Anlage 3 (MaBiS), as cited by others; the windows are rows of `mabis.toml`. That the Prüfmitteilung counts from
//! the receipt of the series and not of its Datenstatus is ours: here the Datenstatus goes to the one who made the series alone.

mod checking;
mod event;
mod exchange;
mod process;
mod providing;
mod window;

pub use checking::{Finding, Question, TITLE, answer_due};
pub use event::{Command, Event, Order};
pub use exchange::{Exchange, is_turn, kinds, label, scoped_kind};
pub use process::Abrechnungen;
pub use window::{Checks, Phase, end_of};

use std::collections::BTreeMap;

use mako_engine::{Decision, Delivered, GivenUp, Rejection, Timestamp, Workflow, WorkflowResult};
use mako_sim::edifact::{Liefermonat, Lokation, MpId};
use serde::{Deserialize, Serialize};

use crate::vorgang::Frame;
use exchange::Slot;

/// Whose side it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    /// Of the one who makes the series.
    Provides,
    /// Of the one who checks it.
    Checks,
}

/// What is settled: a Zählpunkt and a month, with one partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matter {
    /// Who we are and under which rules.
    pub frame: Frame,
    /// Whose side it is.
    pub side: Side,
    /// What the one who checks is.
    pub checks: Checks,
    /// The partner.
    pub partner: MpId,
    /// The Zählpunkt.
    pub zaehlpunkt: Lokation,
    /// The month.
    pub month: Liefermonat,
}

/// The state of the process.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// What is settled, once begun.
    pub matter: Option<Matter>,
    /// The last two versions, by their numbers.
    pub exchanges: BTreeMap<u32, Exchange>,
    /// The newest version that counts.
    pub newest: Option<Timestamp>,
    /// How many versions there were.
    pub versions: u32,
    /// Which windows are over.
    pub ended: Option<Phase>,
}

/// The workflow, of either side.
#[derive(Debug)]
pub struct Abrechnung;

impl Workflow for Abrechnung {
    const NAME: &'static str = "mabis-abrechnung";
    const DEADLINE_LABELS: &'static [&'static str] = &[
        "awaits end of Erstaufschlag",
        "awaits end of Clearing",
        "awaits end of KBKA",
        "answer 13003",
        "answer 13003 b",
        "APERAK 13003",
        "APERAK 13003 b",
        "APERAK IFTSTA",
        "APERAK IFTSTA b",
        "awaits APERAK 13003",
        "awaits APERAK 13003 b",
        "awaits APERAK IFTSTA",
        "awaits APERAK IFTSTA b",
    ];
    type State = State;
    type Command = Command;
    type Event = Event;

    fn handle(state: &State, command: Command) -> WorkflowResult<Event> {
        let decision = match (command, &state.matter) {
            (Command::Send(order), _) => providing::send(state, *order),
            (Command::Series { received, checks, token }, _) => checking::received(state, &received, checks, token),
            (_, None) => Err(Rejection::new("not-started", "there is no series yet")),
            (Command::Answer(received, pid), Some(matter)) => providing::answered(state, matter, &received, &pid),
            (Command::Aperak(aperak), Some(matter)) => exchange::acknowledged(state, matter, &aperak),
            (Command::Refused(refusal), Some(matter)) => refused(state, matter, &refusal),
            (Command::Delivered(delivered), Some(matter)) => delivery(state, matter, delivered),
            (Command::GivenUp(given_up), Some(_)) if given_up.kind == TITLE => Ok(checking::never_asked(state)),
            (Command::GivenUp(given_up), Some(_)) => Ok(exchange::given_up(state, &given_up.kind)),
            (Command::Timeout(_), Some(_)) if is_over(state) => Ok(Decision::nothing()),
            (Command::Timeout(timeout), Some(_)) => Ok(match window::ends_with(timeout.label.as_str()) {
                Some(phase) if state.ended.is_none_or(|ended| ended < phase) => Decision::event(Event::WindowEnded { phase }),
                Some(_) => Decision::nothing(),
                None => exchange::lapsed(state, timeout.label.as_str(), timeout.due),
            }),
        }?;
        let after = decision.events.iter().fold(state.clone(), Self::apply);
        Ok(if is_over(&after) && !decision.events.is_empty() { decision.end() } else { decision })
    }

    fn apply(mut state: State, event: &Event) -> State {
        match event.clone() {
            Event::Begun { matter } => state.matter = Some(matter),
            Event::VersionSent { slot, version, value } => {
                state.newest = Some(version);
                exchange::add(&mut state, Exchange::sent(slot, version, value));
            }
            Event::SeriesReceived { slot, version, original, received_at, counts, .. } => {
                if counts {
                    state.newest = Some(version);
                }
                exchange::add(&mut state, Exchange::received(slot, version, original, received_at));
            }
            Event::AnswerReceived { slot, accepts, pid, code, .. } => {
                exchange::within(&mut state, slot, |exchange| exchange.heard(accepts, pid, code))
            }
            Event::FurtherAnswerNoted { slot, pid, .. } => exchange::within(&mut state, slot, |exchange| exchange.noted(&pid)),
            Event::StatusGiven { slot, accepts, pid, code } => {
                exchange::within(&mut state, slot, |exchange| exchange.gave(accepts, pid, code))
            }
            Event::QuestionGivenUp { slot } => exchange::within(&mut state, slot, |exchange| exchange.unreached = true),
            Event::WindowEnded { phase } => state.ended = Some(phase),
            Event::Post(event) => {
                if let Some(slot) = exchange::place_of(&state, &event) {
                    exchange::within(&mut state, slot, |exchange| exchange.apply(&event));
                }
            }
        }
        state
    }

    fn delivered(delivered: Delivered) -> Option<Command> {
        Some(Command::Delivered(delivered))
    }

    fn given_up(given_up: GivenUp) -> Option<Command> {
        Some(Command::GivenUp(given_up))
    }
}

/// The number of the next version; none while two are open, or the one that has the same turn is.
fn next(state: &State) -> Result<Slot, Rejection> {
    let number = state.versions + 1;
    let is_open = |exchange: &Exchange| exchange::turn(exchange.number) == exchange::turn(number) && !exchange.is_done();
    if state.exchanges.values().any(is_open) {
        return Err(Rejection::new("two-open", "the version before the last one is still open; the next one must wait"));
    }
    Ok(number)
}

fn delivery(state: &State, matter: &Matter, delivered: Delivered) -> WorkflowResult<Event> {
    if delivered.kind == TITLE {
        return checking::found(state, matter, delivered);
    }
    let Some((slot, exchange, delivered)) = exchange::of_kind(state, delivered) else { return Ok(Decision::nothing()) };
    let decision = exchange::delivered(slot, exchange, matter, &delivered);
    match matter.side {
        Side::Provides => providing::delivered(slot, exchange, matter, &delivered, decision),
        Side::Checks => Ok(decision),
    }
}

fn refused(state: &State, matter: &Matter, refusal: &crate::vorgang::Refusal) -> WorkflowResult<Event> {
    match matter.side {
        Side::Provides => providing::refused(state, matter, refusal),
        Side::Checks => checking::refused(state, matter, refusal),
    }
}

/// Whether the process is over: the month is closed, and every version is where it belongs.
#[must_use]
pub fn is_over(state: &State) -> bool {
    state.ended == Some(Phase::Kbka) && state.exchanges.values().all(Exchange::is_done)
}

/// The state in a word: that of the newest version, or that the month is closed.
#[must_use]
pub fn word(state: &State) -> &'static str {
    let last = state.exchanges.values().max_by_key(|exchange| exchange.number);
    match (state.ended, last, state.matter.as_ref().map(|matter| matter.side)) {
        (Some(Phase::Kbka), ..) => "closed",
        (_, Some(exchange), Some(side)) => exchange.word(side),
        _ => "new",
    }
}
