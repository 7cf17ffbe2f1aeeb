//! From bytes to what a node answers.
//!
//! [`react`] runs the syntax check and then the processability check of every Geschäftsvorfall, and says for each what is to be sent.
//! It sends nothing and decides nothing about the business: that an APERAK 312 is due does not say that the request is granted.
//!
//! | | Strom | Gas |
//! |---|---|---|
//! | no error | APERAK 312 per Geschäftsvorfall | CONTRL 7 per interchange |
//! | processability | APERAK 313 | CONTRL 7, then APERAK 313 |
//! | syntax | CONTRL 4 | CONTRL 4 |
//! | APERAK received | nothing | CONTRL 7 |
//! | CONTRL received | nothing, whatever is wrong with it | same |
//!
//! Source: APERAK AHB 1.0/1.1 and CONTRL AHB 1.0. The rules are those of the receiver's Sparte.

use std::fmt;

use super::Sparte;
use super::contrl::Contrl;
use super::interchange::{Address, Interchange, Message};
use super::message::TypedMessage;
use super::processability::{self, ProcessabilityError};
use super::receive::ReceiveContext;
use super::syntax::{self, DeadLetter, SyntaxError, SyntaxVerdict, Unreadable};

/// How a Geschäftsvorfall without errors is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acknowledgement {
    /// The process sends APERAK 312.
    Aperak312,
    /// One CONTRL 7 for the whole interchange, see [`Reaction::contrl`].
    Contrl7,
    /// Acknowledgements are not acknowledged.
    Nothing,
}

/// The answer to one Geschäftsvorfall, or to the interchange as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// No error.
    Accepted {
        /// Place of the message in the interchange.
        message: usize,
        /// Place of the Vorgang in the message, where it has Vorgänge.
        transaction: Option<usize>,
        /// What is to be sent.
        acknowledgement: Acknowledgement,
        /// Byte offset of the message, or of the Vorgang.
        position: usize,
        /// The Geschäftsvorfall by name.
        what: String,
    },
    /// APERAK 313.
    Failed {
        /// Place of the message in the interchange.
        message: usize,
        /// Place of the Vorgang in the message, where it has Vorgänge.
        transaction: Option<usize>,
        /// Gas: a CONTRL 7 for the interchange goes first.
        after_contrl_7: bool,
        /// All errors, in the order of the message; at least one.
        errors: Vec<ProcessabilityError>,
    },
    /// CONTRL 4; the whole interchange counts as not received.
    Refused(SyntaxError),
    /// A damaged CONTRL: it is dropped in silence.
    Discarded(SyntaxError),
    /// Nobody can be answered.
    Unreadable(Unreadable),
}

/// All that follows from receiving some bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// Whom the answer goes to; `None` when nobody can be answered.
    pub address: Option<Address>,
    /// The test flag is set.
    pub is_test: bool,
    /// Whether a person should look at it, in addition to the answers.
    pub dead_letter: Option<DeadLetter>,
    /// What it says; `None` when it is not accepted as a whole.
    pub interchange: Option<Interchange>,
    /// The answers, in the order of the interchange; at least one.
    pub answers: Vec<Answer>,
}

