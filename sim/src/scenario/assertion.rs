//! Assertions: what `check` and `expect` say, read and written.
//!
//! ```text
//! NB Frist "answer 55001" open, due 2025-12-29 11:00
//! NB Frist "answer 55001" closed
//! NB Frist "answer 55001" missed
//! NB sends exactly one UTILMD 55002 for Anmeldung
//! NB has no dead letter
//! NB is confirmed
//! no Frist missed
//! ```

use std::fmt;

use mako_engine::Timestamp;
use mako_engine::fristen::{Frist, FristError, Rulebook, RulebookId};
use mako_engine::version::pid_row;

use super::line::{Line, Read, Word};
use super::moment::{moment, take_moment};
use super::names::{Names, did_you_mean};
use super::quoted;
use crate::plan::Expect;

const VERBS: [&str; 4] = ["Frist", "sends", "has", "is"];
const NUMBERS: [&str; 4] = ["no", "one", "two", "three"];

/// The assertion that the rest of the line makes.
pub(super) fn take_assertion(line: &mut Line<'_>, names: &Names) -> Read<Expect> {
    const ADVICE: &str = "say what must hold, such as `NB sends exactly one APERAK` or `no Frist missed`";
    if line.take_if("no") {
        line.take_exactly("Frist", "the assertion is `no Frist missed`")?;
        line.take_exactly("missed", "the assertion is `no Frist missed`")?;
        return Ok(Expect::NoFristMissed);
    }
    line.goes_on("an assertion", ADVICE)?;
    let party = line.take_party(names)?;
    let verb = line.take("`Frist`, `sends`, `has` or `is`", ADVICE)?;
    match verb.text {
        "Frist" => take_frist(line, party),
        "sends" => take_sends(line, party),
        "has" => take_dead_letters(line, party),
        "is" => {
            let state = line.take_bare("a state such as `confirmed`", "name the state that the process must be in")?.to_owned();
            Ok(Expect::ProcessIs { party, state })
        }
        _ => {
            let advice = did_you_mean(verb.text, &VERBS).unwrap_or_else(|| ADVICE.to_owned());
            Err(line.unexpected(verb, "`Frist`, `sends`, `has` or `is`", &advice))
        }
    }
}

fn take_frist(line: &mut Line<'_>, party: String) -> Read<Expect> {
    let place = line.peek();
    let label = line.take_quoted_text("the Frist's label in quotes", "write the label as in `Frist \"answer 55001\" open`")?;
    if let (Some(place), Some(unknown)) = (place, unknown_frist(&label)) {
        let advice = "name another Frist; `cargo xtask fristen` shows the rows of every rulebook";
        line.note(line.error(place, format!("no rulebook knows {unknown}"), "a Frist that a rulebook knows", advice));
    }
    let advice = "say `open`, `open, due` with a day and a time, `closed` or `missed`";
    let state = line.take("`open`, `closed` or `missed`", advice)?;
    match state.text {
        "closed" => Ok(Expect::FristClosed { party, label }),
        "missed" => Ok(Expect::FristMissed { party, label }),
        "open," => {
            line.take_exactly("due", "after `open,` stands `due` with a day and a time")?;
            let due = take_moment(line)?;
            Ok(Expect::FristOpen { party, label, due })
        }
        "open" => match line.peek() {
            Some(due) if due.text == "due" => Err(line.unexpected(due, "a comma before `due`", "write `open, due`")),
            _ => Ok(Expect::FristOpen { party, label, due: None }),
        },
        _ => Err(line.unexpected(state, "`open`, `closed` or `missed`", advice)),
    }
}

/// What no rulebook knows of the Frist with this label; `None` for a label that is not of the form `answer 55001`, which processes may use
/// for what they like.
fn unknown_frist(label: &str) -> Option<String> {
    let (kind, pid) = label.rsplit_once(' ').filter(|(_, pid)| pid.len() == 5)?;
    let number: u32 = pid.parse().ok()?;
    let is_known = |find: fn(&Rulebook, &str) -> Result<Frist, FristError>| {
        let found = |rulebook: RulebookId| !matches!(find(Rulebook::of(rulebook), pid), Err(FristError::UnknownTrigger { .. }));
        RulebookId::all().any(found)
    };
    let (is_known, what) = match kind {
        // Where several rules hang on one Prüfidentifikator, each row names its case: `13003-datenstatus`.
        "answer" if RulebookId::all().any(|rulebook| has_cases(Rulebook::of(rulebook), pid)) => return None,
        "answer" => (is_known(|rulebook, pid| rulebook.answer_frist(pid, None, Timestamp::EPOCH)), "an answer to"),
        // A report is due by a lead time counted from its day, or as the answer to what it reports on.
        "information" if RulebookId::all().any(|rulebook| is_report(Rulebook::of(rulebook), pid, number)) => return None,
        "information" => (is_known(|rulebook, pid| rulebook.information_frist(pid, Timestamp::EPOCH)), "an information"),
        "receipt" | "awaits" | "APERAK" | "awaits APERAK" => (pid_row(number).is_some(), "a message"),
        _ => return None,
    };
    (!is_known).then(|| format!("{what} {pid}"))
}

