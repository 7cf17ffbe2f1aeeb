//! A received message as a workflow sees it: the typed content, who sent it, when it was received, and what an answer must name.

use mako_engine::commit::NewOutboxMessage;
use mako_engine::fristen::{RulebookId, Sparte};
use mako_engine::{CorrelationKey, Id, Timestamp};
use serde::{Deserialize, Serialize};

use crate::application::AS4;
use crate::edifact::{Auftrag, Liefermonat, Lokation, MpId, Summenzeitreihe, TypedMessage};

/// What an answer names of the message that it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Original {
    /// UNB 0020, for RFF+ACE.
    pub interchange: String,
    /// BGM 1004, for RFF+AGO.
    pub document: String,
    /// DTM+137, for DTM+171.
    pub document_time: Timestamp,
    /// IDE+24, for RFF+TN.
    pub vorgang: Option<String>,
}

/// What a node tells a process about a delivery, beside the instant on the receipt: [`mako_engine::Delivered::answer`] of a message that
/// left by AS4 and fulfils a Frist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryNote {
    /// When the Frist was due that stood when the message left.
    pub due: Timestamp,
}

/// A received message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReceivedMessage {
    /// The rulebook that governs here.
    pub rulebook: RulebookId,
    /// Who received it.
    pub me: MpId,
    /// Who sent it.
    pub from: MpId,
    /// The receiver's Sparte.
    pub sparte: Sparte,
    /// The instant on the AS4 receipt: the ÜT/ÜZ.
    pub received_at: Timestamp,
    /// What an answer names.
    pub original: Original,
    /// What the receiver's process called the message of its own that this one is about, when only an interchange is named.
    pub about_sent: Option<String>,
    /// The content.
    pub message: TypedMessage,
}

/// The key under which a Vorgang of `sender` finds its process: Vorgangsnummern are unique per sender only. Where a message type has no
/// Vorgänge, its document number serves.
#[must_use]
pub fn vorgang_key(sender: &MpId, vorgang: &str) -> CorrelationKey {
    CorrelationKey::new(format!("Vorgang/{sender}/{vorgang}"))
}

/// The key under which one kind of message of `partner` about a location finds the process with that partner that waits for it.
#[must_use]
pub fn message_key(partner: &MpId, lokation: &Lokation, pid: &str) -> CorrelationKey {
    CorrelationKey::new(format!("{}/{lokation}/{partner}/{pid}", lokation.kind()))
}

/// The key under which the versions of a Summenzeitreihe of `sender` find the process about their Zählpunkt and month.
#[must_use]
pub fn series_key(sender: &MpId, zaehlpunkt: &Lokation, month: Liefermonat) -> CorrelationKey {
    CorrelationKey::new(format!("Summenzeitreihe/{zaehlpunkt}/{month}/{sender}"))
}

/// The key under which an interchange of `sender` is known once it was received.
#[must_use]
pub fn interchange_key(sender: &str, reference: &str) -> CorrelationKey {
    CorrelationKey::new(format!("interchange/{sender}/{reference}"))
}

/// UNB 0020 of the interchange that carries the queued message `id`: the same on every try.
#[must_use]
pub fn interchange_reference(id: Id) -> String {
    id.token(12)
}

/// The key under which the interchange `reference`, which `sender` sent to `recipient`, finds the process whose message of `kind` it
/// carries. Only its recipient can say anything about it.
#[must_use]
pub fn sent_key(sender: &MpId, recipient: &str, reference: &str, kind: &str) -> CorrelationKey {
    CorrelationKey::new(format!("sent/{sender}/{recipient}/{reference}/{kind}"))
}

/// Under which key a process of `me` is found by what is said about an interchange that it `queued`; `None` for what does not leave by AS4.
#[must_use]
pub fn sent_under(me: &MpId, queued: &NewOutboxMessage) -> Option<CorrelationKey> {
    let by_as4 = queued.message.channel == AS4;
    by_as4.then(|| sent_key(me, &queued.message.recipient, &interchange_reference(queued.id), &queued.message.kind))
}

/// What `message` of `from` refers to: the receiver's own Vorgang or document that it answers, or the sender's own request or order that it
/// takes back or changes; where it answers nothing, what waits for this kind of message about its location.
#[must_use]
pub fn references(me: &MpId, from: &MpId, message: &TypedMessage) -> Vec<CorrelationKey> {
    if let TypedMessage::Other(other) = message
        && let Some(Summenzeitreihe { zaehlpunkt, month, .. }) = Summenzeitreihe::of(other)
    {
        return vec![series_key(from, &zaehlpunkt, month)];
    }
    let (vorgang, lokation, pid) = match message {
        // A CONTRL names an interchange alone; only its sender knows what was in it.
        TypedMessage::Contrl(_) => (None, None, None),
        TypedMessage::Utilmd(utilmd) => (utilmd.request_vorgang.as_deref(), utilmd.lokation(), Some(utilmd.pid)),
        TypedMessage::Aperak(aperak) => (aperak.original_vorgang.as_deref().or(Some(aperak.original_document.as_str())), None, None),
        TypedMessage::Other(other) => (other.answered(), Auftrag::of(other).and_then(|auftrag| auftrag.lokation), other.pid),
    };
    // Who takes a request back names its own.
    if let TypedMessage::Utilmd(utilmd) = message
        && let Some(own) = &utilmd.takes_back
    {
        return vec![vorgang_key(from, own)];
    }
    // Who changes an order, too.
    if let (TypedMessage::Other(other), Some(order)) = (message, vorgang)
        && other.message_type == "ORDCHG"
    {
        return vec![vorgang_key(from, order)];
    }
    // A message that names a Vorgang belongs to it or to nobody.
    if let Some(vorgang) = vorgang {
        return vec![vorgang_key(me, vorgang)];
    }
    lokation.zip(pid).map(|(lokation, pid)| message_key(from, &lokation, &pid.to_string())).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_takes_an_order_back_names_its_own_order_and_who_answers_one_that_of_the_other() {
        let (nb, lf): (MpId, MpId) = ("9999000002010".parse().unwrap(), "9999000001020".parse().unwrap());
        let about_the_order = |message_type: &str, pid: &str| {
            let answers = Some("D1".to_owned());
            let auftrag = Auftrag { answers, ..Auftrag::new(message_type, pid.parse().unwrap(), "D2") };
            TypedMessage::Other(auftrag.message().unwrap())
        };
        assert_eq!(references(&nb, &lf, &about_the_order("ORDCHG", "39000")), [vorgang_key(&lf, "D1")]);
        assert_eq!(references(&lf, &nb, &about_the_order("ORDRSP", "19116")), [vorgang_key(&lf, "D1")]);
    }

    #[test]
    fn only_the_recipient_of_a_message_can_refuse_it() {
        let me: MpId = "9999000002010".parse().unwrap();
        let sent = sent_key(&me, "9999000001012", "IC1", "UTILMD 55003");
        assert_eq!(sent, sent_key(&me, "9999000001012", "IC1", "UTILMD 55003"));
        assert_ne!(sent, sent_key(&me, "9999000003018", "IC1", "UTILMD 55003"));
    }
}
