//! From accepted bytes to processes: the EDIFACT boundary.
//!
//! Every accepted message is worked off in order of receipt, part by part; each part is one commit that settles it with everything
//! it causes. What the boundary itself answers (CONTRL, APERAK 313) and what belongs to nobody is an event on the boundary's own
//! stream. A crash resumes at the first part that is not settled.

use std::collections::BTreeSet;
use std::sync::Arc;

use mako_engine::boundary::{BoundaryEvent, boundary_stream};
use mako_engine::dead_letter::{AuditContext, DeadLetter, DeadLetterReason};
use mako_engine::engine::BoundaryNote;
use mako_engine::fristen::{Sparte, berlin};
use mako_engine::inbox::{InboxClaim, InboxEntry, InboxRefusal, InboxSettlement, Outcome};
use mako_engine::routing::Inbound;
use mako_engine::store::Page;
use mako_engine::version::{pid_row, release_of};
use mako_engine::{Cause, Commit, CommitError, CorrelationKey, ExecuteError, FormatVersion, Outgoing, RoleName, Timestamp, planted};
use tokio::sync::Notify;

use super::Engine;
use crate::application::AS4;
use crate::edifact::aperak::Geschaeftsvorfall;
use crate::edifact::contrl::ContrlFault;
use crate::edifact::pid::AllPids;
use crate::edifact::reaction::{Answer, Reaction};
use crate::edifact::syntax::Level;
use crate::edifact::{Aperak, Contrl, MpId, ReceiveContext, TypedMessage, react};
use crate::plan::Party;
use crate::received::{Original, ReceivedMessage, interchange_key, references, sent_key};
use crate::world::World;

/// How many accepted messages are read at once.
const BATCH: usize = 64;
/// How long to wait after the store failed.
const PAUSE_MS: i64 = 1_000;
/// For how long a message is claimed that is taken over: a crash keeps it from everybody for so long.
const OWN_LEASE_MS: i64 = 60_000;

/// Works off the inbox for ever.
pub(super) async fn work_off(world: &World, node: usize, engine: &Engine, changed: &Notify) {
    let Some(party) = world.plan.parties.get(node) else { return };
    let mut free_at = None;
    loop {
        // Messages that another worker has are looked at again when his lease ends.
        tokio::select! {
            biased;
            () = changed.notified() => {}
            () = engine.clock().sleep_until(free_at.unwrap_or(Timestamp::MAX)), if free_at.is_some() => {}
        }
        free_at = loop {
            match drain(world, party, engine).await {
                Ok(free_at) => break free_at,
                Err(error) => {
                    tracing::error!(%error, "the inbox cannot be worked off; it is tried again");
                    engine.clock().sleep_until(engine.clock().now().plus_ms(PAUSE_MS)).await;
                }
            }
        };
    }
}

/// Works off what is pending. A message under the lease of another worker waits, and so does what its sender sent after it; the first of
/// those leases ends at the instant that is answered.
pub(super) async fn drain(world: &World, party: &Party, engine: &Engine) -> Result<Option<Timestamp>, ExecuteError> {
    loop {
        let Page { rows: pending, unreadable } = engine.store().inbox_pending(BATCH).await?;
        if !unreadable.is_empty() {
            engine.set_aside(unreadable).await?;
            continue;
        }
        let (mut free_at, mut worked, mut waits) = (None::<Timestamp>, false, BTreeSet::new());
        for entry in pending {
            // What the same sender sent later does not overtake it.
            if waits.contains(&entry.key.sender) {
                continue;
            }
            match work_on(world, party, engine, &entry).await {
                Err(ExecuteError::Commit(CommitError::InboxClaimed { until, .. })) => {
                    free_at = Some(free_at.map_or(until, |first| first.min(until)));
                    waits.insert(entry.key.sender);
                }
                ended => {
                    ended?;
                    worked = true;
                }
            }
        }
        if !worked {
            return Ok(free_at);
        }
    }
}

