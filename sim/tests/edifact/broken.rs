//! Every line of `tests/broken/expected.csv`: one clean message broken in many ways, and how a node answers.

use std::path::Path;

use mako_sim::edifact::reaction::{Answer, Reaction, react};
use mako_sim::edifact::syntax::DeadLetter;
use mako_sim::edifact::{ReceiveContext, Sparte};

use crate::receiver::{receiver, root, shared};

const ME: &str = "9999000002010";
const RECEIVED: &str = "2025-11-06T09:01:00Z";

/// The rows whose expectation is prose: the file, and the beginnings of the verdict that satisfy it, Strom and Gas.
const PROSE: &[(&str, &str, &str)] = &[
    ("10_release_future.edi", "CONTRL 4 UCM 12", "CONTRL 4 UCM 12"),
    ("17_una_wrong.edi", "CONTRL 4 UCI", "CONTRL 4 UCI"),
    ("21_mpid_check_digit.edi", "CONTRL 4 UCI 23", "CONTRL 4 UCI 23"),
    ("27_unb_nad_receiver_differs.edi", "APERAK 313", "APERAK 313"),
    ("33_crlf_between_segments.edi", "accepted APERAK 312", "accepted CONTRL 7"),
    ("34_empty_file.edi", "unreadable", "unreadable"),
    ("36_binary.edi", "unreadable", "unreadable"),
    ("48_interchange_ref_lowercase.edi", "CONTRL 4 UCI", "CONTRL 4 UCI"),
    ("49_two_interchanges.edi", "CONTRL 4 UCI", "CONTRL 4 UCI"),
];

/// One line of CSV; fields with commas are quoted.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut is_quoted = false;
    for c in line.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => fields.push(String::new()),
            c => fields.last_mut().unwrap().push(c),
        }
    }
    fields
}

fn satisfies(expected: &str, reaction: &Reaction) -> bool {
    let verdict = reaction.answers[0].verdict();
    let acknowledged = reaction.contrl().is_some_and(|c| c.fault.is_none());
    if let Some(then) = expected.strip_prefix("CONTRL 7, then ") {
        return acknowledged && verdict == then;
    }
    match expected {
        "APERAK 312" => verdict == "accepted APERAK 312" && !acknowledged,
        "CONTRL 7" => verdict == "accepted CONTRL 7" && acknowledged,
        "CONTRL 4 UCI/UCD 21" => verdict == "CONTRL 4 UCI 21" || verdict == "CONTRL 4 UCD 21",
        _ => {
            let beginning = expected.split(" (").next().unwrap();
            assert!(beginning.starts_with("CONTRL 4") || beginning.starts_with("APERAK 313 Z"), "not understood: {expected}");
            verdict == beginning || verdict.starts_with(&format!("{beginning} "))
        }
    }
}

fn check(folder: &Path) {
    let table = std::fs::read_to_string(folder.join("expected.csv")).unwrap();
    let mut rows = 0;
    for line in table.lines().skip(1) {
        let row = fields(line);
        let [file, _, _, strom, gas] = row.as_slice() else { panic!("{line}") };
        let bytes = std::fs::read(folder.join(file)).unwrap();
        for (sparte, expected) in [(Sparte::Strom, strom), (Sparte::Gas, if gas == "same" { strom } else { gas })] {
            let mut context = receiver(ME, sparte, RECEIVED);
            let seen = |_: &str, reference: &str| reference == "IC000733";
            if file.starts_with("45_") {
                context.ledger = &seen;
            }
            let reaction = react(&bytes, &context);
            let prose = PROSE.iter().find(|(f, ..)| f == file);
            let holds = match prose {
                Some((_, strom, gas)) => reaction.answers[0].verdict().starts_with(if sparte == Sparte::Strom { strom } else { gas }),
                None => satisfies(expected, &reaction),
            };
            println!("{file} {sparte:?}: {reaction}");
            assert!(holds, "{file} {sparte:?}: expected {expected}, got {reaction}");
            assert!(reaction.answers[0].position() <= bytes.len());
        }
        rows += 1;
    }
    assert!(rows >= 33, "only {rows} rows");
}

#[test]
fn every_broken_message_is_answered_as_expected() {
    check(&root().join("sim/tests/broken"));
}

#[test]
fn every_shared_broken_message_is_answered_as_expected() {
    if let Some(folder) = shared("messages/broken") {
        check(&folder);
    }
}

fn clean() -> String {
    std::fs::read_to_string(root().join("sim/tests/broken/00_clean.edi")).unwrap()
}

/// The clean message with one text replaced by another, received in Strom.
fn verdict(from: &str, to: &str) -> (String, Reaction) {
    let text = clean();
    assert!(text.contains(from), "{from}");
    let bytes: Vec<u8> = text.replacen(from, to, 1).chars().map(|c| c as u8).collect();
    let reaction = react(&bytes, &receiver(ME, Sparte::Strom, RECEIVED));
    (reaction.answers[0].verdict(), reaction)
}

