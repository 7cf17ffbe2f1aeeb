//! Replaying a recorded conversation against the nodes.
//!
//! Each message enters its receiver's node at the instant of its receipt, through the same boundary and the same engine as in a
//! simulation, and counts as sent by its sender's node: what that node queued by itself is matched with it, what it could not know
//! (that somebody began a process, what a back office decided) is taken from the recording. The nodes' own answers are computed and
//! compared, never transmitted. Virtual time runs between the messages, so that silence has its consequences.
//!
//! Due instants come from the deadlines that the nodes set. Where no process here takes a message, they come from the rulebook, and
//! the report says so.

mod nodes;
mod report;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use mako_engine::Timestamp;
use mako_engine::fristen::rule::Rule;
use mako_engine::fristen::{Rulebook, RulebookId, Sparte, WindowKind, berlin};

use crate::application::Application;
use crate::conversation::{Conversation, Due, RecordedStep, load};
use crate::edifact::interchange::Interchange;
use crate::edifact::pid::AllPids;
use crate::edifact::{MpId, ReceiveContext, TypedMessage, Utilmd, react};
use crate::plan::{Behaviour, Party, Plan};

use nodes::{Arrived, Nodes};
pub use report::{Finding, Judgement, ReplayReport};

/// Replays the conversation in `dir`. A rulebook given here goes before the one in the manifest; with neither it is `bk6-24-174`.
///
/// # Errors
/// The text for people: the manifest cannot be read, names an unknown rulebook, or the nodes cannot run.
pub fn replay(dir: &Path, rulebook: Option<RulebookId>, application: &Arc<dyn Application>) -> Result<ReplayReport, String> {
    let conversation = load(dir).map_err(|error| error.to_string())?;
    let named = conversation.manifest.rulebook.as_deref().map(str::parse::<RulebookId>).transpose().map_err(|error| error.to_string())?;
    let governs = rulebook.or(named).unwrap_or(RulebookId::BK6_24_174);
    let messages: Vec<Option<Recorded>> = conversation
        .manifest
        .steps
        .iter()
        .zip(&conversation.payloads)
        .map(|(step, bytes)| Recorded::read(step, bytes.as_deref()))
        .collect();
    let plan = plan_of(&conversation, governs, &messages, application);
    let mut nodes = Nodes::start(plan, application)?;
    let mut report = ReplayReport::new(&conversation.manifest, governs, rulebook.or(named).is_none());
    for ((step, bytes), recorded) in conversation.manifest.steps.iter().zip(&conversation.payloads).zip(messages) {
        match (recorded, bytes) {
            (Some(recorded), Some(bytes)) => judge(&mut nodes, &mut report, step, &recorded, bytes, governs)?,
            (_, None) => report.unreadable(step, "the file is missing".to_owned()),
            (None, Some(bytes)) => report.unreadable(step, unreadable(step, bytes)),
        }
    }
    (report.commits, report.hash) = nodes.commits_and_hash();
    Ok(report)
}

/// A message of the recording, as its own text has it.
pub(crate) struct Recorded {
    pub(crate) from: MpId,
    pub(crate) to: MpId,
    pub(crate) sparte: Sparte,
    pub(crate) messages: Vec<TypedMessage>,
}

impl Recorded {
    fn read(step: &RecordedStep, bytes: Option<&[u8]>) -> Option<Self> {
        let interchange = look(bytes?, step.receipt).interchange?;
        let (from, to) = (interchange.address.sender.number.parse().ok()?, interchange.address.receiver.number.parse().ok()?);
        let sparte = sparte_of(&interchange);
        // One Vorgang that cannot be typed does not take the others with it: the receiver's boundary judges each for itself.
        let parts = interchange.messages.iter().flat_map(|m| (0..m.transactions.len().max(1)).map(move |t| (m, t)));
        let messages = parts.filter_map(|(m, t)| TypedMessage::read(m, Some(t).filter(|_| !m.transactions.is_empty())).ok()).collect();
        Some(Self { from, to, sparte, messages })
    }

    fn utilmd(&self) -> Option<&Utilmd> {
        self.messages.iter().find_map(|message| match message {
            TypedMessage::Utilmd(utilmd) => Some(&**utilmd),
            TypedMessage::Other(_) | TypedMessage::Aperak(_) | TypedMessage::Contrl(_) => None,
        })
    }

    /// The instant that starts the clock: the receipt, or the day of another message that this one names in DTM+154.
    fn clock_start(&self, receipt: Timestamp) -> Timestamp {
        self.utilmd().and_then(|utilmd| utilmd.ut_of_lfn).map_or(receipt, berlin::midnight)
    }

    /// Whether the Zuordnung that is asked for does not lie in the future.
    fn has_begun(&self, receipt: Timestamp) -> bool {
        self.utilmd().and_then(|utilmd| utilmd.begin).is_some_and(|begin| begin <= receipt)
    }

    fn pid(&self) -> Option<String> {
        match self.messages.first()? {
            TypedMessage::Utilmd(utilmd) => Some(utilmd.pid.to_string()),
            TypedMessage::Other(other) => other.pid.map(|pid| pid.to_string()),
            TypedMessage::Aperak(_) | TypedMessage::Contrl(_) => None,
        }
    }
}

/// The Sparte whose rules govern: that of the receiver, told from the number that its association gave it; where that tells nothing,
/// from the release of UTILMD and the number of the sender.
fn sparte_of(interchange: &Interchange) -> Sparte {
    let (sender, receiver) = (&interchange.address.sender.number, &interchange.address.receiver.number);
    let in_gas = || interchange.messages.iter().any(|message| message.release.starts_with('G'));
    let gas = receiver.starts_with("98") || in_gas() || (!receiver.starts_with("99") && sender.starts_with("98"));
    if gas { Sparte::Gas } else { Sparte::Strom }
}