/// What the boundary does with one part.
enum Part {
    /// A process takes it.
    Process(Box<Inbound>),
    /// The boundary answers, or notes it.
    Boundary(Box<Settled>),
}

/// How the boundary settles a part by itself.
struct Settled {
    event: BoundaryEvent,
    answers: Vec<Outgoing>,
    dead_letter: Option<DeadLetterReason>,
    outcome: Outcome,
}

impl Settled {
    /// The part goes to the dead letters.
    fn dead(about: String, reason: DeadLetterReason) -> Part {
        let event = BoundaryEvent::DeadLettered { about, reason: reason.clone() };
        Part::Boundary(Box::new(Self { event, answers: Vec::new(), dead_letter: Some(reason), outcome: Outcome::DeadLettered }))
    }

    /// The part is noted, and needs no answer.
    fn noted(about: String, says: String, dead_letter: Option<DeadLetterReason>) -> Part {
        let event = BoundaryEvent::Noted { about, says };
        Part::Boundary(Box::new(Self { event, answers: Vec::new(), dead_letter, outcome: Outcome::Processed }))
    }

    /// The part is refused with `answer`, which `answers` say.
    fn refused(about: String, answer: String, answers: Vec<Outgoing>, dead_letter: Option<DeadLetterReason>) -> Part {
        let event = BoundaryEvent::Refused { about, answer };
        Part::Boundary(Box::new(Self { event, answers, dead_letter, outcome: Outcome::Refused }))
    }
}

/// Takes over a message that was claimed by somebody who has not settled it; what nobody ever claimed needs no claim. The token under which
/// it is settled then.
///
/// # Errors
/// [`CommitError::InboxClaimed`] while the lease stands.
async fn take_over(engine: &Engine, entry: &InboxEntry) -> Result<Option<u64>, ExecuteError> {
    if entry.lease.is_none() {
        return Ok(None);
    }
    let (now, key) = (engine.clock().now(), entry.key.clone());
    let cause = Cause::Message { inbox: key.clone(), part: 0 };
    let mut commit = Commit::new(engine.tenant().clone(), boundary_stream(), now, cause);
    commit.claims_inbox = Some(InboxClaim { key, until: now.plus_ms(OWN_LEASE_MS) });
    Ok(engine.commit(commit).await?.inbox_token)
}

async fn work_on(world: &World, party: &Party, engine: &Engine, entry: &InboxEntry) -> Result<(), ExecuteError> {
    let token = take_over(engine, entry).await?;
    let bytes = engine.store().inbox_payload(&entry.key).await?.unwrap_or_default();
    let reaction = examine(world, party, engine, entry, &bytes).await?;
    let known_as = reaction.address.as_ref().map(|a| interchange_key(&a.sender.number, &a.reference));
    // In Gas every interchange is acknowledged with CONTRL 7, which settles a part of its own, before its messages.
    let contrl_7 = reaction.contrl().filter(|contrl| contrl.fault.is_none());
    let ahead = usize::from(contrl_7.is_some());
    let last = (reaction.answers.len() + ahead).saturating_sub(1);
    // What was put back from the dead letters is settled again; the rest of its interchange is not.
    let again = !entry.put_back.is_empty();
    if entry.settled.len() > last && !again {
        // Whoever reads the inbox would meet it again at once, and for ever.
        let (key, part) = (entry.key.clone(), u32::try_from(entry.settled.len()).unwrap_or(u32::MAX));
        return Err(CommitError::InboxConflict { key, part, reason: InboxRefusal::SettledBefore }.into());
    }
    if let (Some(contrl), true) = (contrl_7, entry.settled.is_empty()) {
        acknowledge(world, engine, entry, &reaction, contrl, token).await?;
    }
    for (number, answer) in reaction.answers.iter().enumerate() {
        let part = u32::try_from(number + ahead).unwrap_or(u32::MAX);
        if !entry.is_open(part) {
            continue;
        }
        // A refused interchange was never received: its reference stays free for the corrected one.
        let counts = part == 0 && matches!(answer, Answer::Accepted { .. } | Answer::Failed { .. });
        let correlations: Vec<CorrelationKey> = known_as.iter().filter(|_| counts).cloned().collect();
        let settles = InboxSettlement { key: entry.key.clone(), part, last: number + ahead == last, outcome: Outcome::Processed, token };
        let audit = audit_of(party, engine, entry, &reaction, answer);
        let answered = answered(world, party, engine, &reaction, answer).await?;
        match part_of(world, party, entry, &reaction, number, answer, answered, audit)? {
            Part::Process(inbound) => {
                // What began with a message about a location is then found by the next one of that kind, living or not.
                let kept = inbound.references.iter().filter(|_| planted!(ResumesTheFinished)).cloned();
                drop(engine.receive(&inbound, settles, correlations.into_iter().chain(kept).collect()).await?);
            }
            Part::Boundary(settled) => {
                let Settled { event, answers, dead_letter, outcome } = *settled;
                let about = match &event {
                    BoundaryEvent::Refused { about, .. }
                    | BoundaryEvent::DeadLettered { about, .. }
                    | BoundaryEvent::Noted { about, .. }
                    | BoundaryEvent::PutBack { about, .. } => about,
                    // No message is about that; its words are the nearest there is.
                    BoundaryEvent::Shredded { because, .. } => because,
                };
                let dead_letter = dead_letter.map(|reason| DeadLetter { reason, about: about.clone() });
                let settles = InboxSettlement { outcome, ..settles };
                engine.note(BoundaryNote { event, answers, dead_letter, correlations, settles }).await?;
            }
        }
    }
    Ok(())
}