/// What the receiver in `context` answers to `bytes`. Never panics; the same bytes in the same context give the same reaction.
///
/// ```
/// use mako_engine::Timestamp;
/// use mako_sim::edifact::pid::AllPids;
/// use mako_sim::edifact::{ReceiveContext, Sparte, react};
///
/// let context = ReceiveContext {
///     me: "9999000002010".parse().unwrap(),
///     sparte: Sparte::Strom,
///     received: "2025-11-06T09:01:00Z".parse().unwrap(),
///     releases: &|_: &str, _: Sparte, _: Timestamp| Some("S2.1".to_owned()),
///     pids: &AllPids,
///     ledger: &|_: &str, _: &str| false,
///     berlin_offset_seconds: &|_| 3600,
/// };
/// let bytes = b"UNB+UNOC:3+9999000001012:500+9999000002010:500+251106:1000+IC1'UNZ+1+IC2'";
/// let reaction = react(bytes, &context);
/// assert_eq!(reaction.to_string(), "CONTRL 4 UCI 28 at byte 69: UNZ refers to `IC2`, UNB is `IC1`");
/// assert_eq!(react(b"hello", &context).answers[0].verdict(), "unreadable");
/// ```
#[must_use]
pub fn react(bytes: &[u8], context: &ReceiveContext<'_>) -> Reaction {
    match syntax::check(bytes, context) {
        SyntaxVerdict::Unreadable(unreadable) => Reaction {
            address: None,
            is_test: false,
            dead_letter: Some(DeadLetter::Unreadable),
            interchange: None,
            answers: vec![Answer::Unreadable(unreadable)],
        },
        SyntaxVerdict::Refused(refusal) => Reaction {
            address: Some(refusal.address),
            is_test: refusal.is_test,
            dead_letter: refusal.error.dead_letter,
            interchange: None,
            answers: vec![if refusal.is_contrl { Answer::Discarded(refusal.error) } else { Answer::Refused(refusal.error) }],
        },
        SyntaxVerdict::Ok(interchange) => Reaction {
            address: Some(interchange.address.clone()),
            is_test: interchange.is_test,
            dead_letter: None,
            answers: answers(&interchange, context),
            interchange: Some(interchange),
        },
    }
}

fn answers(interchange: &Interchange, context: &ReceiveContext<'_>) -> Vec<Answer> {
    let mut answers = Vec::new();
    for (index, message) in interchange.messages.iter().enumerate() {
        if message.transactions.is_empty() {
            answers.push(answer(interchange, index, message, None, context));
        }
        for transaction in 0..message.transactions.len() {
            answers.push(answer(interchange, index, message, Some(transaction), context));
        }
    }
    answers
}

fn answer(interchange: &Interchange, index: usize, message: &Message, transaction: Option<usize>, context: &ReceiveContext<'_>) -> Answer {
    let errors = processability::check(interchange, index, transaction, context);
    if !errors.is_empty() {
        return Answer::Failed { message: index, transaction, after_contrl_7: context.sparte == Sparte::Gas, errors };
    }
    let acknowledgement = match (message.message_type.as_str(), context.sparte) {
        ("CONTRL", _) | ("APERAK", Sparte::Strom) => Acknowledgement::Nothing,
        (_, Sparte::Gas) => Acknowledgement::Contrl7,
        (_, Sparte::Strom) => Acknowledgement::Aperak312,
    };
    let vorgang = transaction.and_then(|t| message.transactions.get(t));
    let start = vorgang.and_then(|v| message.segments.get(v.range.start)).map(|ide| ide.bytes.start);
    let position = start.filter(|_| message.transactions.len() > 1).unwrap_or_else(|| message.position());
    let mut what = format!("{} {}", message.message_type, message.reference);
    if let Some(pid) = vorgang.and_then(|v| v.pid).or(message.pid) {
        what.push_str(&format!(", PID {pid}"));
    }
    if let Some(vorgang) = vorgang {
        what.push_str(&format!(", Vorgang {}", vorgang.vorgang));
    }
    Answer::Accepted { message: index, transaction, acknowledgement, position, what }
}

impl Reaction {
    /// The CONTRL that is to be sent: 4 for a refusal, 7 in Gas, otherwise none.
    #[must_use]
    pub fn contrl(&self) -> Option<Contrl> {
        let address = self.address.as_ref()?;
        self.answers.iter().find_map(|answer| match answer {
            Answer::Refused(error) => Some(Contrl::refusing(address, error)),
            Answer::Failed { after_contrl_7: true, .. } | Answer::Accepted { acknowledgement: Acknowledgement::Contrl7, .. } => {
                Some(Contrl::acknowledging(address))
            }
            _ => None,
        })
    }

