//! A plan that is written and read again is the same plan, and no text does harm.

use std::collections::BTreeMap;

use mako_engine::fristen::{RulebookId, Sparte};
use mako_engine::{FormatVersion, Timestamp};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::no_files;
use crate::plan::{
    Action, Behaviour, ClockFault, CrashPoint, DiskFault, Expect, Expectation, Keep, LinkFault, Object, Order, Party, Plan, Queue, Step,
    Variant, Verdict,
};
use crate::scenario::{parse, write};

/// 2025-10-25 to 2025-10-27, with the doubled hour, in steps of a quarter of an hour and a few odd milliseconds.
fn instant() -> impl Strategy<Value = Timestamp> {
    (0_i64..192, prop_oneof![4 => Just(0_i64), 1 => 0_i64..900_000])
        .prop_map(|(quarters, odd)| Timestamp::from_unix_ms(1_761_350_400_000 + quarters * 900_000 + odd))
}

/// After every [`instant`].
fn later() -> impl Strategy<Value = Timestamp> {
    instant().prop_map(|at| at.plus_seconds(4 * 86_400))
}

fn party() -> impl Strategy<Value = String> {
    select(vec!["LFN", "NB", "LFA"]).prop_map(str::to_owned)
}

fn two_parties() -> impl Strategy<Value = (String, String)> {
    (party(), party()).prop_filter("two parties", |(a, b)| a != b)
}

fn details() -> impl Strategy<Value = BTreeMap<String, String>> {
    btree_map("[a-z]{1,6}", any::<String>(), 0..3)
}

fn count() -> impl Strategy<Value = u32> {
    prop_oneof![1_u32..5, 1_u32..]
}

fn expect() -> impl Strategy<Value = Expect> {
    let word = "[A-Za-zäöü]{1,8}";
    let kind = ("[A-Z]{3,6}", option::of("[0-9]{3,5}")).prop_map(|(kind, pid)| pid.map_or(kind.clone(), |pid| format!("{kind} {pid}")));
    prop_oneof![
        (party(), any::<String>(), option::of(instant())).prop_map(|(party, label, due)| Expect::FristOpen { party, label, due }),
        (party(), any::<String>()).prop_map(|(party, label)| Expect::FristClosed { party, label }),
        (party(), any::<String>()).prop_map(|(party, label)| Expect::FristMissed { party, label }),
        (party(), 0_usize..6, kind, option::of(word)).prop_map(|(party, count, kind, about)| Expect::Sends { party, count, kind, about }),
        Just(Expect::NoFristMissed),
        (party(), 0_usize..6).prop_map(|(party, count)| Expect::DeadLetters { party, count }),
        (party(), word).prop_map(|(party, state)| Expect::ProcessIs { party, state }),
    ]
}

fn fault() -> impl Strategy<Value = LinkFault> {
    prop_oneof![
        prop_oneof![0_i64..10_000, (0_i64..10_000).prop_map(|seconds| seconds * 1_000), 0_i64..].prop_map(LinkFault::Delay),
        Just(LinkFault::Duplicate),
        count().prop_map(LinkFault::Lose),
        count().prop_map(LinkFault::ReceiptsLost),
        later().prop_map(LinkFault::ReceiptsLostUntil),
        (0_i64..10_000).prop_map(|seconds| LinkFault::ReceiptsLate(seconds * 1_000)),
        count().prop_map(LinkFault::WrongDigest),
        count().prop_map(LinkFault::Reset),
        Just(LinkFault::Reorder),
        later().prop_map(LinkFault::Hold),
        later().prop_map(LinkFault::Cut),
        count().prop_map(LinkFault::Refuse),
        count().prop_map(LinkFault::Garble),
    ]
}

fn order() -> impl Strategy<Value = Order> {
    let message = select(vec![("UTILMD", "55001"), ("UTILMD", "55002"), ("MSCONS", "13017")]);
    let objects = vec(select(vec!["malo", "melo"]).prop_map(str::to_owned), 0..3);
    (two_parties(), message, "[A-Za-zäöü]{1,8}", objects, details()).prop_map(|((from, to), (kind, pid), word, objects, details)| Order {
        from,
        to,
        message_type: kind.to_owned(),
        pid: pid.to_owned(),
        word,
        objects,
        details,
    })
}

