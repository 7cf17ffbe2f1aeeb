//! What is written is accepted by its receiver and reads back as the same value.

use std::fmt::Debug;
use std::str::FromStr;

use mako_engine::Timestamp;
use mako_sim::edifact::Sparte;
use mako_sim::edifact::aperak::{Aperak, AperakError, Finding};
use mako_sim::edifact::contrl::{Contrl, ContrlFault, OriginalMessage};
use mako_sim::edifact::erc::Erc;
use mako_sim::edifact::identifier::{MaloId, MeloId, MpId, NeloId};
use mako_sim::edifact::interchange::Party;
use mako_sim::edifact::message::TypedMessage;
use mako_sim::edifact::pid::Pid;
use mako_sim::edifact::reaction::{Answer, react};
use mako_sim::edifact::syntax::Level;
use mako_sim::edifact::utilmd::{AnswerStatus, Correspondence, Supply, Transaktionsgrund, Utilmd};
use mako_sim::edifact::write::{Envelope, WriteError, write};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use time::{Date, Duration, Month};

use crate::receiver::{berlin_offset_seconds, receiver};

/// The identifier that starts with `body`, whatever its check digit.
fn completed<T: FromStr<Err: Debug>>(body: &str) -> T {
    (0..10).find_map(|digit| format!("{body}{digit}").parse().ok()).unwrap()
}

fn text() -> impl Strategy<Value = String> {
    "[A-Za-z0-9+:?'./äöüÄÖÜß -]{1,30}"
}

fn number() -> impl Strategy<Value = String> {
    "[A-Z0-9]{1,14}"
}

fn mp_id() -> impl Strategy<Value = MpId> {
    ("(99|98)", "[0-9]{10}").prop_map(|(prefix, rest)| completed(&format!("{prefix}{rest}")))
}

/// 00:00 in Berlin on some day.
fn midnight() -> impl Strategy<Value = Timestamp> {
    (0..5000_i64).prop_map(|days| {
        let day = Date::from_calendar_date(2024, Month::January, 1).unwrap() + Duration::days(days);
        let utc = Timestamp::from(day.midnight().assume_utc());
        utc.plus_seconds(-i64::from(berlin_offset_seconds(utc.plus_seconds(-7200))))
    })
}

fn minute() -> impl Strategy<Value = Timestamp> {
    (25_000_000..32_000_000_i64).prop_map(|minutes| Timestamp::EPOCH.plus_seconds(minutes * 60))
}

prop_compose! {
    fn correspondence()(name in text(), street in text(), city in text(), postal_code in "[0-9]{5}") -> Correspondence {
        Correspondence { name, street, city, postal_code, country: "DE".to_owned() }
    }
}

prop_compose! {
    fn identities()(
        malo in "[1-9][0-9]{9}", melo in option::of("DE[A-Z0-9]{31}"), nelo in option::of("E[A-Z0-9]{9}"), msb in option::of(mp_id()),
        supplier in option::of(mp_id()),
    ) -> (MaloId, Option<MeloId>, Option<NeloId>, Option<MpId>, Option<MpId>) {
        (completed(&malo), melo.map(|m| m.parse().unwrap()), nelo.map(|n| completed(&n)), msb, supplier)
    }
}

prop_compose! {
    fn utilmd()(
        pid in select(vec![55001, 55002, 55003, 55010, 55011, 55012, 55036, 55037]),
        (document, vorgang, request) in (number(), number(), number()),
        (malo, melo, nelo, msb, supplier) in identities(),
        (begin, days) in (midnight(), option::of(1..400_i64)),
        code in select(vec!["E01", "E03", "ZC8", "Z26"]), addition in option::of("Z[A-Z][0-9]"), answer in "A[0-9]{2}",
        (customer, correspondence) in (text(), option::of(correspondence())),
        supply in option::of((number(), number())),
    ) -> Utilmd {
        let end = begin.plus_seconds(days.unwrap_or(1) * 86_400);
        let end = end.plus_seconds(i64::from(berlin_offset_seconds(begin) - berlin_offset_seconds(end)));
        let needs_end = matches!(pid, 55010 | 55011 | 55037);
        Utilmd {
            request_vorgang: Some(request),
            malo: Some(malo),
            melo,
            nelo,
            begin: (!needs_end || days.is_some()).then_some(begin),
            end: (needs_end || days.is_some()).then_some(end),
            takes_back: (pid == 55022).then(|| "V55001".to_owned()),
            ut_of_lfn: (pid == 55010).then(|| begin.to_offset().date()),
            reason: Some(Transaktionsgrund { code: code.to_owned(), addition }),
            answer: (pid != 55001).then(|| AnswerStatus { code: answer, ebd: Some("E_0623".to_owned()) }),
            supplier,
            msb,
            customer: Some(customer),
            correspondence,
            supply: supply.map(|(product, bilanzkreis)| Supply { product, bilanzkreis }),
            ..Utilmd::new(Pid::new(pid).unwrap(), document, vorgang)
        }
    }
}

