//! What distinguishes one Vorgang from another: its messages, its Frist, its codes, its rule for silence.

use std::fmt;
use std::str::FromStr;

use mako_engine::fristen::{Frist, Sparte, berlin};
use mako_engine::version::{FormatVersion, pid, pid_row};
use mako_engine::{Rejection, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::VORGAENGE;
use super::frame::Frame;
use super::list::stornos;
use super::meldung::Anliegen;
use super::messtechnik::{ByTechnik, Messtechnik};
use super::storno::Storno;
use super::then::Then;

/// A message by its type and Prüfidentifikator, and what people call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// The message type, such as `UTILMD`.
    pub message_type: &'static str,
    /// The Prüfidentifikator.
    pub pid: &'static str,
    /// What people call it, such as `Kündigung`.
    pub word: &'static str,
}

impl Kind {
    /// A UTILMD.
    #[must_use]
    pub const fn utilmd(pid: &'static str, word: &'static str) -> Self {
        Self { message_type: "UTILMD", pid, word }
    }

    /// A message of another type.
    #[must_use]
    pub const fn of(message_type: &'static str, pid: &'static str, word: &'static str) -> Self {
        Self { message_type, pid, word }
    }

    /// As the workflows call it: type and Prüfidentifikator.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.message_type, self.pid)
    }
}

/// Where the day that a Vorgang is about stands in its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// It is about no day.
    None,
    /// DTM+92, the begin of a Zuordnung; `begin=` in a scenario.
    Begin,
    /// DTM+93, the end of a Zuordnung; `end=` in a scenario.
    End,
    /// DTM+76, the begin of a Messstellenbetrieb; `begin=` in a scenario.
    ServiceBegin,
    /// DTM+471, the end of a contract; `end=` in a scenario.
    ContractEnd,
    /// The day of an order, such as that of a Sperrung; `day=` in a scenario.
    Order,
}

impl Day {
    /// How a scenario names it; nothing when there is none.
    #[must_use]
    pub const fn key(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Begin | Self::ServiceBegin => Some("begin"),
            Self::End | Self::ContractEnd => Some("end"),
            Self::Order => Some("day"),
        }
    }
}

/// What it means when the answer does not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// Nothing: the answer is overdue, and a late one still counts.
    SaysNothing,
    /// Consent: at the end of the Frist what was asked for holds. A late answer is noted and changes nothing.
    IsConsent,
}

/// How a request is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answers {
    /// Says yes.
    pub accepts: Kind,
    /// Says no; the same as `accepts` where one Prüfidentifikator says both.
    pub refuses: Kind,
    /// The codes that say yes; the first one is what a back office says that just accepts.
    pub accepts_with: &'static [&'static str],
    /// The decision tree that the codes come from, such as `E_0614`; empty when there is none.
    pub ebd: &'static str,
    /// Where the answer repeats the day.
    pub day: Day,
    /// What it means when none comes.
    pub silence: Silence,
}

impl Answers {
    /// Whether an answer with this Prüfidentifikator and code says yes, and which message it is. Where one Prüfidentifikator says both,
    /// or will when that of the refusal is withdrawn, its code decides.
    #[must_use]
    pub fn judge(&self, pid: &str, code: &str) -> (bool, Kind) {
        let number = self.refuses.pid.parse().ok();
        let is_withdrawn = number.and_then(pid_row).is_some_and(|row| row.until.is_some());
        let says_both = self.accepts.pid == self.refuses.pid || is_withdrawn;
        let accepts = self.accepts.pid == pid && (!says_both || self.accepts_with.contains(&code));
        (accepts, if self.accepts.pid == pid { self.accepts } else { self.refuses })
    }

    /// The message that says yes, or no, at this instant: once the Prüfidentifikator of the refusal is withdrawn, that of the yes says both.
    #[must_use]
    pub fn kind(&self, accepts: bool, at: Timestamp) -> Kind {
        let number: Option<u32> = self.refuses.pid.parse().ok();
        let is_in_force = number.is_some_and(|number| pid(number, FormatVersion::at(at), None).is_ok());
        if accepts || !is_in_force { self.accepts } else { self.refuses }
    }
}

/// When an information duty arises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// When it is decided, whatever is.
    Decided,
    /// When the request is accepted.
    Accepted,
    /// When the request is refused.
    Refused,
    /// When the one who asked is granted it, by the answer or by silence: it is the asker who tells it.
    Granted,
    /// When a third party is asked before the answer ([`Art::asks_first`]).
    Asked,
    /// When the acceptance is with the one who asked; the Frist counts from its ÜT.
    AcceptanceDelivered,
}

/// To whom an information goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// The one who asked, who hears it ([`Art::hears`]).
    Asker,
    /// A partner of the location: the name of an attribute of the object, such as `msb` in `object malo MaLo … msb=MSB`.
    Partner(&'static str),
}

