//! The tries to deliver a message, and which of them are told.
//!
//! A message into a dead line is tried again and again. Told are its first try, the try in which its recipient accepted it, the
//! first that brought a receipt, and its last; the ones between only repeat what the first said.

use std::collections::BTreeMap;

use mako_engine::Timestamp;

use crate::trace::{Entry, TryEnd, What};

/// One try.
#[derive(Debug, Clone)]
pub(super) struct Try {
    /// The entry in which it begins.
    pub(super) begins: usize,
    /// How it ended; `None` when nobody saw its end.
    pub(super) end: Option<TryEnd>,
    /// When the recipient accepted the message in this try.
    pub(super) accepted: Option<Timestamp>,
    /// Whether its sender crashed before its end.
    pub(super) sender_crashed: bool,
}

impl Try {
    pub(super) const fn has_receipt(&self) -> bool {
        matches!(self.end, Some(TryEnd::Receipt(_)))
    }
}

/// One message.
#[derive(Debug, Clone, Default)]
pub(super) struct Message {
    /// What it is.
    pub(super) label: String,
    /// Who sent it.
    pub(super) sender: String,
    /// To whom.
    pub(super) to: String,
    /// The message that it answers.
    pub(super) answers: Option<String>,
    /// The release in which it is written, where that is known.
    pub(super) release: Option<String>,
    /// When the Frist that its delivery fulfils is due, as its first try says; after it has fired, later tries no longer do.
    pub(super) fulfils: Option<Timestamp>,
    /// The stream that sent it.
    pub(super) stream: Option<String>,
    /// Every try, in order.
    pub(super) tries: Vec<Try>,
}

impl Message {
    /// Whether a receipt ever came back.
    pub(super) fn is_delivered(&self) -> bool {
        self.tries.iter().any(Try::has_receipt)
    }

    fn is_told(&self, place: usize) -> bool {
        let accepted = self.tries.iter().position(|t| t.accepted.is_some());
        let receipt = self.tries.iter().position(Try::has_receipt);
        [Some(0), accepted, receipt, self.tries.len().checked_sub(1)].contains(&Some(place))
    }
}

/// A try that is told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) message: &'a Message,
    pub(super) this: &'a Try,
    pub(super) is_first: bool,
    pub(super) is_last: bool,
}

/// Every message of a run.
#[derive(Debug, Default)]
pub(super) struct Messages {
    by_id: BTreeMap<String, Message>,
    /// By the entry in which it begins: the message and the place of the try.
    begun: BTreeMap<usize, (String, usize)>,
    /// By the entry that says so: the message that arrived again, and in which try.
    again: BTreeMap<usize, (String, usize)>,
}

