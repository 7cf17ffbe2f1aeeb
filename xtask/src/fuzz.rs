//! `cargo xtask fuzz TARGET --for 10m`: no input makes a reader panic. A corpus, damaged again and again, from a seed.
//!
//! | Target | Corpus | What must hold besides |
//! |---|---|---|
//! | `boundary` | every `.edi` of the repository | positions lie in the input; what is accepted can be read; every answer can be written and read |
//! | `rulebook` | the files of the built-in rulebooks | a refusal names a file |
//! | `fristen` | the rules and lead times of the tables | what is read can be written and read; nothing is due before its clock starts |
//!
//! A try is a function of the seed and its number, which a failure prints with the input: nothing here knows the time but the end of the
//! whole. A panic is not caught; the last line before it names the try.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use mako_engine::Timestamp;
use mako_engine::fristen::lead::LeadRule;
use mako_engine::fristen::rule::Rule;
use mako_engine::fristen::{Rulebook, RulebookId, Sparte, berlin, check_rulebook};
use mako_engine::version::release_of;
use mako_sim::edifact::aperak::{Aperak, Geschaeftsvorfall};
use mako_sim::edifact::message::OtherMessage;
use mako_sim::edifact::pid::AllPids;
use mako_sim::edifact::reaction::Answer;
use mako_sim::edifact::write::{Envelope, write};
use mako_sim::edifact::{MpId, ReceiveContext, TypedMessage, react};
use mako_sim::nemesis::Dice;

/// What the command takes.
#[derive(clap::Args)]
pub struct Args {
    /// What to feed
    target: Target,
    /// For how long, such as 10m or 30s
    #[arg(long = "for", value_parser = span, default_value = "10s")]
    span: Duration,
    /// The first seed; a try has the seed and its number
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Run this one try and print its input
    #[arg(long)]
    only: Option<u64>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Target {
    Boundary,
    Rulebook,
    Fristen,
}

fn span(text: &str) -> Result<Duration, String> {
    let (amount, unit) = text.split_at(text.len().saturating_sub(1));
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(format!("`{text}` is no span: expected 30s, 10m or 1h")),
    };
    let amount: u64 = amount.parse().map_err(|_| format!("`{text}` is no span: expected 30s, 10m or 1h"))?;
    Ok(Duration::from_secs(amount * seconds))
}

/// Feeds the target until the time is over, and says how many tries there were.
///
/// # Errors
///
/// When the corpus cannot be read, or a try shows what must not be: its number and input are in the error.
#[expect(clippy::disallowed_methods, reason = "how long to go on is wall time; no try sees it")]
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let corpus = corpus(args.target)?;
    let mut out = std::io::stdout().lock();
    if let Some(number) = args.only {
        let input = input(args.seed, number, &corpus);
        out.write_all(&input)?;
        feed(args.target, &input, args.seed ^ number).map_err(anyhow::Error::msg)?;
        return Ok(ExitCode::SUCCESS);
    }
    let begun = Instant::now();
    let (mut tries, mut accepted) = (0_u64, 0_u64);
    while begun.elapsed() < args.span {
        let input = input(args.seed, tries, &corpus);
        match feed(args.target, &input, args.seed ^ tries) {
            Ok(taken) => accepted += u64::from(taken),
            Err(problem) => {
                writeln!(out, "try {tries} of seed {}: {problem}\n{}", args.seed, String::from_utf8_lossy(&input))?;
                writeln!(out, "again: cargo xtask fuzz {:?} --seed {} --only {tries}", args.target, args.seed)?;
                return Ok(ExitCode::from(1));
            }
        }
        tries += 1;
    }
    let name = format!("{:?}", args.target).to_lowercase();
    writeln!(out, "{name}: {tries} tries of {} samples in {} s, {accepted} taken, none failed", corpus.len(), args.span.as_secs())?;
    Ok(ExitCode::SUCCESS)
}

fn corpus(target: Target) -> anyhow::Result<Vec<Vec<u8>>> {
    let root = crate::workspace::root()?;
    let corpus = match target {
        Target::Boundary => files(&[root.join("sim/tests"), root.join("scenarios")], "edi")?,
        Target::Rulebook => files(&[root.join("engine/rulebooks/bk6-24-174"), root.join("engine/rulebooks/mako-engine")], "toml")?,
        Target::Fristen => {
            let book = Rulebook::of(RulebookId::BK6_24_174);
            let windows = book.windows().iter().map(|row| row.rule.to_string());
            windows.chain(book.lead_times().iter().map(|row| row.rule.to_string())).map(String::into_bytes).collect()
        }
    };
    if corpus.is_empty() {
        bail!("there is no corpus for {target:?}");
    }
    Ok(corpus)
}

fn files(directories: &[PathBuf], extension: &str) -> anyhow::Result<Vec<Vec<u8>>> {
    let (mut open, mut paths) = (directories.to_vec(), Vec::new());
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).with_context(|| format!("reading {}", directory.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|own| own == extension) {
                paths.push(path);
            }
        }
    }
    paths.sort();
    // A rulebook file is fed under its own name: the first line says it.
    let read = |path: &PathBuf| -> anyhow::Result<Vec<u8>> {
        let mut bytes = if extension == "toml" {
            let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            format!("#{name}\n").into_bytes()
        } else {
            Vec::new()
        };
        bytes.extend(std::fs::read(path)?);
        Ok(bytes)
    };
    paths.iter().map(read).collect()
}