#[test]
fn breakages_beyond_the_corpus_are_answered_too() {
    for (from, to, expected) in [
        ("UNZ+1", "UNZ+2", "CONTRL 4 UCI 29"),
        ("UNZ+1", "UNZ+x", "CONTRL 4 UCI 12"),
        ("UNT+24+MSG000735'", "", "CONTRL 4 UCM 13"),
        ("UNOC:3", "UNOA:1", "CONTRL 4 UCI 2"),
        ("9999000002010:500+2511", "9999000003018:500+2511", "CONTRL 4 UCI 7"),
        ("9999000001012:500", "9999000001012:502", "CONTRL 4 UCI 12"),
        ("IC000733'UNH", "IC000733++++++1'UNH", "CONTRL 4 UCI 25"),
        ("Testweg 1", "Test\u{1}weg", "CONTRL 4 UCD 21"),
        ("RFF+Z13:55001'", "RFF+XYZ:55001'", "CONTRL 4 UCS 13"),
        ("BGM+E01+DOC000734'", "FTX+E01+DOC000734'", "CONTRL 4 UCS 13"),
        ("SEQ+Z01'", "FOO+Z01'", "CONTRL 4 UCS 15"),
        ("UTILMD:D:11A", "UTILMD:D:04B", "CONTRL 4 UCM 12"),
        ("LOC+Z16+51999990018", "LOC+Z16+51999990017", "APERAK 313 Z35"),
        ("202511072300", "202511072200", "APERAK 313 Z35"),
        ("SEQ+Z79+1'", "LOC+Z16+51999990018'", "APERAK 313 Z40"),
        ("DTM+92:202511072300?+00:303'", "DTM+76:202511072300?+00:303'", "APERAK 313 Z29"),
        ("NAD+MS+9999000001012::293'", "NAD+XX+9999000001012::293'", "APERAK 313 Z29"),
        ("NAD+MS+9999000001012::293'", "NAD+MS+9999000001012::332'", "APERAK 313 Z39"),
        ("BGM+E01", "BGM+E35", "APERAK 313 Z39"),
    ] {
        let (found, reaction) = verdict(from, to);
        assert_eq!(found, expected, "{from} -> {to}: {reaction}");
    }
}

#[test]
fn an_unknown_pid_and_a_test_flag_are_also_dead_letters() {
    assert_eq!(verdict("Z13:55001", "Z13:99999").1.dead_letter, Some(DeadLetter::UnknownPid));
    assert_eq!(verdict("Z13:55001", "Z13:13002").1.dead_letter, None);
    let (_, test) = verdict("IC000733'UNH", "IC000733++++++1'UNH");
    assert!(test.is_test);
    assert_eq!(test.dead_letter, Some(DeadLetter::TestInterchange));
}

#[test]
fn a_second_vorgang_with_an_error_drops_only_itself() {
    let text = clean();
    let first = text.find("IDE+24").unwrap();
    let end = text.find("UNT+").unwrap();
    let vorgang = text[first..end].replace("VG000732", "VG000999").replace("Z16+51999990018", "Z16+51999990017");
    let count = text[first..end].matches('\'').count() + 24;
    let both = format!("{}{vorgang}{}", &text[..end], text[end..].replace("UNT+24", &format!("UNT+{count}")));
    let reaction = react(both.as_bytes(), &receiver(ME, Sparte::Strom, RECEIVED));
    let verdicts: Vec<String> = reaction.answers.iter().map(Answer::verdict).collect();
    assert_eq!(verdicts, ["accepted APERAK 312", "APERAK 313 Z35"], "{reaction}");
    assert_eq!(reaction.accepted().len(), 1);
    assert_eq!(reaction.lines().len(), 2);
}

#[test]
fn a_damaged_contrl_is_dropped_in_silence() {
    let contrl = "UNB+UNOC:3+9999000001012:500+9999000002010:500+251106:1020+IC1'UNH+M1+CONTRL:D:3:UN:2.0b'UCI+IC9+9999000002010:500+9999000001012:500+7'UNT+4+M1'UNZ+1+IC1'";
    let context: ReceiveContext<'_> = receiver(ME, Sparte::Gas, RECEIVED);
    let damaged = react(contrl.as_bytes(), &context);
    assert_eq!(damaged.answers[0].verdict(), "discarded");
    assert_eq!(damaged.contrl(), None);
    let whole = react(contrl.replace("UNT+4", "UNT+3").as_bytes(), &context);
    assert_eq!(whole.answers[0].verdict(), "accepted without answer");
    assert_eq!(whole.contrl(), None);
}