    /// The accepted Geschäftsvorfälle as values, in order.
    #[must_use]
    pub fn accepted(&self) -> Vec<TypedMessage> {
        let Some(interchange) = &self.interchange else { return Vec::new() };
        let read = |message: usize, transaction| interchange.messages.get(message).and_then(|m| TypedMessage::read(m, transaction).ok());
        self.answers
            .iter()
            .filter_map(|answer| match answer {
                Answer::Accepted { message, transaction, .. } => read(*message, *transaction),
                _ => None,
            })
            .collect()
    }

    /// One line per message; several when its Vorgänge are answered differently. A refused interchange is one line.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<(Option<usize>, String, String)> = Vec::new();
        for answer in &self.answers {
            let (message, verdict) = (answer.message(), answer.verdict());
            if !lines.iter().any(|(m, v, _)| m.is_some() && *m == message && *v == verdict) {
                lines.push((message, verdict, answer.to_string()));
            }
        }
        lines.into_iter().map(|(_, _, line)| line).collect()
    }
}

impl fmt::Display for Reaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}

impl Answer {
    /// Place of the message this is about; `None` for answers to the interchange as a whole.
    #[must_use]
    pub fn message(&self) -> Option<usize> {
        match self {
            Self::Accepted { message, .. } | Self::Failed { message, .. } => Some(*message),
            Self::Refused(_) | Self::Discarded(_) | Self::Unreadable(_) => None,
        }
    }

    /// The verdict without place and reason, such as `accepted APERAK 312` or `CONTRL 4 UCI 28`.
    #[must_use]
    pub fn verdict(&self) -> String {
        match self {
            Self::Accepted { acknowledgement: Acknowledgement::Aperak312, .. } => "accepted APERAK 312".to_owned(),
            Self::Accepted { acknowledgement: Acknowledgement::Contrl7, .. } => "accepted CONTRL 7".to_owned(),
            Self::Accepted { acknowledgement: Acknowledgement::Nothing, .. } => "accepted without answer".to_owned(),
            Self::Failed { errors, .. } => {
                let mut codes: Vec<String> = Vec::new();
                for error in errors {
                    let code = error.erc.to_string();
                    if !codes.contains(&code) {
                        codes.push(code);
                    }
                }
                format!("APERAK 313 {}", codes.join(" "))
            }
            Self::Refused(error) => format!("CONTRL 4 {} {}", error.level, error.code),
            Self::Discarded(_) => "discarded".to_owned(),
            Self::Unreadable(_) => "unreadable".to_owned(),
        }
    }

    /// The byte offset that a reader should look at first.
    #[must_use]
    pub fn position(&self) -> usize {
        match self {
            Self::Accepted { position, .. } => *position,
            Self::Failed { errors, .. } => errors.first().map_or(0, |e| e.position),
            Self::Refused(error) | Self::Discarded(error) => error.position,
            Self::Unreadable(unreadable) => unreadable.position,
        }
    }

    /// Why, in words.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::Accepted { what, .. } => what.clone(),
            Self::Failed { errors, after_contrl_7, .. } => {
                let reasons: Vec<String> = errors.iter().map(|e| format!("{}: {}", e.erc, e.reason)).collect();
                format!("{}{}", reasons.join("; "), if *after_contrl_7 { " (after CONTRL 7)" } else { "" })
            }
            Self::Refused(error) if error.dead_letter.is_some() => format!("{} (also a dead letter)", error.reason),
            Self::Refused(error) | Self::Discarded(error) => error.reason.clone(),
            Self::Unreadable(unreadable) => unreadable.reason.clone(),
        }
    }
}

impl fmt::Display for Answer {
    /// Verdict, position, reason on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = self.reason().replace(|c: char| c.is_control(), " ");
        write!(f, "{} at byte {}: {reason}", self.verdict(), self.position())
    }
}