impl Messages {
    /// The messages of `entries`.
    pub(super) fn of(entries: &[Entry]) -> Self {
        let mut messages = Self::default();
        let mut open: BTreeMap<u64, (String, usize)> = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            match &entry.what {
                What::TryBegins { exchange, message_id, to, label, answers, stream, fulfils, release, .. } => {
                    let message = messages.by_id.entry(message_id.clone()).or_default();
                    message.label.clone_from(label);
                    message.sender.clone_from(&entry.party);
                    message.stream.clone_from(stream);
                    message.to.clone_from(to);
                    message.answers.clone_from(answers);
                    message.release.clone_from(release);
                    message.fulfils = message.fulfils.or(*fulfils);
                    message.tries.push(Try { begins: index, end: None, accepted: None, sender_crashed: false });
                    let at = (message_id.clone(), message.tries.len() - 1);
                    open.insert(*exchange, at.clone());
                    messages.begun.insert(index, at);
                }
                What::TryEnds { exchange, end } => {
                    if let Some(this) = open.remove(exchange).and_then(|at| messages.a_try(&at)) {
                        this.end = Some(end.clone());
                    }
                }
                What::Accepted { message_id, .. } => {
                    let last = messages.by_id.get_mut(message_id).and_then(|message| message.tries.last_mut());
                    if let Some(this) = last.filter(|this| this.end.is_none()) {
                        this.accepted = Some(entry.at);
                    }
                }
                What::Duplicate { message_id, .. } => {
                    if let Some(at) = open.values().find(|(id, _)| id == message_id) {
                        messages.again.insert(index, at.clone());
                    }
                }
                What::Crash { .. } => messages.sender_crashed(&mut open, &entry.party),
                _ => {}
            }
        }
        messages
    }

    fn a_try(&mut self, (id, place): &(String, usize)) -> Option<&mut Try> {
        self.by_id.get_mut(id)?.tries.get_mut(*place)
    }

    fn sender_crashed(&mut self, open: &mut BTreeMap<u64, (String, usize)>, party: &str) {
        open.retain(|_, (id, place)| {
            let Some(message) = self.by_id.get_mut(id).filter(|message| message.sender == party) else { return true };
            if let Some(this) = message.tries.get_mut(*place) {
                this.sender_crashed = true;
            }
            false
        });
    }

    /// The message with this id, if a try to deliver it ever began.
    pub(super) fn get(&self, id: &str) -> Option<&Message> {
        self.by_id.get(id)
    }

    /// The try that begins in entry number `index`, if it is told.
    pub(super) fn told(&self, index: usize) -> Option<Told<'_>> {
        let (id, place) = self.begun.get(&index)?;
        let message = self.by_id.get(id).filter(|message| message.is_told(*place))?;
        let this = message.tries.get(*place)?;
        Some(Told { message, this, is_first: *place == 0, is_last: *place + 1 == message.tries.len() })
    }

    /// The try that begins in entry number `index`, when it is one that is not told: its message by id, and the try.
    pub(super) fn untold(&self, index: usize) -> Option<(&str, &Message, &Try)> {
        let (id, place) = self.begun.get(&index)?;
        let message = self.by_id.get(id).filter(|message| !message.is_told(*place))?;
        Some((id, message, message.tries.get(*place)?))
    }

    /// Every message, by its id.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &Message)> {
        self.by_id.iter().map(|(id, message)| (id.as_str(), message))
    }

    /// Whether the arrival of a duplicate in entry number `index` is told: not when it belongs to a try that is left out.
    pub(super) fn duplicate_is_told(&self, index: usize) -> bool {
        let Some((id, place)) = self.again.get(&index) else { return true };
        self.by_id.get(id).is_some_and(|message| message.is_told(*place))
    }

    /// Whether entry number `index` accepts a message in a try of its own, whose line says so already.
    pub(super) fn acceptance_is_told(&self, id: &str, at: Timestamp) -> bool {
        self.by_id.get(id).is_some_and(|message| message.tries.iter().any(|this| this.accepted == Some(at)))
    }

    /// Whether the line of a message of the process `stream`, of the type of `kind`, tells the receipt of `received_at`.
    pub(super) fn receipt_is_told(&self, party: &str, stream: &str, kind: &str, received_at: Timestamp) -> bool {
        let message_type = |text: &str| text.split(' ').next().unwrap_or_default().to_owned();
        let receipt = Some(TryEnd::Receipt(received_at));
        self.by_id.values().any(|message| {
            message.sender == party
                && message.stream.as_deref() == Some(stream)
                && message_type(&message.label) == message_type(kind)
                && message.tries.iter().any(|this| this.end == receipt)
        })
    }

    /// The id of the message of kind `kind`, such as `UTILMD 55001`, that the process `stream` sent last before entry `index`.
    pub(super) fn sent_by(&self, party: &str, stream: &str, kind: &str, index: usize) -> Option<&str> {
        let of_kind =
            |message: &Message| message.label == kind || message.label.strip_prefix(kind).is_some_and(|rest| rest.starts_with(' '));
        let first_try = |message: &Message| message.tries.first().map(|this| this.begins).filter(|begins| *begins < index);
        let sent = self.by_id.iter().filter(|(_, m)| m.sender == party && m.stream.as_deref() == Some(stream) && of_kind(m));
        let (_, id) = sent.filter_map(|(id, message)| Some((first_try(message)?, id))).max()?;
        Some(id)
    }

    /// Whether the process `stream` sent a message with this Prüfidentifikator before entry `index`.
    pub(super) fn has_sent(&self, party: &str, stream: &str, pid: &str, index: usize) -> bool {
        self.by_id.values().any(|message| {
            let begun = message.tries.first().is_some_and(|this| this.begins < index);
            begun && message.sender == party && message.stream.as_deref() == Some(stream) && message.label.split(' ').nth(1) == Some(pid)
        })
    }
}