/// Says with CONTRL 7 that the interchange was received. From then on its reference is known.
async fn acknowledge(
    world: &World,
    engine: &Engine,
    entry: &InboxEntry,
    reaction: &Reaction,
    contrl: Contrl,
    token: Option<u64>,
) -> Result<(), ExecuteError> {
    let sender = reaction.address.as_ref().map_or(entry.key.sender.as_str(), |address| address.sender.number.as_str());
    let from = world.node_of(sender).map_or(sender, |node| world.name(node));
    let (about, says) = (format!("interchange from {from}"), "acknowledged with CONTRL 7".to_owned());
    let correlations = reaction.address.iter().map(|address| interchange_key(&address.sender.number, &address.reference)).collect();
    let settles = InboxSettlement { key: entry.key.clone(), part: 0, last: false, outcome: Outcome::Processed, token };
    let answers = queued(sender, "CONTRL 7", Some(TypedMessage::Contrl(contrl)))?;
    let note = BoundaryNote { event: BoundaryEvent::Noted { about, says }, answers, dead_letter: None, correlations, settles };
    engine.note(note).await.map(drop)
}

/// A message of our own that a CONTRL is about, and the key that finds the process which sent it.
struct AnsweredMessage {
    kind: String,
    key: CorrelationKey,
}

/// The message of a process that `answer`, if it is a CONTRL, refuses; in Gas also the one that it takes. What the boundary itself sent
/// belongs to no process.
async fn answered(
    world: &World,
    party: &Party,
    engine: &Engine,
    reaction: &Reaction,
    answer: &Answer,
) -> Result<Option<AnsweredMessage>, ExecuteError> {
    let Answer::Accepted { message, .. } = answer else { return Ok(None) };
    let original = reaction.interchange.as_ref().and_then(|interchange| interchange.messages.get(*message));
    let Some(original) = original.filter(|original| original.message_type == "CONTRL") else { return Ok(None) };
    let Ok(contrl) = Contrl::read(original) else { return Ok(None) };
    // Code 26 says that the interchange was there before: what was refused is its repetition.
    if contrl.fault.as_ref().is_some_and(is_repetition) || planted!(HearsNoRefusal) {
        return Ok(None);
    }
    let Some(from) = reaction.address.as_ref().map(|address| &address.sender.number) else { return Ok(None) };
    for kind in world.application.sends() {
        let key = sent_key(&party.mp_id, from, &contrl.original_interchange, kind);
        if !engine.store().correlated(engine.tenant(), &key).await?.is_empty() {
            // In Strom nobody waits to hear that something was taken, also when the partner is one of Gas and says so.
            let awaited = contrl.fault.is_some() || market_of(kind).unwrap_or(party.sparte) == Sparte::Gas;
            return Ok(awaited.then(|| AnsweredMessage { kind: kind.clone(), key }));
        }
    }
    Ok(None)
}

