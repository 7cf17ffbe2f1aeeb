//! `cargo xtask answer FILE…`: what a node would answer to these bytes.
//!
//! Only syntax and processability are judged, by the same boundary that a node has; what a process would decide is not asked. Files
//! are received in their order by one node, which remembers the interchanges that it took.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use mako_engine::Timestamp;
use mako_engine::fristen::{Rulebook, RulebookId, Sparte, berlin};
use mako_engine::version::{ReleasePolicy, Transit, release_of};
use mako_sim::edifact::pid::AllPids;
use mako_sim::edifact::reaction::Answer;
use mako_sim::edifact::receive::Releases;
use mako_sim::edifact::wire_time::parse_unb;
use mako_sim::edifact::{MpId, Reaction, ReceiveContext, react};

/// What the command takes.
#[derive(clap::Args)]
pub struct Args {
    /// Files with one interchange each, in the order in which they are received
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The instant of receipt, RFC 3339
    #[arg(long)]
    at: Timestamp,
    /// The receiver's Sparte: strom or gas
    #[arg(long)]
    sparte: Sparte,
    /// The receiver's market partner id
    #[arg(long)]
    me: MpId,
    /// Whose policy for releases and tolerance around a cutover holds
    #[arg(long, default_value = "bk6-24-174")]
    rulebook: RulebookId,
    /// Another policy for a release that was in force when the message was on its way: receipt, sent, created or tolerated
    #[arg(long)]
    release_policy: Option<ReleasePolicy>,
    /// The instant at which the files were sent, where the policy asks for it
    #[arg(long, value_name = "INSTANT")]
    sent: Option<Timestamp>,
    /// One JSON document instead of lines
    #[arg(long)]
    json: bool,
}

/// Prints the answers. Exits with 1 when anything is not accepted.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut taken = BTreeSet::new();
    let mut reactions = Vec::new();
    for file in &args.files {
        let bytes = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
        let reaction = judge(&args, &bytes, &taken);
        // A refused interchange was never received: its reference stays free for the corrected one.
        if let (Some(address), Some(_)) = (&reaction.address, &reaction.interchange) {
            taken.insert((address.sender.number.clone(), address.reference.clone()));
        }
        reactions.push((file.display().to_string(), reaction));
    }
    print(&args, &reactions)?;
    let accepted = |answer: &Answer| matches!(answer, Answer::Accepted { .. });
    let all = reactions.iter().flat_map(|(_, reaction)| &reaction.answers).all(accepted);
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn judge(args: &Args, bytes: &[u8], taken: &BTreeSet<(String, String)>) -> Reaction {
    let rulebook = Rulebook::of(args.rulebook);
    let policy = args.release_policy.unwrap_or_else(|| rulebook.release_policy().0);
    let releases = ByPolicy { rulebook, policy, sent: args.sent };
    let offset = |at: Timestamp| berlin::local(at).2;
    let ledger = |sender: &str, reference: &str| taken.contains(&(sender.to_owned(), reference.to_owned()));
    let context = ReceiveContext {
        me: args.me,
        sparte: args.sparte,
        received: args.at,
        releases: &releases,
        pids: &AllPids,
        ledger: &ledger,
        berlin_offset_seconds: &offset,
    };
    react(bytes, &context)
}

/// Releases by date, and by the policy for what was on its way at a cutover.
struct ByPolicy {
    rulebook: &'static Rulebook,
    policy: ReleasePolicy,
    sent: Option<Timestamp>,
}

impl Releases for ByPolicy {
    fn in_force(&self, message_type: &str, sparte: Sparte, at: Timestamp) -> Option<String> {
        release_of(message_type, sparte, at).map(str::to_owned)
    }

    fn accepts(&self, message_type: &str, sparte: Sparte, at: Timestamp, release: &str, prepared: &str) -> bool {
        // The market has not settled the time zone of UNB 0017 and 0019; senders write Berlin time.
        let created = parse_unb(prepared).map(|(day, time)| berlin::instant(day, time));
        let transit = Transit { sent: self.sent, created, received: at };
        transit.takes(release, message_type, sparte, self.policy, self.rulebook)
    }
}

fn print(args: &Args, reactions: &[(String, Reaction)]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if args.json {
        let answers = reactions.iter().flat_map(|(file, reaction)| {
            reaction.answers.iter().map(move |answer| {
                let (verdict, position, reason) = (answer.verdict(), answer.position(), answer.reason());
                serde_json::json!({ "file": file, "verdict": verdict, "position": position, "reason": reason })
            })
        });
        let document = serde_json::json!({ "answers": answers.collect::<Vec<_>>() });
        writeln!(out, "{}", serde_json::to_string_pretty(&document)?)?;
        return Ok(());
    }
    for (file, reaction) in reactions {
        let place = if reactions.len() > 1 { format!("  [{file}]") } else { String::new() };
        for line in reaction.lines() {
            writeln!(out, "{line}{place}")?;
        }
    }
    Ok(())
}