prop_compose! {
    fn aperak_error()(
        code in select(Erc::all().collect::<Vec<_>>()), text in option::of(text()), location in option::of(text()), successor in option::of(mp_id()),
    ) -> AperakError {
        AperakError { code, text, location, successor: successor.map(|id| id.to_string()) }
    }
}

prop_compose! {
    fn aperak()(
        numbers in proptest::array::uniform4(number()), vorgang in option::of(number()), original_time in minute(),
        errors in proptest::collection::vec(aperak_error(), 0..4),
    ) -> Aperak {
        let [document, original_interchange, original_document, original_message] = numbers;
        let finding = if errors.is_empty() { Finding::Recognised } else { Finding::Failed { original_message, errors } };
        Aperak { document, original_interchange, original_time, original_document, original_vorgang: vorgang, finding }
    }
}

fn fault() -> impl Strategy<Value = ContrlFault> {
    let level = select(vec![Level::Uci, Level::Ucm, Level::Ucs, Level::Ucd]);
    (level, 1..60_u8, number(), 1..500_usize, 1..20_usize).prop_map(|(level, code, reference, segment, element)| ContrlFault {
        level,
        code,
        segment: (level <= Level::Ucm).then(|| "UNH".to_owned()),
        message: (level > Level::Uci)
            .then(|| OriginalMessage { reference, identifier: ["UTILMD", "D", "11A", "UN", "S2.1"].map(str::to_owned).to_vec() }),
        segment_number: (level > Level::Ucm).then_some(segment),
        element_number: (level > Level::Ucs).then_some(element),
    })
}

prop_compose! {
    fn contrl()(original_interchange in number(), sender in mp_id(), receiver in mp_id(), fault in option::of(fault())) -> Contrl {
        Contrl { original_interchange, original_sender: Party::from(sender), original_receiver: Party::from(receiver), fault }
    }
}

fn envelope(message: &TypedMessage) -> Envelope {
    let release = match message {
        TypedMessage::Aperak(_) => "2.1i",
        TypedMessage::Contrl(_) => "2.0b",
        TypedMessage::Utilmd(_) | TypedMessage::Other(_) => "S2.1",
    };
    let prepared_at: Timestamp = "2025-11-06T09:00:00Z".parse().unwrap();
    Envelope {
        sender: "9999000001012".parse().unwrap(),
        receiver: "9999000002010".parse().unwrap(),
        interchange_ref: "IC1".to_owned(),
        message_ref: "M1".to_owned(),
        prepared_at,
        berlin_offset_seconds: berlin_offset_seconds(prepared_at),
        release: release.to_owned(),
    }
}

fn survives(message: &TypedMessage) {
    let bytes = write(message, &envelope(message)).unwrap();
    for sparte in [Sparte::Strom, Sparte::Gas] {
        let reaction = react(&bytes, &receiver("9999000002010", sparte, "2025-11-06T09:01:00Z"));
        assert!(matches!(reaction.answers.as_slice(), [Answer::Accepted { .. }]), "{reaction}\n{}", String::from_utf8_lossy(&bytes));
        assert_eq!(reaction.accepted(), std::slice::from_ref(message));
    }
    let json = serde_json::to_string(message).unwrap();
    assert_eq!(&serde_json::from_str::<TypedMessage>(&json).unwrap(), message);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_written_vorgang_reads_back(utilmd in utilmd()) {
        survives(&utilmd.into());
    }

    #[test]
    fn a_written_aperak_reads_back(aperak in aperak()) {
        survives(&aperak.into());
    }

    #[test]
    fn a_written_contrl_reads_back(contrl in contrl()) {
        survives(&contrl.into());
    }
}

#[test]
fn what_cannot_be_written_is_an_error_and_never_a_changed_message() {
    let whole = Utilmd { begin: Some("2025-11-07T23:00:00Z".parse().unwrap()), ..Utilmd::new(Pid::new(55036).unwrap(), "DOC1", "VG1") };
    let refused = |utilmd: Utilmd| {
        let message = TypedMessage::from(utilmd);
        write(&message, &envelope(&message)).unwrap_err()
    };
    assert!(matches!(refused(whole.clone()), WriteError::Missing { segment, .. } if segment == "STS+7"));
    let whole = Utilmd {
        reason: Some(Transaktionsgrund { code: "Z26".to_owned(), addition: None }),
        malo: Some("51999990018".parse().unwrap()),
        ..whole
    };
    let with = |vorgang: &str, customer: &str| Utilmd { vorgang: vorgang.to_owned(), customer: Some(customer.to_owned()), ..whole.clone() };
    survives(&TypedMessage::from(with("VG1", "Müller")));
    for bad in [with("", "x"), with("VG1", ""), with("VG1", "€"), with("VG1", "Ã¼"), with("VG1", "a\nb"), with(&"V".repeat(36), "x")] {
        assert!(matches!(refused(bad), WriteError::Unwritable { .. }));
    }
    assert!(matches!(refused(Utilmd { pid: Pid::new(55156).unwrap(), ..whole }), WriteError::NoForm { .. }));
}
