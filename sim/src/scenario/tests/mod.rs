//! The example of the format, and the ways to say a thing.

mod errors;
mod roundtrip;

use std::collections::BTreeMap;

use mako_engine::Timestamp;
use mako_engine::fristen::{RulebookId, Sparte};

use super::parse;
use crate::plan::{
    Action, Behaviour, CrashPoint, Expect, Expectation, Keep, LinkFault, Object, Order, Party, Plan, Step, Variant, Verdict,
};

/// The example that the format's description gives.
const CHRISTMAS: &str = r#"scenario   Lieferbeginn over Christmas: crash after the receipt, answer into a dead line
source     GPKE Teil 2 SD Lieferbeginn, APERAK AHB 1.0 §2.4.1
zone       Europe/Berlin
rulebook   bk6-24-174
party      LFN  Lieferant      9999000001012  strom
party      NB   Netzbetreiber  9999000002010  strom
object     malo MaLo           51999990018

2025-12-23 16:00   LFN -> NB   UTILMD 55001 Anmeldung   malo  begin=2026-01-15
2025-12-23 16:00   NB !        crash after receipt  keep=torn
2025-12-23 16:30   NB !        restart
2025-12-23 16:31   LFN ~ NB    duplicate
2025-12-24 00:00   LFN x NB    partition until 2025-12-27 12:00
2025-12-24 09:12   NB decides  Anmeldung accept
2025-12-26 08:00   check NB    Frist "answer 55001" open, due 2025-12-29 11:00

until      2025-12-30 00:00
expect     NB sends exactly one APERAK for Anmeldung
expect     no Frist missed
variants   crash@every-commit
"#;

/// What every file needs, in seven lines.
const HEADER: &str = "scenario T\nsource S\nzone Europe/Berlin\nrulebook bk6-24-174\nparty LFN Lieferant 9999000001012\n\
                      party NB Netzbetreiber 9999000002010\nobject malo MaLo 51999990018\n";

fn no_files(_: &str) -> Result<Vec<u8>, String> {
    Err("there are none".to_owned())
}

