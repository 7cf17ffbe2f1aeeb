//! The timetable of a run: the text that a scenario's snapshot holds.
//!
//! ```text
//! <title>                                              seed 7 · 41 commits · 3 checks
//!
//! Tue 23.12.2025
//!   16:00:00   LFN → NB   UTILMD 55001 Anmeldung      #1   A-1, MaLo 51999990018 · receipt 16:00:01, the ÜT is 23.12.
//! ```
//!
//! Its columns do not depend on what happened, only on the names of the parties: so a difference between two timetables is a changed
//! line, never a shifted page. Clock times are local, and stand where they change and at every message.

use mako_engine::Timestamp;
use mako_engine::fristen::berlin;

use super::end::end;
use super::line::{Line, Place};
use super::names::Names;
use super::story::story;
use super::words::{clock, count};
use crate::run::Outcome;

/// Where the numbers of the run stand, unless its title is longer.
const TITLE_WIDTH: usize = 84;
/// Wide enough for `UTILMD 55001 Anmeldung` and `event   AnmeldungReceived`.
const WHAT_WIDTH: usize = 26;
/// Wide enough for `#99`.
const MARK_WIDTH: usize = 3;
/// Wide enough for the headings below the timetable.
const HEADING_WIDTH: usize = 11;

/// What happened in `outcome`, for people and for snapshots.
///
/// Two equal runs have the same timetable, whatever the store, the transport or the machine; no id, hash or wall time is in it.
#[must_use]
pub fn timetable(outcome: &Outcome) -> String {
    let names = Names::of(&outcome.plan, outcome.trace.entries());
    let mut text = title(outcome, &names);
    text.push('\n');
    let party_width = party_width(outcome);
    let (mut day, mut shown) = (None, String::new());
    for line in story(outcome, &names) {
        let today = berlin::day(line.at);
        if day != Some(today) {
            text.push_str(&berlin::day_text(today));
            text.push('\n');
            shown.clear();
        }
        day = Some(today);
        let now = clock(line.at);
        let is_message = matches!(line.place, Place::Between { .. });
        text.push_str(&row(&line, if now == shown && !is_message { "" } else { &now }, party_width));
        shown = now;
    }
    text.push('\n');
    for line in end(outcome, &names) {
        push_trimmed(&mut text, &format!("{:HEADING_WIDTH$}{}", line.heading, line.text));
    }
    text
}

/// What happened in `outcome` at one instant: the rows of its timetable, without the clock.
#[must_use]
pub fn told_at(outcome: &Outcome, at: Timestamp) -> Vec<String> {
    let names = Names::of(&outcome.plan, outcome.trace.entries());
    let party_width = party_width(outcome);
    let lines = story(outcome, &names).into_iter().filter(|line| line.at == at);
    lines.map(|line| row(&line, "", party_width).trim().to_owned()).collect()
}

/// The line above the timetable.
fn title(outcome: &Outcome, names: &Names) -> String {
    let mut text = String::new();
    push_trimmed(&mut text, &format!("{:TITLE_WIDTH$}   {}", names.veil(&outcome.plan.title), numbers(outcome)));
    text
}

/// `seed 7 · 41 commits · 3 checks`, and loudly if not everything held.
pub(super) fn numbers(outcome: &Outcome) -> String {
    let commits = usize::try_from(outcome.commits).unwrap_or(usize::MAX);
    let verdict = if outcome.passed() { "" } else { " · FAILED" };
    let (commits, checks) = (count(commits, "commit", "commits"), count(outcome.checks.len(), "check", "checks"));
    format!("seed {} · {commits} · {checks}{verdict}", outcome.plan.seed)
}

/// Room for the two longest names and the sign between them.
fn party_width(outcome: &Outcome) -> usize {
    let mut lengths: Vec<usize> = outcome.plan.parties.iter().map(|party| party.name.chars().count()).collect();
    lengths.sort_unstable_by(|a, b| b.cmp(a));
    lengths.iter().take(2).sum::<usize>() + 3
}

fn row(line: &Line, clock: &str, party_width: usize) -> String {
    let place = match &line.place {
        Place::At(party) => party.clone(),
        Place::Between { from, link, to } => format!("{from} {} {to}", link.sign()),
    };
    let mut text = String::new();
    let Line { what, mark, tell, .. } = line;
    push_trimmed(&mut text, &format!("  {clock:8}   {place:>party_width$}   {what:WHAT_WIDTH$}  {mark:MARK_WIDTH$}  {tell}"));
    text
}