/// A message beside the answer that one of the two must send: the one who answers, or, where it is [`When::Granted`], the one who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Information {
    /// The message.
    pub kind: Kind,
    /// To whom.
    pub to: To,
    /// Only where the location has this partner, such as `supplier`: it is told because of them.
    pub because_of: &'static str,
    /// When.
    pub when: When,
    /// Where the day stands in it.
    pub day: Day,
    /// STS+7 of the message.
    pub reason: Option<(&'static str, Option<&'static str>)>,
    /// Whether the rulebook has a Frist for it, under its Prüfidentifikator, from the ÜT of the request; of the acceptance, where it is
    /// told when that is delivered.
    pub has_frist: bool,
}

/// What a third party is asked before the request is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsksFirst {
    /// The question: a Vorgang of its own, which the third party answers like any other. Its silence means what it means there.
    pub question: &'static Art,
    /// Who is asked, once the back office has nothing against the request: a partner of the location by the name of an attribute, such as
    /// `supplier`. Nobody where the location has none, or where it is the one who made the request.
    pub whom: &'static str,
    /// The code of the refusal when the third party objects.
    pub objected: &'static str,
    /// The objections that do not stand in the way.
    pub goes_on_with: &'static [&'static str],
    /// The Frist of the answer from the ÜT of the third party's, by its name in the rulebook; it binds where it ends earlier.
    pub answered_within: Option<&'static str>,
}

/// What is done after the request was accepted, and reported when it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Execution {
    /// The question to the back office, such as `Ausführung`: accepted when it is done, rejected when it failed.
    pub title: &'static str,
    /// The report to the one who asked, who hears it ([`Art::hears`]).
    pub report: Kind,
    /// The code of the report when it is done.
    pub done_with: &'static str,
    /// The decision tree of the code; empty when there is none.
    pub ebd: &'static str,
    /// The Frist of the report from the ÜT of the request, by its names in the rulebook; `None` where there is none.
    pub frist: Option<ByTechnik>,
}

/// The deadline labels of the two roles; written out by [`labels!`](crate::labels).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Labels {
    /// Of the one who asks.
    pub asking: &'static [&'static str],
    /// Of the one who answers.
    pub answering: &'static [&'static str],
}

/// Which Frist of the rulebook the answer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// The one under the Prüfidentifikator of the request.
    Request,
    /// One for a day that still lies ahead when the request is received, another one for a day that has begun.
    ByDay {
        /// Its name while the day lies ahead.
        ahead: &'static str,
        /// Its name once the day has begun.
        begun: &'static str,
    },
    /// One that is counted backwards from the day that the request is about: a lead time of the answer, by its name in the rulebook. Where
    /// that is over when the request comes, the answer is due at the end of the day of its receipt.
    BeforeDay(&'static str),
    /// One that depends on what measures there.
    ByTechnik(ByTechnik),
}

/// Everything that is particular about a Vorgang.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Art {
    /// Its committed name, such as `gpke-kuendigung`: events name it.
    pub name: &'static str,
    /// The process family, as the rulebooks name it.
    pub family: &'static str,
    /// The market whose rules of acknowledgement hold.
    pub sparte: Sparte,
    /// What it is called, such as `Kündigung`: the question to the back office has this name.
    pub title: &'static str,
    /// The message that asks.
    pub request: Kind,
    /// STS+7 of its messages: code and addition.
    pub reason: Option<(&'static str, Option<&'static str>)>,
    /// Where the day stands in the request.
    pub day: Day,
    /// The lead time of the request, by its name in the rulebook, and the code of the refusal when it is missed. A code that accepts
    /// moves the day instead, to the first one that the lead time allows.
    pub lead_time: Option<(&'static str, &'static str)>,
    /// The lead time where nothing measures there yet, by its name in the rulebook; `None` where that makes no difference.
    pub first_lead_time: Option<&'static str>,
    /// Which Frist the answer has.
    pub frist: Trigger,
    /// What a third party is asked before the answer.
    pub asks_first: Option<AsksFirst>,
    /// How it is answered; `None` for a message that only tells something.
    pub answers: Option<Answers>,
    /// What is done after it was accepted.
    pub execution: Option<Execution>,
    /// What follows a yes, counted from the day that it is about.
    pub then: Option<&'static Then>,
    /// What else the one who answers, or the one who asked, must send.
    pub informs: &'static [Information],
    /// What else the one who asked may hear about it before or after the answer.
    pub hears: &'static [Kind],
    /// The deadline labels, from [`labels!`](crate::labels).
    pub labels: Labels,
}

impl Art {
    /// What most have, for struct update (`..Art::PLAIN`): the Frist under the Prüfidentifikator of the request, about no day, and nothing
    /// beside it: no answer, no lead time, nobody who is asked first or told. It has no name and no messages; those are always said.
    pub const PLAIN: Self = Self {
        name: "",
        family: "",
        sparte: Sparte::Strom,
        title: "",
        request: Kind::utilmd("", ""),
        reason: None,
        day: Day::None,
        lead_time: None,
        first_lead_time: None,
        frist: Trigger::Request,
        asks_first: None,
        answers: None,
        execution: None,
        then: None,
        informs: &[],
        hears: &[],
        labels: Labels { asking: &[], answering: &[] },
    };