/// The market of a message that a process calls `kind`, such as `UTILMD 44016`, where its Prüfidentifikator is used in one only.
fn market_of(kind: &str) -> Option<Sparte> {
    pid_row(kind.split(' ').find_map(|word| word.parse().ok())?)?.only_in()
}

/// Whether a CONTRL refuses an interchange because its reference was there before.
fn is_repetition(fault: &ContrlFault) -> bool {
    fault.level == Level::Uci && fault.code == 26
}

/// What the boundary finds in the bytes.
async fn examine(world: &World, party: &Party, engine: &Engine, entry: &InboxEntry, bytes: &[u8]) -> Result<Reaction, ExecuteError> {
    // The boundary is pure, so what it may ask about the past is looked up first: whether this interchange was here before. An
    // interchange that is worked on for the second time after a crash finds its own reference; its settled parts tell it apart.
    let mut seen = BTreeSet::new();
    let as_if = |at| world.node(&party.name).map_or(at, |node| world.as_if(node, at));
    let releases = |message_type: &str, sparte: Sparte, at: Timestamp| release_of(message_type, sparte, as_if(at)).map(str::to_owned);
    let offset = |at: Timestamp| berlin::local(at).2;
    let context = |ledger: &dyn Fn(&str, &str) -> bool| {
        let ledger = &ledger;
        react(
            bytes,
            &ReceiveContext {
                me: party.mp_id,
                sparte: party.sparte,
                received: entry.received_at,
                releases: &releases,
                pids: &AllPids,
                ledger,
                berlin_offset_seconds: &offset,
            },
        )
    };
    let first_look = context(&|_, _| false);
    if let (Some(address), true) = (&first_look.address, entry.settled.is_empty()) {
        let key = interchange_key(&address.sender.number, &address.reference);
        if !engine.store().correlated(engine.tenant(), &key).await?.is_empty() {
            seen.insert((address.sender.number.clone(), address.reference.clone()));
        }
    }
    if seen.is_empty() {
        Ok(first_look)
    } else {
        Ok(context(&|sender, reference| seen.contains(&(sender.to_owned(), reference.to_owned()))))
    }
}

/// What is known about the part that `answer` answers, should it go to the dead letters: from the interchange as far as it could be
/// read, and from the transport.
fn audit_of(party: &Party, engine: &Engine, entry: &InboxEntry, reaction: &Reaction, answer: &Answer) -> AuditContext {
    let address = reaction.address.as_ref();
    let mut audit = AuditContext::at(engine.clock().now())
        .tenant(engine.tenant().clone())
        .sender_mp_id(address.map_or(entry.key.sender.as_str(), |address| address.sender.number.as_str()))
        .receiver_mp_id(address.map_or_else(|| party.mp_id.to_string(), |address| address.receiver.number.clone()))
        .correlation_id(entry.key.message_id.as_str());
    audit.message_reference = address.map(|address| address.reference.clone());
    let message_reference = |message: &str| address.map(|address| format!("{}/{message}", address.reference));
    match answer {
        Answer::Accepted { message, transaction, .. } | Answer::Failed { message, transaction, .. } => {
            let Some(original) = reaction.interchange.as_ref().and_then(|interchange| interchange.messages.get(*message)) else {
                return audit;
            };
            let vorgang = transaction.and_then(|place| original.transactions.get(place));
            audit.message_type = Some(original.message_type.clone());
            audit.release_code = Some(original.release.clone());
            audit.pid = vorgang.and_then(|vorgang| vorgang.pid).or(original.pid).map(|pid| pid.to_string());
            audit.message_reference = message_reference(&original.reference);
        }
        Answer::Refused(error) | Answer::Discarded(error) => {
            if let Some(original) = &error.message {
                // S009: message type, version, release, agency, and the code that the association assigned.
                audit.message_type = original.identifier.first().cloned();
                audit.release_code = original.identifier.get(4).cloned();
                audit.message_reference = message_reference(&original.reference);
            }
        }
        Answer::Unreadable(_) => {}
    }
    audit
}