/// Pieces that make a reader think.
const PIECES: &[&[u8]] = &[
    b"'",
    b"+",
    b":",
    b"?",
    b"??",
    b"''",
    b"UNA:+.? '",
    b"UNB+",
    b"UNH+",
    b"UNT+0+",
    b"UNZ+0+",
    b"IDE+24+'",
    b"RFF+Z13:99999'",
    b"DTM+92:",
    b"\xC3\xBC",
    b"\x00",
    b"\xFF",
    b"\r\n",
    b"\"",
    b"[[answer]]",
    b"[rulebook]",
    b"= [",
    b"EOD(",
    b"WT+",
    b"X-",
    b"999999999999",
    b"-1",
    b"\xE2\x80\xA8",
];

/// Try `number` of `seed`: a sample, damaged in one to six places, now and then with a piece of another.
fn input(seed: u64, number: u64, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut dice = Dice::new(seed.wrapping_mul(0x9e37_79b9).wrapping_add(number));
    let mut bytes = dice.of(corpus).cloned().unwrap_or_default();
    let place = |dice: &mut Dice, bytes: &[u8]| usize::try_from(dice.below(bytes.len() as u64 + 1)).unwrap_or(0);
    for _ in 0..=dice.below(6) {
        let at = place(&mut dice, &bytes);
        let end = (at + usize::try_from(dice.below(40)).unwrap_or(0)).min(bytes.len());
        match dice.below(7) {
            0 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = u8::try_from(dice.below(256)).unwrap_or(0)),
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..at, dice.of(PIECES).copied().unwrap_or_default().iter().copied())),
            3 => {
                let again = bytes.get(at..end).unwrap_or_default().to_vec();
                let to = place(&mut dice, &bytes);
                drop(bytes.splice(to..to, again));
            }
            4 => bytes.truncate(at),
            5 => {
                let other = dice.of(corpus).cloned().unwrap_or_default();
                let from = place(&mut dice, &other);
                bytes.truncate(at);
                bytes.extend(other.get(from..).unwrap_or_default());
            }
            // A digit for a digit: counts, dates and check digits that are wrong and well-formed.
            _ => {
                let digit = b'0' + u8::try_from(dice.below(10)).unwrap_or(0);
                bytes.iter_mut().skip(at).filter(|byte| byte.is_ascii_digit()).take(1).for_each(|byte| *byte = digit);
            }
        }
    }
    bytes
}

/// Whether the target took the input; an error when something is not as it must be.
fn feed(target: Target, input: &[u8], chance: u64) -> Result<bool, String> {
    match target {
        Target::Boundary => boundary(input, chance),
        Target::Rulebook => rulebook(input),
        Target::Fristen => fristen(input, chance),
    }
}

fn boundary(bytes: &[u8], chance: u64) -> Result<bool, String> {
    let releases = |message_type: &str, sparte: Sparte, at: Timestamp| release_of(message_type, sparte, at).map(str::to_owned);
    let offset = |at: Timestamp| berlin::local(at).2;
    let sparte = if chance.is_multiple_of(2) { Sparte::Strom } else { Sparte::Gas };
    // A quarter of the tries at the instant for which most samples are made, the others on any day of the year after.
    let days = if chance.is_multiple_of(4) { 0 } else { i64::try_from(chance % 400).unwrap_or(0) };
    let received = Timestamp::from_unix_ms(1_762_419_660_000 + days * 86_400_000);
    let me = if chance % 5 == 4 { None } else { addressed(bytes) };
    let me = me.or_else(|| "9999000002010".parse().ok()).unwrap_or(MpId::NOBODY);
    let receiver = |me, received| ReceiveContext {
        me,
        sparte,
        received,
        releases: &releases,
        pids: &AllPids,
        ledger: &|_: &str, _: &str| false,
        berlin_offset_seconds: &offset,
    };
    let reaction = react(bytes, &receiver(me, received));
    if reaction.answers.is_empty() || reaction.answers.iter().any(|answer| answer.position() > bytes.len()) {
        return Err(format!("no answer, or one beyond the input: {reaction}"));
    }
    let accepted = reaction.answers.iter().filter(|answer| matches!(answer, Answer::Accepted { .. })).count();
    if reaction.accepted().len() != accepted {
        return Err(format!("what is accepted cannot be read: {reaction}"));
    }
    let Some(partner) = reaction.address.as_ref().and_then(|address| address.sender.number.parse::<MpId>().ok()) else { return Ok(false) };
    let mut outgoing: Vec<TypedMessage> = reaction.contrl().map(TypedMessage::from).into_iter().collect();
    for answer in &reaction.answers {
        if let (Answer::Failed { message, transaction, errors, .. }, Some(interchange)) = (answer, &reaction.interchange) {
            let vorfall = Geschaeftsvorfall { interchange, message: *message, transaction: *transaction };
            outgoing.extend(Aperak::failing(vorfall, "DOC1", received, errors).map(TypedMessage::from));
        }
    }
    for message in outgoing {
        let name = if matches!(message, TypedMessage::Contrl(_)) { "CONTRL" } else { "APERAK" };
        let sent = envelope(me, partner, received, release_of(name, sparte, received).unwrap_or_default());
        let bytes = write(&message, &sent).map_err(|error| format!("{error}: {message:?}"))?;
        let heard = react(&bytes, &receiver(partner, received)).accepted();
        if heard != [message] {
            return Err(format!("{heard:?} is not what was meant"));
        }
    }
    // Every accepted message says the same again when it is written as it was read.
    for message in reaction.interchange.iter().flat_map(|interchange| &interchange.messages) {
        let whole = TypedMessage::Other(OtherMessage::of(message));
        let Ok(bytes) = write(&whole, &envelope(partner, me, received, &message.release)) else { continue };
        let again = react(&bytes, &receiver(me, received)).interchange;
        let said: Vec<_> =
            again.iter().flat_map(|again| &again.messages).map(|again| TypedMessage::Other(OtherMessage::of(again))).collect();
        if said != [whole] {
            return Err(format!("written as it was read, {} says something else", message.message_type));
        }
    }
    Ok(accepted > 0)
}

