//! What stands after `A -> B`: an order to send a message, a recorded file, or bytes.

use std::collections::BTreeMap;

use super::assertion::take_message_type;
use super::header::take_detail;
use super::line::{Line, Read};
use super::names::{Names, did_you_mean, listed};
use crate::edifact::pid::{AllPids, Pid, PidCatalogue};
use crate::plan::{Action, Order};

/// Reads a file that a scenario names; the error is a reason for its author.
pub(super) type Files<'f> = &'f dyn Fn(&str) -> Result<Vec<u8>, String>;

pub(super) fn take_message(line: &mut Line<'_>, names: &Names, files: Files<'_>, from: String, to: String) -> Read<Action> {
    if line.take_if("file") {
        let word = line.take("the path of a file", "name the file beside the scenario whose bytes are sent")?;
        let path = word.text;
        let bytes = files(path).unwrap_or_else(|reason| {
            let found = format!("the file `{path}` cannot be read: {reason}");
            line.note(line.error(word, found, "a file beside the scenario", "mend the path"));
            Vec::new()
        });
        return Ok(Action::SendBytes { from, to, label: format!("file {path}"), bytes });
    }
    if line.take_if("bytes") {
        let bytes = line.take_quoted("bytes in quotes", "write the bytes as in `bytes \"UNA\\xff\"`")?;
        return Ok(Action::SendBytes { from, to, label: "bytes".to_owned(), bytes });
    }
    take_order(line, names, from, to).map(Action::Send)
}

/// `UTILMD 55001 Anmeldung`, then names of objects and details in any order.
fn take_order(line: &mut Line<'_>, names: &Names, from: String, to: String) -> Read<Order> {
    let message_type = take_message_type(line)?;
    let pid = take_pid(line, &message_type)?;
    let word = line.take_bare("a word such as `Anmeldung`", "say what people call the message")?.to_owned();
    let (mut objects, mut details) = (Vec::new(), BTreeMap::new());
    while let Some(next) = line.peek() {
        if next.text.contains('=') {
            take_detail(line, &mut details)?;
            continue;
        }
        objects.push(line.take_bare("the name of an object", "declare it with an `object` line")?.to_owned());
        if !names.objects.iter().any(|known| known == next.text) {
            let advice = did_you_mean(next.text, &names.objects).unwrap_or_else(|| "declare it with an `object` line".to_owned());
            let expected = format!("one of {}", listed(&names.objects));
            line.note(line.error(next, format!("no object is called `{}`", next.text), &expected, &advice));
        }
    }
    Ok(Order { from, to, message_type, pid, word, objects, details })
}

/// A Prüfidentifikator that belongs to the message type.
fn take_pid(line: &mut Line<'_>, message_type: &str) -> Read<String> {
    let (expected, advice) = ("a Prüfidentifikator such as `55001`", "write its five digits after the message type");
    let word = line.take(expected, advice)?;
    let Ok(pid) = word.text.parse::<Pid>() else { return Err(line.unexpected(word, expected, advice)) };
    match AllPids.message_type(pid) {
        Some(owner) if owner == message_type => {}
        Some(owner) => {
            let found = format!("{pid} is a Prüfidentifikator of {owner}");
            line.note(line.error(word, found, &format!("one of {message_type}'s own"), "mend the message type or the Prüfidentifikator"));
        }
        None => {
            let found = format!("no Prüfidentifikator is {pid}");
            line.note(line.error(word, found, expected, "mend it; a message that breaks the rules is sent with `bytes`"));
        }
    }
    Ok(word.text.to_owned())
}