    /// The answers; none where none is needed.
    #[must_use]
    pub fn answer_kinds(&self) -> Vec<Kind> {
        self.answers.map(|answers| vec![answers.accepts, answers.refuses]).unwrap_or_default()
    }

    /// The lead time of a request about `anliegen`, and the code where it is missed.
    #[must_use]
    pub fn lead_time_of(&self, anliegen: &Anliegen) -> Option<(&'static str, &'static str)> {
        let first = self.first_lead_time.filter(|_| anliegen.technik == Some(Messtechnik::Keine));
        self.lead_time.map(|(lead, code)| (first.unwrap_or(lead), code))
    }

    /// When the answer is due to a request about `anliegen` that was received at `received_at`.
    ///
    /// # Errors
    /// A [`Rejection`] when the rulebook of `frame` knows no such Frist.
    pub fn answer_frist(&self, frame: &Frame, anliegen: &Anliegen, received_at: Timestamp) -> Result<Frist, Rejection> {
        let begun = |day: &Timestamp| *day <= received_at;
        match (self.frist, anliegen.day) {
            (Trigger::Request, _) => frame.answer_frist(self.family, self.request.pid, received_at),
            (Trigger::ByDay { begun: trigger, .. }, day) if day.as_ref().is_none_or(begun) => {
                frame.answer_frist(self.family, trigger, received_at)
            }
            (Trigger::ByDay { ahead, .. }, _) => frame.answer_frist(self.family, ahead, received_at),
            (Trigger::BeforeDay(lead), Some(day)) => {
                let frist = frame.lead_frist(lead, day)?;
                let today = berlin::end_of_day(berlin::day(received_at));
                Ok(Frist { due: frist.due.max(today), ..frist })
            }
            (Trigger::ByTechnik(names), _) => frame.answer_frist(self.family, names.name(anliegen.technik), received_at),
            (Trigger::BeforeDay(lead), None) => Err(Rejection::new("no-day", format!("{lead} counts from a day, and none is named"))),
        }
    }

    /// Until when a late answer is waited for after silence was consent at `due`: as long as the answer had, and where the day counts, as
    /// long as one about a day that has begun has.
    ///
    /// # Errors
    /// A [`Rejection`] when the rulebook of `frame` knows no such Frist.
    pub fn late_frist(&self, frame: &Frame, anliegen: &Anliegen, due: Timestamp) -> Result<Frist, Rejection> {
        match self.frist {
            Trigger::ByDay { begun, .. } => frame.answer_frist(self.family, begun, due),
            Trigger::Request | Trigger::BeforeDay(_) | Trigger::ByTechnik(_) => self.answer_frist(frame, anliegen, due),
        }
    }
}

/// A Vorgang: one of the [`VORGAENGE`](super::VORGAENGE). Events name it, so it is never renamed.
///
/// ```
/// use mako_scenarios::vorgang::Vorgang;
/// let kuendigung: Vorgang = "gpke-kuendigung".parse().unwrap();
/// assert_eq!(kuendigung.request.pid, "55016");
/// assert_eq!("gpke-umzug".parse::<Vorgang>().unwrap_err().to_string(), "there is no Vorgang `gpke-umzug`");
/// ```
#[derive(Clone, Copy)]
pub struct Vorgang(&'static Art);

impl Vorgang {
    /// Every Vorgang.
    pub fn all() -> impl Iterator<Item = Self> {
        VORGAENGE.iter().map(|art| Self(art))
    }

    /// How it is taken back, where it can be.
    #[must_use]
    pub fn storno(self) -> Option<&'static Storno> {
        stornos().find(|storno| storno.of.contains(&self.name))
    }

    /// The Vorgang that begins with this message.
    #[must_use]
    pub fn asked_with(message_type: &str, pid: &str) -> Option<Self> {
        Self::all().find(|vorgang| (vorgang.request.message_type, vorgang.request.pid) == (message_type, pid))
    }
}

impl std::ops::Deref for Vorgang {
    type Target = Art;

    fn deref(&self) -> &Art {
        self.0
    }
}

impl PartialEq for Vorgang {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Vorgang {}

impl fmt::Debug for Vorgang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// There is no Vorgang of that name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownVorgang(String);

impl fmt::Display for UnknownVorgang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no Vorgang `{}`", self.0)
    }
}

impl std::error::Error for UnknownVorgang {}

impl FromStr for Vorgang {
    type Err = UnknownVorgang;

    fn from_str(name: &str) -> Result<Self, UnknownVorgang> {
        Self::all().find(|vorgang| vorgang.name == name).ok_or_else(|| UnknownVorgang(name.to_owned()))
    }
}

impl Serialize for Vorgang {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

impl<'de> Deserialize<'de> for Vorgang {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