#[expect(clippy::too_many_arguments, reason = "one part of one interchange: everything that is known about it")]
fn part_of(
    world: &World,
    party: &Party,
    entry: &InboxEntry,
    reaction: &Reaction,
    number: usize,
    answer: &Answer,
    answered: Option<AnsweredMessage>,
    audit: AuditContext,
) -> Result<Part, ExecuteError> {
    let audit = Box::new(audit);
    let sender = reaction.address.as_ref().map_or(entry.key.sender.as_str(), |a| a.sender.number.as_str());
    let from = world.node_of(sender).map_or(sender, |node| world.name(node));
    Ok(match answer {
        Answer::Unreadable(unreadable) => {
            let detail = format!("{} at byte {}", unreadable.reason, unreadable.position);
            Settled::dead(format!("bytes from {from}"), DeadLetterReason::Unreadable { detail, audit })
        }
        Answer::Discarded(error) => Settled::noted(format!("CONTRL from {from}"), format!("damaged: {}", error.reason), None),
        Answer::Refused(error) => {
            let said = format!("CONTRL 4 {} {}", error.level, error.code);
            let contrl = reaction.address.as_ref().map(|address| TypedMessage::Contrl(Contrl::refusing(address, error)));
            let dead_letter =
                reaction.dead_letter.map(|_| DeadLetterReason::Refused { answer: format!("{said}: {}", error.reason), audit });
            let answers = queued(sender, &said, contrl)?;
            Settled::refused(format!("interchange from {from}"), said, answers, dead_letter)
        }
        Answer::Failed { message, transaction, errors, .. } => {
            let vorfall = reaction.interchange.as_ref().map(|interchange| Geschaeftsvorfall {
                interchange,
                message: *message,
                transaction: *transaction,
            });
            let document = format!("{}{number}", mako_engine::Id::from_u128(blake3_u128(&entry.key.message_id)).token(20));
            let aperak =
                vorfall.and_then(|vorfall| Aperak::failing(vorfall, &document, entry.received_at, errors)).map(TypedMessage::Aperak);
            let codes: Vec<String> = errors.iter().map(|e| e.erc.to_string()).collect();
            let said = format!("APERAK 313 {}", codes.join(" "));
            let answers = queued(sender, &said, aperak)?;
            Settled::refused(about(world, reaction, *message, *transaction, from), said, answers, None)
        }
        Answer::Accepted { message, transaction, .. } => {
            accepted(world, party, entry, reaction, (*message, *transaction), from, answered, audit)?
        }
    })
}