fn is_report(rulebook: &Rulebook, pid: &str, number: u32) -> bool {
    let is_order = pid_row(number).is_some_and(|row| row.message != "UTILMD");
    // An Anmeldung has a lead time, too, and is no report.
    let leads = rulebook.lead_times().iter().any(|row| row.family != "GPKE" && row.triggers.iter().any(|trigger| trigger == pid));
    leads || is_order && rulebook.windows().iter().any(|row| row.triggers.iter().any(|trigger| trigger == pid))
}

fn has_cases(rulebook: &Rulebook, pid: &str) -> bool {
    let of_pid = |trigger: &String| trigger.strip_prefix(pid).is_some_and(|case| case.starts_with('-'));
    rulebook.windows().iter().any(|window| window.triggers.iter().any(of_pid))
}

fn take_sends(line: &mut Line<'_>, party: String) -> Read<Expect> {
    line.take_exactly("exactly", "write how many, such as `sends exactly one APERAK`")?;
    let count = take_count(line, "write how many, such as `sends exactly one APERAK`")?;
    let mut kind = take_message_type(line)?;
    if let Some(pid) = line.peek().filter(|word| word.text.starts_with(|c: char| c.is_ascii_digit())) {
        line.take_exactly(pid.text, "")?;
        kind = format!("{kind} {}", pid.text);
    }
    let about = if line.take_if("for") {
        let advice = "name the message that is answered, such as `for Anmeldung`";
        Some(line.take_bare("a word such as `Anmeldung`", advice)?.to_owned())
    } else {
        None
    };
    Ok(Expect::Sends { party, count, kind, about })
}

fn take_dead_letters(line: &mut Line<'_>, party: String) -> Read<Expect> {
    let advice = "write `has no dead letter` or how many, such as `has one dead letter`";
    let count = take_count(line, advice)?;
    line.take_exactly("dead", advice)?;
    let letters = line.take("`letter` or `letters`", advice)?;
    if !matches!(letters.text, "letter" | "letters") {
        return Err(line.unexpected(letters, "`letter` or `letters`", advice));
    }
    Ok(Expect::DeadLetters { party, count })
}

/// A message type such as `UTILMD`.
pub(super) fn take_message_type(line: &mut Line<'_>) -> Read<String> {
    const ADVICE: &str = "name the message type in capitals";
    let word = line.take("a message type such as `UTILMD`", ADVICE)?;
    if word.text.bytes().all(|b| b.is_ascii_uppercase()) {
        Ok(word.text.to_owned())
    } else {
        Err(line.unexpected(word, "a message type such as `UTILMD`", ADVICE))
    }
}

fn take_count(line: &mut Line<'_>, advice: &str) -> Read<usize> {
    const EXPECTED: &str = "`no`, `one`, `two`, `three` or a number";
    let word: Word<'_> = line.take(EXPECTED, advice)?;
    let named = NUMBERS.iter().position(|name| *name == word.text);
    named.or_else(|| word.text.parse().ok()).ok_or_else(|| line.unexpected(word, EXPECTED, advice))
}

/// `count` as a word where there is one.
fn count_text(count: usize) -> String {
    NUMBERS.get(count).map_or_else(|| count.to_string(), |name| (*name).to_owned())
}

impl fmt::Display for Expect {
    /// As it stands in a scenario file after `expect` or `check`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FristOpen { party, label, due } => {
                write!(f, "{party} Frist {} open", quoted::escape(label.as_bytes()))?;
                due.map_or(Ok(()), |due| write!(f, ", due {}", moment(due)))
            }
            Self::FristClosed { party, label } => write!(f, "{party} Frist {} closed", quoted::escape(label.as_bytes())),
            Self::FristMissed { party, label } => write!(f, "{party} Frist {} missed", quoted::escape(label.as_bytes())),
            Self::Sends { party, count, kind, about } => {
                write!(f, "{party} sends exactly {} {kind}", count_text(*count))?;
                about.as_ref().map_or(Ok(()), |about| write!(f, " for {about}"))
            }
            Self::NoFristMissed => f.write_str("no Frist missed"),
            Self::DeadLetters { party, count } => {
                let letters = if *count > 1 { "letters" } else { "letter" };
                write!(f, "{party} has {} dead {letters}", count_text(*count))
            }
            Self::ProcessIs { party, state } => write!(f, "{party} is {state}"),
        }
    }
}