fn action() -> impl Strategy<Value = Action> {
    use CrashPoint::{AfterReceipt, AfterSync, BeforeMarkSent, BeforeSync, BeforeWrite, Now};
    let point = select(vec![Now, BeforeWrite, BeforeSync, AfterSync, AfterReceipt, BeforeMarkSent]);
    let verdict = prop_oneof![Just(Verdict::Accept), "[A-Z][0-9]{2}".prop_map(Verdict::Reject)];
    prop_oneof![
        order().prop_map(Action::Send),
        (two_parties(), any::<Vec<u8>>()).prop_map(|((from, to), bytes)| Action::SendBytes { from, to, label: "bytes".to_owned(), bytes }),
        (party(), point, select(vec![Keep::Synced, Keep::Torn, Keep::All]), option::of(1_i64..1_000_000))
            .prop_map(|(node, point, keep, down_s)| Action::Crash { node, point, keep, down_s }),
        Just(Action::Calm),
        select(vec![RulebookId::BK6_24_174, RulebookId::MAKO_ENGINE]).prop_map(|rulebook| Action::Rulebook { rulebook }),
        party().prop_map(|node| Action::Restart { node }),
        (party(), select(FormatVersion::ALL.to_vec())).prop_map(|(node, version)| Action::Cutover { node, version }),
        (party(), 1_i64..1_000_000).prop_map(|(node, for_s)| Action::Pause { node, for_s }),
        (party(), 1_i64..1_000_000).prop_map(|(node, for_s)| Action::Lease { node, for_s }),
        (
            party(),
            prop_oneof![(-90_000_i64..90_000).prop_map(|s| ClockFault::Step(s * 1_000)), (-500_i64..500).prop_map(ClockFault::Drift)]
        )
            .prop_map(|(node, fault)| Action::Clock { node, fault }),
        (
            party(),
            prop_oneof![
                Just(DiskFault::Full(Timestamp::MAX)),
                select(Queue::ALL.to_vec()).prop_map(|(_, queue)| DiskFault::RottenRow(queue)),
                later().prop_map(DiskFault::Full),
                later().prop_map(DiskFault::Unreadable),
                select(vec![Keep::Synced, Keep::Torn, Keep::All]).prop_map(DiskFault::FailedSync),
                (0_i64..100, later()).prop_map(|(s, until)| DiskFault::Slow { ms: s * 1_000, until }),
                later().prop_map(DiskFault::Refusing),
                Just(DiskFault::RottenSnapshots),
            ]
        )
            .prop_map(|(node, fault)| Action::Disk { node, fault }),
        (two_parties(), later()).prop_map(|((a, b), until)| Action::Partition { a, b, until }),
        (two_parties(), fault()).prop_map(|((from, to), fault)| Action::Link { from, to, fault }),
        (party(), "[A-Za-zäöü]{1,8}( [a-zäöü]{1,5}){0,2}", verdict).prop_map(|(party, about, verdict)| Action::Decide {
            party,
            about,
            verdict
        }),
        expect().prop_map(Action::Check),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec((instant(), action()), 0..8).prop_map(|mut steps| {
        steps.sort_by_key(|(at, _)| *at);
        steps.into_iter().map(|(at, action)| Step { at, line: 0, action }).collect()
    })
}

const BEHAVIOURS: [Behaviour; 7] = [
    Behaviour::Conformant,
    Behaviour::Silent,
    Behaviour::Late(3),
    Behaviour::Phase4,
    Behaviour::Holodeck,
    Behaviour::NewMessageId,
    Behaviour::WrongRelease,
];

fn parties() -> impl Strategy<Value = Vec<Party>> {
    let manners = (select(vec![Sparte::Strom, Sparte::Gas]), select(BEHAVIOURS.to_vec()));
    vec(manners, 3).prop_map(|manners| {
        let ids = [("LFN", "9999000001012"), ("NB", "9999000002010"), ("LFA", "9899000002012")];
        let party = |((name, id), (sparte, behaviour)): ((&str, &str), _)| Party {
            name: name.to_owned(),
            role: "Lieferant".to_owned(),
            mp_id: id.parse().unwrap(),
            sparte,
            behaviour,
        };
        ids.into_iter().zip(manners).map(party).collect()
    })
}

fn plan() -> impl Strategy<Value = Plan> {
    let prose = "[!-~äöü§→]([ -~äöü§→]{0,30}[!-~äöü§→])?";
    let objects = (details(), details()).prop_map(|(first, second)| {
        let object =
            |name: &str, kind: &str, id: &str, attributes| Object { name: name.into(), kind: kind.into(), id: id.into(), attributes };
        vec![object("malo", "MaLo", "51999990018", first), object("melo", "Zählpunkt", "17", second)]
    });
    let rulebook = select(vec![RulebookId::BK6_24_174, RulebookId::MAKO_ENGINE]);
    let expects = vec(expect().prop_map(|expect| Expectation { line: 0, expect }), 0..4);
    let variants = select(vec![vec![], vec![Variant::CrashAtEveryCommit], vec![Variant::CutoverAtEveryStep, Variant::LoseEveryMessage]]);
    ((prose, prose, rulebook, any::<u64>()), parties(), objects, steps(), later(), expects, variants).prop_map(
        |((title, source, rulebook, seed), parties, objects, steps, until, expects, variants)| Plan {
            title,
            source,
            rulebook,
            seed,
            parties,
            objects,
            steps,
            until,
            expects,
            variants,
            disturbance: None,
        },
    )
}

/// Lines are where the file has them, not what the plan is.
fn without_lines(mut plan: Plan) -> Plan {
    plan.steps.iter_mut().for_each(|step| step.line = 0);
    plan.expects.iter_mut().for_each(|expectation| expectation.line = 0);
    plan
}

/// Pieces of lines in any order come further than random characters.
fn nearly_a_file() -> impl Strategy<Value = String> {
    let pieces = [
        "scenario",
        "source",
        "zone",
        "Europe/Berlin",
        "rulebook",
        "bk6-24-174",
        "seed",
        "party",
        "NB",
        "LFN",
        "9999000001012",
        "strom",
        "object",
        "malo",
        "MaLo",
        "51999990018",
        "2025-12-23",
        "16:00",
        "->",
        "x",
        "~",
        "!",
        "crash",
        "after",
        "receipt",
        "keep=torn",
        "lost",
        "until",
        "delay",
        "3h",
        "9223372036854775807d",
        "bytes",
        "\"",
        "\\x",
        "file",
        "UTILMD",
        "55001",
        "a=b",
        "=\"",
        "check",
        "expect",
        "Frist",
        "open,",
        "due",
        "sends",
        "exactly",
        "one",
        "variants",
        "#",
        "\n",
        "\n",
        "\n",
        "\t",
        "ä",
        "\u{feff}",
    ];
    vec((select(pieces.to_vec()), select(vec![" ", "  ", ""])), 0..60)
        .prop_map(|pieces| pieces.into_iter().flat_map(|(piece, blank)| [piece, blank]).collect())
}

proptest! {
    #[test]
    fn a_plan_reads_back_as_it_was_written(plan in plan()) {
        let text = write(&plan);
        let read = parse("t.mako", &text, &no_files).map_err(|errors| TestCaseError::fail(errors.to_string()))?;
        prop_assert_eq!(write(&read), text);
        prop_assert_eq!(without_lines(read), plan);
    }

    #[test]
    fn any_text_gives_a_plan_or_errors_that_can_be_shown(text: String, pieces in nearly_a_file()) {
        for text in [text, pieces.clone(), super::file(&pieces)] {
            if let Err(errors) = parse("t.mako", &text, &no_files) {
                prop_assert!(!errors.errors().is_empty());
                prop_assert!(errors.to_string().contains("t.mako:"));
            }
        }
    }
}