#[expect(clippy::too_many_arguments, reason = "one part of one interchange: everything that is known about it")]
fn accepted(
    world: &World,
    party: &Party,
    entry: &InboxEntry,
    reaction: &Reaction,
    (message, transaction): (usize, Option<usize>),
    from: &str,
    answered: Option<AnsweredMessage>,
    audit: Box<AuditContext>,
) -> Result<Part, ExecuteError> {
    let about = about(world, reaction, message, transaction, from);
    let original = reaction.interchange.as_ref().and_then(|i| i.messages.get(message).map(|m| (i, m)));
    let Some((interchange, original)) = original else {
        let detail = "the boundary accepted a message that is not there".to_owned();
        return Ok(Settled::dead(about, DeadLetterReason::Unreadable { detail, audit }));
    };
    let dead = |about: String, detail: String| Settled::dead(about, DeadLetterReason::ProcessingError { detail, audit: audit.clone() });
    if reaction.is_test {
        return Ok(dead(about, "a test interchange (UNB 0035) is not for the business".to_owned()));
    }
    let typed = match TypedMessage::read(original, transaction) {
        Ok(typed) => world.in_own_numbers(&party.mp_id, typed),
        Err(error) => return Ok(dead(about, error.to_string())),
    };
    if let (TypedMessage::Contrl(contrl), None) = (&typed, &answered) {
        let says = match &contrl.fault {
            None => "our interchange was taken",
            Some(fault) if is_repetition(fault) => "our interchange was there before",
            Some(_) => "our interchange was refused",
        };
        let reason = contrl
            .fault
            .as_ref()
            .filter(|fault| !is_repetition(fault))
            .map(|fault| DeadLetterReason::Refused { answer: format!("CONTRL 4 {} {}", fault.level, fault.code), audit: audit.clone() });
        return Ok(Settled::noted(about, says.to_owned(), reason));
    }
    let Ok(sender) = interchange.address.sender.number.parse::<MpId>() else {
        return Ok(dead(about, format!("{} is no MP-ID", interchange.address.sender.number)));
    };
    let (message_type, pid) = (original.message_type.clone(), original.pid.map(|pid| pid.to_string()));
    let vorgang = transaction.and_then(|t| original.transactions.get(t)).map(|t| t.vorgang.clone());
    let document_time = original.document_time().unwrap_or(entry.received_at);
    let received = ReceivedMessage {
        rulebook: if planted!(CountsByTheOldHolidays) { world.plan.rulebook } else { world.rulebook() },
        me: party.mp_id,
        from: sender,
        sparte: party.sparte,
        received_at: if planted!(CountsFromTheSending) { document_time } else { entry.received_at },
        original: Original {
            interchange: interchange.address.reference.clone(),
            document: original.document.clone(),
            document_time,
            vorgang,
        },
        about_sent: answered.as_ref().map(|sent| sent.kind.clone()),
        message: typed,
    };
    let references = match answered {
        Some(sent) => vec![sent.key],
        None => references(&party.mp_id, &received.from, &received.message),
    };
    Ok(Part::Process(Box::new(Inbound {
        message_type,
        pid,
        sparte: original.sparte(party.sparte),
        role: RoleName::new(&party.role),
        format_version: FormatVersion::at(world.node(&party.name).map_or(entry.received_at, |node| world.as_if(node, entry.received_at))),
        sender: sender.to_string(),
        received_at: entry.received_at,
        references,
        // CONTRL 26 has answered an interchange that was here before.
        idempotency_key: None,
        about,
        audit: *audit,
        body: Arc::new(received),
    })))
}

/// The message as people would name it.
fn about(world: &World, reaction: &Reaction, message: usize, transaction: Option<usize>, from: &str) -> String {
    let Some(original) = reaction.interchange.as_ref().and_then(|i| i.messages.get(message)) else { return format!("message from {from}") };
    let pid = original.pid.map(|pid| pid.to_string());
    let word = world.application.word(&original.message_type, pid.as_deref());
    let part = transaction.filter(|_| original.transactions.len() > 1).map(|t| format!(", Vorgang {}", t + 1)).unwrap_or_default();
    let named: Vec<&str> =
        [original.message_type.as_str(), pid.as_deref().unwrap_or(""), word].into_iter().filter(|w| !w.is_empty()).collect();
    format!("{} from {from}{part}", named.join(" "))
}

/// An answer of the boundary, ready for the outbox; nothing when there is nobody to answer.
fn queued(to: &str, kind: &str, message: Option<TypedMessage>) -> Result<Vec<Outgoing>, ExecuteError> {
    message.map(|message| Outgoing::new(AS4, to, kind, &message).map_err(ExecuteError::from)).into_iter().collect()
}

/// A number that is the same whenever this message is worked on.
fn blake3_u128(text: &str) -> u128 {
    blake3::hash(text.as_bytes()).as_bytes().first_chunk::<16>().map_or(0, |chunk| u128::from_be_bytes(*chunk))
}
