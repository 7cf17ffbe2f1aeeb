//! A run as a Mermaid sequence diagram: who told whom what, and what stood in the way. Process events and Fristen stay in the
//! timetable.

use std::fmt::Write as _;

use mako_engine::fristen::berlin;

use super::line::{Line, Link, Place, Tone};
use super::names::Names;
use super::story::story;
use super::words::clock;
use crate::run::Outcome;

/// The messages of `outcome` as a Mermaid sequence diagram.
#[must_use]
pub fn sequence_diagram(outcome: &Outcome) -> String {
    let names = Names::of(&outcome.plan, outcome.trace.entries());
    let parties: Vec<String> = outcome.plan.parties.iter().map(|party| names.veil(&party.name)).collect();
    let mut text = "sequenceDiagram\n".to_owned();
    for (place, party) in parties.iter().enumerate() {
        let _ = writeln!(text, "  participant p{place} as {}", escaped(party));
    }
    let everyone = match parties.len() {
        0 => return text,
        1 => "p0".to_owned(),
        several => format!("p0,p{}", several - 1),
    };
    let mut day = None;
    for line in story(outcome, &names) {
        let Some(said) = arrow(&line, &parties) else { continue };
        let today = berlin::day(line.at);
        if day != Some(today) {
            let _ = writeln!(text, "  Note over {everyone}: {}", berlin::day_text(today));
        }
        day = Some(today);
        let words = [clock(line.at), line.what, line.mark, line.tell];
        let words: Vec<String> = words.iter().filter(|word| !word.is_empty()).map(|word| escaped(word)).collect();
        let _ = writeln!(text, "  {said}: {}", words.join(" "));
    }
    text
}

/// What stands before the colon; `None` for lines that are not shown, and for parties that the plan does not name.
fn arrow(line: &Line, parties: &[String]) -> Option<String> {
    let number = |name: &String| parties.iter().position(|party| party == name);
    match &line.place {
        Place::Between { from, link, to } => {
            let (from, to) = (number(from)?, number(to)?);
            Some(match (link, line.tone) {
                (Link::Message, Tone::Lost) => format!("p{from}-xp{to}"),
                (Link::Message, _) => format!("p{from}->>p{to}"),
                (Link::Cut | Link::Fault, _) => format!("Note over p{from},p{to}"),
            })
        }
        Place::At(party) if matches!(line.tone, Tone::Fault | Tone::Decision | Tone::Alarm) => {
            Some(format!("Note over p{}", number(party)?))
        }
        Place::At(_) => None,
    }
}

/// A semicolon would end the statement, and open an entity together with `#`; what shows the diagram may take `<` for markup.
fn escaped(text: &str) -> String {
    text.replace(';', ",").replace('<', "#lt;").replace('>', "#gt;")
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn no_text_is_markup_or_a_statement() {
        let mut outcome = example::christmas();
        outcome.plan.parties[0].name = "<b>; participant x".to_owned();
        let diagram = sequence_diagram(&outcome);
        assert!(diagram.contains("  participant p0 as #lt;b#gt;, participant x\n"), "{diagram}");
    }

    #[test]
    fn messages_are_arrows_and_faults_are_notes() {
        let expected = "\
sequenceDiagram
  participant p0 as LFN
  participant p1 as NB
  Note over p0,p1: Tue 23.12.2025
  p0->>p1: 16:00:00 UTILMD 55001 Anmeldung #1 A-1, MaLo 51999990018 · receipt 16:00:01, the ÜT is 23.12.
  Note over p1: 16:00:01 ■ crash accepted, not yet processed · the disk keeps a torn tail
  Note over p1: 16:30:00 ▶ restart 1 accepted message resumed · torn tail repaired
  p1->>p0: 16:30:00 APERAK 312 #2 for #1 · 14 min before its Frist
  Note over p0,p1: 16:31:00 duplicate
  p0->>p1: 16:31:01 UTILMD 55001 Anmeldung #1 duplicate: receipt, no effect
  Note over p0,p1: Wed 24.12.2025
  Note over p0,p1: 00:00:00 partition until Sat 27.12. 12:00
  Note over p1: 09:12:00 decides Anmeldung accept
  p1-xp0: 09:12:00 UTILMD 55002 Bestätigung #3 try 1, no connection
  Note over p0,p1: Sat 27.12.2025
  p1->>p0: 12:03:20 UTILMD 55002 Bestätigung #3 try 41, for #1 · receipt 12:03:21, the ÜT is 27.12. · 1 d 22 h 56 min before its Frist
  p0->>p1: 12:03:21 APERAK 312 #4 for #3 · 44 min before its Frist
";
        assert_eq!(sequence_diagram(&example::christmas()), expected);
    }
}
