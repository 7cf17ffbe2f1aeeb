//! Every error says where it is, what was found, what was expected, and what to do.

use super::{HEADER, file, no_files};
use crate::scenario::parse;

/// Lines that are wrong, each followed by its errors: a caret under the column, and the message.
const LINES: &str = include_str!("errors.txt");

/// `text` as it would stand in [`LINES`], with its errors at `line`.
fn shown(text: &str, line: u32, source: &str) -> String {
    let mut shown = format!("{source}\n");
    let Err(errors) = parse("t.mako", text, &no_files) else { return shown };
    for error in errors.errors() {
        assert_eq!((error.line, error.source_line.as_str()), (line, source), "{errors}");
        let indent = " ".repeat(error.column as usize - 1);
        shown += &format!("{indent}^ {}; expected {}; {}\n", error.found, error.expected, error.advice);
    }
    shown
}

#[test]
fn every_wrong_line_has_its_message() {
    let shown: String = LINES.lines().filter(|line| !line.trim_start().starts_with('^')).map(|line| shown(&file(line), 8, line)).collect();
    if let Some((is, should_be)) = shown.lines().zip(LINES.lines()).find(|(is, should_be)| is != should_be) {
        panic!("is        {is}\nshould be {should_be}");
    }
    assert_eq!(shown, LINES);
}

#[test]
fn what_is_said_once_in_the_header_is_checked_there() {
    for (right, wrong, message) in [
        ("scenario T", "scenario", "        ^ the line ends; expected a title; say what the scenario shows\n"),
        ("source S", "source", "      ^ the line ends; expected a source; name the rule that the scenario shows\n"),
        (
            "zone Europe/Berlin",
            "zone Europe/Vienna",
            "     ^ found `Europe/Vienna`; expected `Europe/Berlin`; write times in Berlin's local time; the market knows no other\n",
        ),
        (
            "rulebook bk6-24-174",
            "rulebook bk7-24-174",
            "         ^ no rulebook is called `bk7-24-174`; expected one of bk6-24-174, mako-engine, sonderfeiertag; did you mean `bk6-24-174`?\n",
        ),
        (
            "rulebook bk6-24-174",
            "rulebook regulation",
            "         ^ no rulebook is called `regulation`; expected one of bk6-24-174, mako-engine, sonderfeiertag; say which rules govern; none is implied\n",
        ),
    ] {
        let text = file("").replace(right, wrong);
        let line = text.lines().zip(1..).find(|(line, _)| *line == wrong).map_or(0, |(_, number)| number);
        assert_eq!(shown(&text, line, wrong), format!("{wrong}\n{message}"));
    }
}

#[test]
fn what_must_be_said_and_is_not_is_named() {
    let errors = parse("empty.mako", "# nothing yet", &no_files).unwrap_err();
    let expected = "\
empty.mako:1:1: the file has no `scenario` line; expected `scenario` and a title; say what the scenario shows
empty.mako:1:1: the file has no `source` line; expected `source` and a rule; name the rule that the scenario shows
empty.mako:1:1: the file has no `zone` line; expected `zone Europe/Berlin`; say in which zone the times are
empty.mako:1:1: the file has no `rulebook` line; expected `rulebook` and one of bk6-24-174, mako-engine, sonderfeiertag; say which rules govern; none is implied
empty.mako:1:1: the file has no `party` line; expected `party NB Netzbetreiber 9999000002010 strom` or the like; say who takes part
empty.mako:1:1: the file has no `until` line; expected `until` with a day and a time; say when the run ends
";
    let lines: String = errors.to_string().lines().filter(|line| line.starts_with("empty")).map(|line| format!("{line}\n")).collect();
    assert_eq!(lines, expected);
}

#[test]
fn steps_stand_in_the_order_of_their_times_and_before_the_end() {
    let lines = "2025-12-24 16:00 NB ! crash\n2025-12-23 16:00 NB ! restart\n2025-12-23 17:00 NB ! restart\n2027-01-01 00:00 NB ! crash";
    let expected = "\
t.mako:9:1: a time before that of line 8; expected steps in the order of their times; move the line up, or mend its time
    2025-12-23 16:00 NB ! restart
    ^
t.mako:10:1: a time before that of line 8; expected steps in the order of their times; move the line up, or mend its time
    2025-12-23 17:00 NB ! restart
    ^
t.mako:11:1: a time after `until` in line 12; expected a time before the end; let the run end later, or take the step out
    2027-01-01 00:00 NB ! crash
    ^";
    assert_eq!(parse("t.mako", &file(lines), &no_files).unwrap_err().to_string(), expected);
}

#[test]
fn a_file_shows_all_that_is_wrong_with_it_in_the_order_of_its_lines() {
    let text = format!("{HEADER}\tseed\tseven # a comment\n2025-12-23 16:00 Nb -> LfN bytes \"\"\nuntil 2026-12-31\n");
    let errors = parse("scenarios/t.mako", &text, &no_files).unwrap_err();
    let expected = "\
scenarios/t.mako:8:7: found `seven`; expected a whole number; leave the line out for seed 1
    \tseed\tseven # a comment
    \t    \t^
scenarios/t.mako:9:18: no party is called `Nb`; expected one of LFN, NB; did you mean `NB`?
    2025-12-23 16:00 Nb -> LfN bytes \"\"
                     ^
scenarios/t.mako:9:24: no party is called `LfN`; expected one of LFN, NB; did you mean `LFN`?
    2025-12-23 16:00 Nb -> LfN bytes \"\"
                           ^
scenarios/t.mako:10:17: the line ends; expected a clock time such as 16:00, 16:00:30 or 02:30+01:00; write the clock time after the day
    until 2026-12-31
                    ^";
    assert_eq!(errors.to_string(), expected);
    assert_eq!((errors.file(), errors.errors().len()), ("scenarios/t.mako", 4));
}

#[test]
fn a_name_whose_declaration_is_wrong_is_known_all_the_same() {
    let text = file("party LFA Lieferant 17\n2025-12-23 16:00 LFA ! crash");
    assert_eq!(parse("t.mako", &text, &no_files).unwrap_err().errors().len(), 1);
}