/// Adds a line without blanks at its end.
fn push_trimmed(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    /// Texts that begin on a line of their own, to be read as they are printed.
    fn printed(text: &str) -> &str {
        text.trim_start_matches('\n')
    }

    #[test]
    fn a_good_run_reads_like_its_scenario() {
        let expected = r#"
Lieferbeginn over Christmas: crash after the receipt, answer into a dead line          seed 7 · 41 commits · 3 checks

Tue 23.12.2025
  16:00:00        LFN   event   AnmeldungRequested       stream A-1, no. 1 · NB, MaLo 51999990018, begin 15.1.2026
  16:00:00   LFN → NB   UTILMD 55001 Anmeldung      #1   A-1, MaLo 51999990018 · receipt 16:00:01, the ÜT is 23.12.
  16:00:01         NB   ■ crash                          accepted, not yet processed · the disk keeps a torn tail
                  LFN   watch   APERAK 55001             until Tue 23.12. 16:45
                  LFN   awaits  answer 55001        ⏱    due Mon 29.12. 11:00   (24.–26.12. holidays, 27./28. weekend)
  16:30:00         NB   ▶ restart                        1 accepted message resumed · torn tail repaired
                   NB   event   AnmeldungReceived        stream A-1, no. 1 · LFN, MaLo 51999990018, begin 15.1.2026
                   NB   Frist   answer 55001        ⏱    due Mon 29.12. 11:00   (24.–26.12. holidays, 27./28. weekend)
                   NB   Frist   APERAK 55001        ⏱    due Tue 23.12. 16:45
  16:30:00   NB → LFN   APERAK 312                  #2   for #1 · 14 min before its Frist
  16:30:01        LFN   event   AperakReceived           stream A-1, no. 3 · #1 recognised
  16:31:00   LFN ~ NB   duplicate
  16:31:01   LFN → NB   UTILMD 55001 Anmeldung      #1   duplicate: receipt, no effect
Wed 24.12.2025
  00:00:00   LFN ╳ NB   partition until Sat 27.12. 12:00
  09:12:00         NB   decides Anmeldung                accept
                   NB   event   AnmeldungChecked         stream A-1, no. 3 · possible
                   NB   event   Decided                  stream A-1, no. 4 · 55002 A51
  09:12:00   NB → LFN   UTILMD 55002 Bestätigung    #3   try 1, no connection
Fri 26.12.2025
  08:00:00         NB   check   held                     Frist "answer 55001" open, due Mon 29.12. 11:00
Sat 27.12.2025
  12:03:20   NB → LFN   UTILMD 55002 Bestätigung    #3   try 41, for #1 · receipt 12:03:21, the ÜT is 27.12. · 1 d 22 h 56 min before its Frist
  12:03:21        LFN   event   AnswerReceived           stream A-1, no. 4 · confirms A51
                  LFN   Frist   APERAK 55002        ⏱    due Sat 27.12. 12:48:21
  12:03:21   LFN → NB   APERAK 312                  #4   for #3 · 44 min before its Frist
  12:03:22         NB   event   AperakReceived           stream A-1, no. 6 · #3 recognised

end        LFN A-1 confirmed · NB A-1 confirmed · open Fristen 0 · outbox 0 · dead letters 0 · unsettled 0
checks     3 of 3 held
variants   crash@every-commit   41 of 41 alike
"#;
        assert_eq!(timetable(&example::christmas()), printed(expected));
    }

    #[test]
    fn what_went_wrong_cannot_be_overlooked() {
        let expected = r#"
Lieferbeginn over Christmas: crash after the receipt, answer into a dead line          seed 7 · 41 commits · 1 check · FAILED

Tue 23.12.2025
  16:00:00   LFN ~ NB   receipt lost 3
  16:00:00   LFN → NB   UTILMD 55001 Anmeldung      #1   try 1, no receipt, A-1, MaLo 51999990018 · accepted 16:00:01 all the same
  16:00:01         NB   event   AnmeldungReceived        stream A-1, no. 1 · LFN
                   NB   Frist   answer 55001        ⏱    due Mon 29.12. 11:00   (24.–26.12. holidays, 27./28. weekend)
  16:06:00   LFN → NB   UTILMD 55001 Anmeldung      #1   try 4, A-1, MaLo 51999990018 · receipt 16:00:01, the ÜT is 23.12.
  16:06:01   LFN → NB   UTILMD 55001 Anmeldung      #1   duplicate: receipt, no effect
  16:07:00   NB → LFN   APERAK 312                  #2   broken off by the crash, for #1 · NEVER DELIVERED in 1 try
  16:07:01         NB   ■ crash
  16:08:00         NB   ▶ restart                        nothing to resume
                   NB   dead letter                 !    UTILMD 11111 from LFN, reference …: no workflow takes UTILMD 11111
Mon 29.12.2025
  11:00:00         NB   event   FristLapsed         ⏱    stream A-1, no. 2 · answer 55001, was due Mon 29.12. 11:00
                   NB   Frist   answer 55010        ⏱    came, nothing to do · was due Mon 29.12. 11:00
  13:03:20   NB → LFN   UTILMD 55002 Bestätigung    #3   for #1 · receipt 13:03:21, the ÜT is 29.12. · 2 h 3 min AFTER its Frist
Tue 30.12.2025
  00:00:00              check   FAILED              !    no Frist missed: found NB: answer 55001

end        NB A-1 confirmed · NB is DOWN · open Fristen 2 · outbox 0 · dead letters 1 · unsettled 0
checks     0 of 1 held
variants   crash@every-commit   40 of 41 alike
FAILED     line 23: no Frist missed: found NB: answer 55001
FAILED     crash@every-commit: 1 run ended differently, first: NB, commit 3, before sync
FAILED     the run broke off: NB panicked in A-1
"#;
        assert_eq!(timetable(&example::bad_day()), printed(expected));
    }

    #[test]
    fn an_empty_run_says_so() {
        let outcome = Outcome { commits: 0, ..example::only(crate::trace::Trace::default()) };
        let text = timetable(&outcome);
        assert!(text.contains("seed 7 · 0 commits · 0 checks\n"), "{text}");
        assert!(text.contains("\nchecks     0 of 0 held\n"), "{text}");
    }
}
