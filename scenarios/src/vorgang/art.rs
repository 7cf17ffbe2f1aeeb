//! What distinguishes one Vorgang from another: its messages, its Frist, its codes, its rule for silence.

use mako_engine::Timestamp;
use mako_engine::fristen::Sparte;

use super::meldung::Anliegen;

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
    /// Whether an answer with this Prüfidentifikator and code says yes, and which message it is.
    #[must_use]
    pub fn judge(&self, pid: &str, code: &str) -> (bool, Kind) {
        let says_both = self.accepts.pid == self.refuses.pid;
        let accepts = if says_both { self.accepts_with.contains(&code) } else { self.accepts.pid == pid };
        (accepts, if accepts { self.accepts } else { self.refuses })
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
}

/// A message to somebody else that the one who answers must send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Information {
    /// The message.
    pub kind: Kind,
    /// To whom: the name of an attribute of the object, such as `msb` in `object malo MaLo … msb=MSB`. Nobody there: nobody is told.
    pub to: &'static str,
    /// When.
    pub when: When,
    /// Where the day stands in it.
    pub day: Day,
    /// STS+7 of the message.
    pub reason: Option<(&'static str, Option<&'static str>)>,
    /// Whether the rulebook has a Frist for it, under its Prüfidentifikator, from the ÜT of the request.
    pub has_frist: bool,
}

/// The deadline labels of the two roles; written out by [`labels!`](crate::labels).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Labels {
    /// Of the one who asks.
    pub asking: &'static [&'static str],
    /// Of the one who answers.
    pub answering: &'static [&'static str],
}

/// Everything that is particular about a Vorgang.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Art {
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
    /// The lead time of the request, by its name in the rulebook, and the code of the refusal when it is missed.
    pub lead_time: Option<(&'static str, &'static str)>,
    /// How it is answered; `None` for a message that only tells something.
    pub answers: Option<Answers>,
    /// What else the one who answers must send.
    pub informs: &'static [Information],
    /// What else the one who asked may hear about it before or after the answer.
    pub hears: &'static [Kind],
}

/// A process in which one party asks and another answers.
pub trait Vorgang: Send + Sync + 'static {
    /// The committed name of the workflow of the one who asks, such as `gpke-kuendigung-lfn`.
    const ASKING: &'static str;
    /// The committed name of the workflow of the one who answers, such as `gpke-kuendigung-lfa`.
    const ANSWERING: &'static str;
    /// What is particular about it.
    const ART: Art;
    /// Its deadline labels.
    const LABELS: Labels;

    /// The Frist of the answer, by its name in the rulebook: mostly the Prüfidentifikator of the request; another one where the Frist
    /// depends on what is asked for.
    #[must_use]
    fn trigger(anliegen: &Anliegen, received_at: Timestamp) -> &'static str {
        let _ = (anliegen, received_at);
        Self::ART.request.pid
    }
}

/// The deadline labels of a [`Vorgang`](crate::vorgang::Vorgang), from its Prüfidentifikatoren: the request, its answers, what the one who
/// answers tells others, and what the one who asked hears. Where silence is consent, `; late` and the request once more.
///
/// ```
/// let labels = mako_scenarios::labels!(strom "55016" => "55017", "55018"; informs; hears);
/// assert_eq!(labels.asking, ["answer 55016", "awaits APERAK 55016", "APERAK 55017", "APERAK 55018"]);
/// assert_eq!(labels.answering, ["answer 55016", "APERAK 55016", "awaits APERAK 55017", "awaits APERAK 55018"]);
/// ```
#[macro_export]
macro_rules! labels {
    (strom $request:literal => $($answer:literal),*; informs $($told:literal),*; hears $($heard:literal),* $(; late $late:literal)?) => {
        $crate::vorgang::Labels {
            asking: &[
                concat!("answer ", $request),
                $(concat!("late answer ", $late),)?
                concat!("awaits APERAK ", $request),
                $(concat!("APERAK ", $answer),)*
                $(concat!("APERAK ", $heard),)*
            ],
            answering: &[
                concat!("answer ", $request),
                concat!("APERAK ", $request),
                $(concat!("awaits APERAK ", $answer),)*
                $(concat!("awaits APERAK ", $told), concat!("information ", $told),)*
            ],
        }
    };
    (gas $request:literal => $($answer:literal),*; informs $($told:literal),*; hears $($heard:literal),* $(; late $late:literal)?) => {
        $crate::vorgang::Labels {
            asking: &[
                concat!("answer ", $request),
                $(concat!("late answer ", $late),)?
                concat!("awaits CONTRL ", $request),
                concat!("awaits silence ", $request),
            ],
            answering: &[
                concat!("answer ", $request),
                $(concat!("awaits CONTRL ", $answer), concat!("awaits silence ", $answer),)*
                $(concat!("awaits CONTRL ", $told), concat!("awaits silence ", $told), concat!("information ", $told),)*
            ],
        }
    };
}