/// What a receiver that takes everything addressed to anybody finds in the bytes.
fn look(bytes: &[u8], received: Timestamp) -> crate::edifact::Reaction {
    let receiver = receiver_of(bytes);
    let releases =
        |message_type: &str, sparte: Sparte, at: Timestamp| mako_engine::version::release_of(message_type, sparte, at).map(str::to_owned);
    let offset = |at: Timestamp| berlin::local(at).2;
    let ledger = |_: &str, _: &str| false;
    let context = |me| ReceiveContext {
        me,
        sparte: Sparte::Strom,
        received,
        releases: &releases,
        pids: &AllPids,
        ledger: &ledger,
        berlin_offset_seconds: &offset,
    };
    react(bytes, &context(receiver))
}

/// The recipient in the UNB, as far as the bytes have one; a number of nobody otherwise.
fn receiver_of(bytes: &[u8]) -> MpId {
    let text = String::from_utf8_lossy(bytes);
    let unb = text.split_once("UNB+").map_or("", |(_, rest)| rest);
    let field = unb.split('+').nth(2).unwrap_or_default();
    let number = field.split(':').next().unwrap_or_default();
    number.parse().unwrap_or(MpId::NOBODY)
}

fn unreadable(step: &RecordedStep, bytes: &[u8]) -> String {
    let reaction = look(bytes, step.receipt);
    reaction.lines().first().cloned().unwrap_or_else(|| "it is no interchange".to_owned())
}

/// The parties of the conversation are those of its messages, called by their roles; what is known of its objects is in it, too.
fn plan_of(conversation: &Conversation, rulebook: RulebookId, messages: &[Option<Recorded>], application: &Arc<dyn Application>) -> Plan {
    let mut parties: Vec<Party> = Vec::new();
    let mut known = BTreeSet::new();
    for (step, recorded) in conversation.manifest.steps.iter().zip(messages) {
        let Some(recorded) = recorded else { continue };
        for (mp_id, role) in [(recorded.from, &step.from_role), (recorded.to, &step.to_role)] {
            if known.insert(mp_id) {
                let taken = parties.iter().any(|party| party.name == *role);
                let name = if taken { format!("{role}-{mp_id}") } else { role.clone() };
                parties.push(Party { name, role: role.clone(), mp_id, sparte: recorded.sparte, behaviour: Behaviour::Conformant });
            }
        }
    }
    let receipts = || conversation.manifest.steps.iter().map(|step| step.receipt);
    let until = receipts().max().unwrap_or(Timestamp::EPOCH);
    let mut plan = Plan {
        title: conversation.manifest.title.clone(),
        source: conversation.manifest.notes.clone(),
        rulebook,
        seed: 1,
        parties,
        objects: Vec::new(),
        steps: Vec::new(),
        // The clock starts an hour before the first receipt; the plan has no steps of its own.
        until: receipts().min().unwrap_or(until),
        expects: Vec::new(),
        variants: Vec::new(),
        disturbance: None,
    };
    let said: Vec<(MpId, MpId, &TypedMessage)> =
        messages.iter().flatten().flat_map(|r| r.messages.iter().map(|message| (r.from, r.to, message))).collect();
    plan.objects = application.recorded_objects(&plan, &said);
    plan
}

/// Lets one message happen and compares what the nodes make of it with what the manifest says.
fn judge(
    nodes: &mut Nodes,
    report: &mut ReplayReport,
    step: &RecordedStep,
    recorded: &Recorded,
    bytes: &[u8],
    rulebook: RulebookId,
) -> Result<(), String> {
    nodes.advance(step.receipt)?;
    let pid = recorded.pid();
    let latest_receipt = nodes.count_as_sent(recorded, step.receipt)?;
    let arrived = nodes.arrive(recorded, &step.file, step.receipt, bytes)?;
    let rules = Rulebook::of(rulebook);
    let aperak = || rules.aperak_frist(recorded.sparte, &step.message, pid.as_deref(), step.receipt).due;
    let answer = |case: &str| {
        let trigger = format!("{}{case}", pid.as_deref().unwrap_or_default());
        let window = rules.window(&trigger, None).ok().filter(|window| window.kind == WindowKind::Answer)?;
        // Elapsed time counts from an instant, and DTM+154 names a day.
        let start = if matches!(window.rule, Rule::Elapsed(_)) { step.receipt } else { recorded.clock_start(step.receipt) };
        Some(window.due(start, rules.calendar()).due)
    };
    // A Zuordnung that has begun already has a Frist of its own, where the rulebook knows the case.
    let plain_answer = || Some("-started").filter(|_| recorded.has_begun(step.receipt)).and_then(answer).or_else(|| answer(""));
    let set = |label: &str| pid.as_ref().and_then(|pid| arrived.deadline(&format!("{label} {pid}")));
    report.due(step, "aperak_due", &step.aperak_due, set("APERAK"), || Some(aperak()));
    report.due(step, "answer_due", &step.answer_due, set("answer"), plain_answer);
    report.due(step, "latest_receipt", &step.latest_receipt, latest_receipt, || answer("-receipt"));
    report.due(step, "contrl_due", &step.contrl_due, None, || Some(rules.contrl_frist(recorded.sparte, &step.message, step.receipt).due));
    report.expected_answers(step, nodes.application().possible_answers(pid.as_deref().unwrap_or_default()));
    if let Arrived { refused: Some(answer), .. } = &arrived {
        report.refused(step, answer.clone());
    }
    Ok(())
}

/// What a due instant in the manifest is compared with.
pub(crate) const fn expected(due: &Due) -> Option<Timestamp> {
    due.at()
}