/// The recipient in the UNB, as far as there is one.
fn addressed(bytes: &[u8]) -> Option<MpId> {
    let text = String::from_utf8_lossy(bytes.get(..200.min(bytes.len())).unwrap_or_default()).into_owned();
    text.split_once("UNB+")?.1.split('+').nth(2)?.split(':').next()?.parse().ok()
}

fn envelope(sender: MpId, receiver: MpId, prepared_at: Timestamp, release: &str) -> Envelope {
    Envelope {
        sender,
        receiver,
        interchange_ref: "IC9".to_owned(),
        message_ref: "M9".to_owned(),
        prepared_at,
        berlin_offset_seconds: berlin::local(prepared_at).2,
        release: release.to_owned(),
    }
}

fn rulebook(bytes: &[u8]) -> Result<bool, String> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let subject = text.lines().next().unwrap_or_default().trim_start_matches('#').to_owned();
    let head = "[rulebook]\ntitle = \"t\"\ninherits = \"bk6-24-174\"\nsource = \"s\"\n".to_owned();
    let mut files = vec![(format!("fuzz/{subject}.toml"), text)];
    if subject != "rulebook" {
        files.push(("fuzz/rulebook.toml".to_owned(), head));
    }
    match check_rulebook("fuzz", files) {
        Ok(()) => Ok(true),
        Err(error) if error.to_string().contains("fuzz") => Ok(false),
        Err(error) => Err(format!("the refusal names no file of the rulebook: {error}")),
    }
}

fn fristen(bytes: &[u8], chance: u64) -> Result<bool, String> {
    let text = String::from_utf8_lossy(bytes);
    let book = Rulebook::of(if chance.is_multiple_of(2) { RulebookId::BK6_24_174 } else { RulebookId::MAKO_ENGINE });
    let start = Timestamp::from_unix_ms(i64::try_from(chance.wrapping_mul(0x9e37_79b9_7f4a_7c15) % 8_000_000_000_000).unwrap_or(0));
    if let Ok(rule) = text.parse::<Rule>() {
        let frist = rule.due(start, book.calendar());
        let later = rule.due(start.plus_seconds(i64::try_from(chance % 100_000).unwrap_or(0)), book.calendar());
        if frist.due < start || later.due < frist.due {
            return Err(format!("`{rule}` from {start} is due at {}, later at {}", frist.due, later.due));
        }
        let _ = (frist.to_string(), book.tolerated_until(frist.due));
        return if rule.to_string().parse() == Ok(rule) { Ok(true) } else { Err(format!("`{rule}` is not read again")) };
    }
    if let Ok(rule) = text.parse::<LeadRule>() {
        let x = berlin::day(start);
        if rule.earliest(x, book.calendar()).is_some_and(|earliest| earliest > rule.latest(x, book.calendar())) {
            return Err(format!("`{rule}` is empty for {x}"));
        }
        return if rule.to_string().parse() == Ok(rule) { Ok(true) } else { Err(format!("`{rule}` is not read again")) };
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_try_is_a_function_of_seed_and_number() {
        let corpus = corpus(Target::Boundary).unwrap();
        assert_eq!(input(1, 7, &corpus), input(1, 7, &corpus));
        assert_ne!(input(1, 7, &corpus), input(1, 8, &corpus));
    }

    #[test]
    fn the_first_tries_of_every_target_hold_and_some_are_taken() {
        for target in [Target::Boundary, Target::Rulebook, Target::Fristen] {
            let corpus = corpus(target).unwrap();
            let taken = (0..300).filter(|number| feed(target, &input(1, *number, &corpus), *number).unwrap()).count();
            assert!(taken > 0 && taken < 300, "{target:?}: {taken}");
        }
    }
}