/// A file of the header, `lines`, and an end.
fn file(lines: &str) -> String {
    format!("{HEADER}{lines}\nuntil 2026-12-31 00:00\n")
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn actions(lines: &str) -> Vec<Action> {
    let plan = parse("t.mako", &file(lines), &|path| Ok(path.as_bytes().to_vec())).unwrap_or_else(|errors| panic!("{errors}"));
    plan.steps.into_iter().map(|step| step.action).collect()
}

fn action(line: &str) -> Action {
    let mut actions = actions(&format!("2025-12-23 16:00 {line}"));
    assert_eq!(actions.len(), 1);
    actions.remove(0)
}

fn expects(line: &str) -> Expect {
    let mut plan = parse("t.mako", &file(&format!("expect {line}")), &no_files).unwrap_or_else(|errors| panic!("{errors}"));
    plan.expects.remove(0).expect
}

fn names() -> (String, String) {
    ("LFN".to_owned(), "NB".to_owned())
}

#[test]
fn the_example_of_the_format_is_this_plan() {
    let party = |name: &str, role: &str, mp_id: &str| Party {
        name: name.into(),
        role: role.into(),
        mp_id: mp_id.parse().unwrap(),
        sparte: Sparte::Strom,
        behaviour: Behaviour::Conformant,
    };
    let step = |line, instant, action| Step { at: at(instant), line, action };
    let (lfn, nb) = names();
    let plan = Plan {
        title: "Lieferbeginn over Christmas: crash after the receipt, answer into a dead line".into(),
        source: "GPKE Teil 2 SD Lieferbeginn, APERAK AHB 1.0 §2.4.1".into(),
        rulebook: RulebookId::BK6_24_174,
        seed: 1,
        parties: vec![party("LFN", "Lieferant", "9999000001012"), party("NB", "Netzbetreiber", "9999000002010")],
        objects: vec![Object { name: "malo".into(), kind: "MaLo".into(), id: "51999990018".into(), attributes: BTreeMap::new() }],
        steps: vec![
            step(
                9,
                "2025-12-23T15:00:00Z",
                Action::Send(Order {
                    from: lfn.clone(),
                    to: nb.clone(),
                    message_type: "UTILMD".into(),
                    pid: "55001".into(),
                    word: "Anmeldung".into(),
                    objects: vec!["malo".into()],
                    details: [("begin".to_owned(), "2026-01-15".to_owned())].into(),
                }),
            ),
            step(
                10,
                "2025-12-23T15:00:00Z",
                Action::Crash { node: nb.clone(), point: CrashPoint::AfterReceipt, keep: Keep::Torn, down_s: None },
            ),
            step(11, "2025-12-23T15:30:00Z", Action::Restart { node: nb.clone() }),
            step(12, "2025-12-23T15:31:00Z", Action::Link { from: lfn.clone(), to: nb.clone(), fault: LinkFault::Duplicate }),
            step(13, "2025-12-23T23:00:00Z", Action::Partition { a: lfn, b: nb.clone(), until: at("2025-12-27T11:00:00Z") }),
            step(14, "2025-12-24T08:12:00Z", Action::Decide { party: nb.clone(), about: "Anmeldung".into(), verdict: Verdict::Accept }),
            step(
                15,
                "2025-12-26T07:00:00Z",
                Action::Check(Expect::FristOpen { party: nb.clone(), label: "answer 55001".into(), due: Some(at("2025-12-29T10:00:00Z")) }),
            ),
        ],
        until: at("2025-12-29T23:00:00Z"),
        expects: vec![
            Expectation { line: 18, expect: Expect::Sends { party: nb, count: 1, kind: "APERAK".into(), about: Some("Anmeldung".into()) } },
            Expectation { line: 19, expect: Expect::NoFristMissed },
        ],
        variants: vec![Variant::CrashAtEveryCommit],
        disturbance: None,
    };
    assert_eq!(parse("christmas.mako", CHRISTMAS, &no_files), Ok(plan));
}

#[test]
fn the_example_is_written_as_a_person_would() {
    let plan = parse("christmas.mako", CHRISTMAS, &no_files).unwrap();
    let expected = r#"scenario   Lieferbeginn over Christmas: crash after the receipt, answer into a dead line
source     GPKE Teil 2 SD Lieferbeginn, APERAK AHB 1.0 §2.4.1
zone       Europe/Berlin
rulebook   bk6-24-174
seed       1
party      LFN  Lieferant      9999000001012  strom
party      NB   Netzbetreiber  9999000002010  strom
object     malo MaLo           51999990018

2025-12-23 16:00   LFN -> NB   UTILMD 55001 Anmeldung  malo  begin=2026-01-15
2025-12-23 16:00   NB !        crash after receipt  keep=torn
2025-12-23 16:30   NB !        restart
2025-12-23 16:31   LFN ~ NB    duplicate

2025-12-24 00:00   LFN x NB    partition until 2025-12-27 12:00
2025-12-24 09:12   NB decides  Anmeldung accept

2025-12-26 08:00   check NB Frist "answer 55001" open, due 2025-12-29 11:00

until      2025-12-30 00:00
expect     NB sends exactly one APERAK for Anmeldung
expect     no Frist missed
variants   crash@every-commit
"#;
    assert_eq!(super::write(&plan), expected);
}

#[test]
fn both_spellings_of_an_arrow_are_the_same() {
    for (keyboard, eye) in [
        ("LFN -> NB bytes \"\"", "LFN → NB bytes \"\""),
        ("LFN x NB partition until 2025-12-24 00:00", "LFN ╳ NB partition until 2025-12-24 00:00"),
        ("LFN ~ NB duplicate", "LFN ∼ NB duplicate"),
        ("NB ! crash", "NB ■ crash"),
        ("NB ! restart", "NB ▶ restart"),
    ] {
        assert_eq!(action(keyboard), action(eye));
    }
}

#[test]
fn bytes_and_files_travel_as_they_are() {
    let (from, to) = names();
    let bytes =
        |label: &str, bytes: &[u8]| Action::SendBytes { from: from.clone(), to: to.clone(), label: label.into(), bytes: bytes.into() };
    assert_eq!(action(r#"LFN -> NB bytes "UNA # \"\\\xff\x00ü" # a comment"#), bytes("bytes", b"UNA # \"\\\xff\0\xc3\xbc"));
    assert_eq!(action(r#"LFN -> NB bytes """#), bytes("bytes", b""));
    assert_eq!(action("LFN -> NB file conversations/x/01.edi"), bytes("file conversations/x/01.edi", b"conversations/x/01.edi"));
}

#[test]
fn every_point_of_a_crash_has_a_name() {
    let crash = |text: &str| match action(&format!("NB ! crash {text}")) {
        Action::Crash { point, keep, down_s: None, .. } => (point, keep),
        other => panic!("{other:?}"),
    };
    assert_eq!(crash(""), (CrashPoint::Now, Keep::Synced));
    assert_eq!(crash("before write"), (CrashPoint::BeforeWrite, Keep::Synced));
    assert_eq!(crash("before sync keep=all"), (CrashPoint::BeforeSync, Keep::All));
    assert_eq!(crash("after sync keep=synced"), (CrashPoint::AfterSync, Keep::Synced));
    assert_eq!(crash("after receipt"), (CrashPoint::AfterReceipt, Keep::Synced));
    assert_eq!(crash("before mark-sent keep=torn"), (CrashPoint::BeforeMarkSent, Keep::Torn));
}

#[test]
fn a_crash_may_say_how_long_it_lasts() {
    let down = |text: &str| match action(&format!("NB ! crash {text}")) {
        Action::Crash { down_s, .. } => down_s,
        other => panic!("{other:?}"),
    };
    assert_eq!(["for 30s", "keep=torn for 10m", "before sync for 2h"].map(down), [30, 600, 7_200].map(Some));
    assert_eq!(action("calm"), Action::Calm);
}

#[test]
fn every_fault_of_a_link_has_a_name() {
    let fault = |text: &str| match action(&format!("LFN ~ NB {text}")) {
        Action::Link { fault, .. } => fault,
        other => panic!("{other:?}"),
    };
    let delays = ["delay 90s", "delay 40m", "delay 3h", "delay 2d"].map(fault);
    assert_eq!(delays, [90_000, 2_400_000, 10_800_000, 172_800_000].map(LinkFault::Delay));
    assert_eq!(fault("duplicate"), LinkFault::Duplicate);
    assert_eq!(fault("lose 2"), LinkFault::Lose(2));
    assert_eq!(fault("receipt lost"), LinkFault::ReceiptsLost(1));
    assert_eq!(fault("receipt lost 3"), LinkFault::ReceiptsLost(3));
    assert_eq!(fault("receipt lost until 2025-12-24 00:00"), LinkFault::ReceiptsLostUntil(at("2025-12-23T23:00:00Z")));
}

#[test]
fn every_assertion_reads_as_it_is_displayed() {
    let party = || "NB".to_owned();
    let label = || "answer 55001".to_owned();
    let sends =
        |count, kind: &str, about: Option<&str>| Expect::Sends { party: party(), count, kind: kind.into(), about: about.map(Into::into) };
    for (text, expect) in [
        (r#"NB Frist "answer 55001" open"#, Expect::FristOpen { party: party(), label: label(), due: None }),
        (r#"NB Frist "answer 55001" closed"#, Expect::FristClosed { party: party(), label: label() }),
        (r#"NB Frist "answer 55001" missed"#, Expect::FristMissed { party: party(), label: label() }),
        ("NB sends exactly two UTILMD 55002 for Anmeldung", sends(2, "UTILMD 55002", Some("Anmeldung"))),
        ("NB sends exactly three APERAK", sends(3, "APERAK", None)),
        ("NB sends exactly 4 CONTRL", sends(4, "CONTRL", None)),
        ("NB sends exactly no APERAK", sends(0, "APERAK", None)),
        ("no Frist missed", Expect::NoFristMissed),
        ("NB has no dead letter", Expect::DeadLetters { party: party(), count: 0 }),
        ("NB has one dead letter", Expect::DeadLetters { party: party(), count: 1 }),
        ("NB has 12 dead letters", Expect::DeadLetters { party: party(), count: 12 }),
        ("NB is confirmed", Expect::ProcessIs { party: party(), state: "confirmed".into() }),
    ] {
        assert_eq!((expects(text), expect.to_string().as_str()), (expect.clone(), text));
        assert_eq!(action(&format!("check {text}")), Action::Check(expect));
    }
    assert_eq!(expects("NB sends exactly 0 APERAK"), sends(0, "APERAK", None));
}

#[test]
fn a_time_may_have_seconds_and_its_offset() {
    let lines = "2025-10-26 02:30+02:00 NB ! crash\n2025-10-26 02:30+01:00 NB ! restart\n2025-12-23 16:00:30 NB ! crash";
    let plan = parse("t.mako", &file(lines), &no_files).unwrap();
    let times: Vec<_> = plan.steps.iter().map(|step| step.at.to_string()).collect();
    assert_eq!(times, ["2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z", "2025-12-23T15:00:30Z"]);
}

#[test]
fn parties_and_objects_say_as_much_as_is_known() {
    let text = file(
        "seed 7\nparty GNB Netzbetreiber 9899000002012 silent\nparty LFA Lieferant 9999000001020 gas conformant\nobject zp Zählpunkt 17 supplier=LFA note=\"two words\"",
    );
    let plan = parse("t.mako", &text, &no_files).unwrap();
    assert_eq!(plan.seed, 7);
    let parties: Vec<_> = plan.parties.iter().map(|party| (party.name.as_str(), party.sparte, party.behaviour)).collect();
    assert_eq!(
        parties,
        [
            ("LFN", Sparte::Strom, Behaviour::Conformant),
            ("NB", Sparte::Strom, Behaviour::Conformant),
            ("GNB", Sparte::Gas, Behaviour::Silent),
            ("LFA", Sparte::Gas, Behaviour::Conformant),
        ]
    );
    let attributes = [("note".to_owned(), "two words".to_owned()), ("supplier".to_owned(), "LFA".to_owned())];
    assert_eq!(plan.objects[1].attributes, attributes.into());
}

#[test]
fn prose_keeps_what_has_a_meaning_elsewhere() {
    let text = file("").replace("scenario T", "scenario   # 1: a \"quote, # no comment  ");
    assert_eq!(parse("t.mako", &text, &no_files).map(|plan| plan.title), Ok("# 1: a \"quote, # no comment".into()));
}

#[test]
fn line_ends_and_a_byte_order_mark_of_other_systems_do_no_harm() {
    let text = format!("\u{feff}{}", file("# nothing\n\n\t").replace('\n', "\r\n"));
    assert!(parse("t.mako", &text, &no_files).is_ok());
}
