//! Lieferbeginn over Christmas, written by hand: what the tests of the reports tell.

use std::collections::BTreeMap;

use mako_engine::Timestamp;
use mako_engine::fristen::{RulebookId, Sparte};
use serde_json::json;

use crate::plan::{Behaviour, Object, Party, Plan};
use crate::run::{Checked, Outcome, PartyEnd, ProcessEnd, VariantOutcome};
use crate::trace::{Trace, TryEnd, What};

pub(crate) const LFN_STREAM: &str = "gpke-lieferbeginn-lfn/5d1c0f7e-93a4-4c6b-8f21-000000000001";
pub(crate) const NB_STREAM: &str = "gpke-lieferbeginn-nb/0b7e6a52-1d2f-4e3a-9c4b-000000000001";
const ANMELDUNG: &str = "5d1c0f7e-93a4-4c6b-8f21-000000000002@lfn.example";
const APERAK_55001: &str = "0b7e6a52-1d2f-4e3a-9c4b-000000000002@nb.example";
const ANSWER: &str = "0b7e6a52-1d2f-4e3a-9c4b-000000000003@nb.example";
const APERAK_55002: &str = "5d1c0f7e-93a4-4c6b-8f21-000000000003@lfn.example";

pub(crate) fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A trace with a pen.
#[derive(Default)]
pub(crate) struct Pen {
    pub(crate) trace: Trace,
    exchange: u64,
}

/// A message as its tries see it.
pub(crate) struct Letter {
    pub(crate) id: &'static str,
    pub(crate) route: (&'static str, &'static str),
    pub(crate) label: &'static str,
    pub(crate) answers: Option<&'static str>,
    pub(crate) stream: &'static str,
    pub(crate) note: &'static str,
    pub(crate) fulfils: Option<&'static str>,
}

impl Pen {
    pub(crate) fn note(&mut self, at: &str, party: &str, what: What) {
        self.trace.push(instant(at), party, what);
    }

    pub(crate) fn begins(&mut self, at: &str, letter: &Letter, attempt: u32) -> u64 {
        self.exchange += 1;
        let what = What::TryBegins {
            exchange: self.exchange,
            message_id: letter.id.to_owned(),
            to: letter.route.1.to_owned(),
            label: letter.label.to_owned(),
            answers: letter.answers.map(str::to_owned),
            stream: Some(letter.stream.to_owned()),
            note: letter.note.to_owned(),
            attempt,
            fulfils: letter.fulfils.map(instant),
            queued_at: None,
            release: None,
        };
        self.note(at, letter.route.0, what);
        self.exchange
    }

    pub(crate) fn fails(&mut self, at: &str, letter: &Letter, attempt: u32, why: &str) {
        let exchange = self.begins(at, letter, attempt);
        self.note(at, letter.route.0, What::TryEnds { exchange, end: TryEnd::Failed(why.to_owned()) });
    }

    pub(crate) fn accepted(&mut self, at: &str, letter: &Letter) {
        let (from, to) = letter.route;
        self.note(at, to, What::Accepted { from: from.to_owned(), message_id: letter.id.to_owned() });
    }

    pub(crate) fn receipt(&mut self, at: &str, letter: &Letter, exchange: u64) {
        self.note(at, letter.route.0, What::TryEnds { exchange, end: TryEnd::Receipt(instant(at)) });
    }

    pub(crate) fn event(&mut self, at: &str, (party, stream): (&str, &str), version: u64, event_type: &str, body: serde_json::Value) {
        let (stream, payload) = (stream.to_owned(), json!({ event_type: body }));
        self.note(at, party, What::Event { stream, version, event_type: event_type.to_owned(), payload });
    }

    pub(crate) fn frist(&mut self, at: &str, (party, stream): (&str, &str), label: &str, due: &str, reason: &str) {
        let (stream, label, reason) = (stream.to_owned(), label.to_owned(), reason.to_owned());
        self.note(at, party, What::FristSet { stream, label, due: instant(due), reason });
    }
}

const LFN: (&str, &str) = ("LFN", LFN_STREAM);
const NB: (&str, &str) = ("NB", NB_STREAM);
const CHRISTMAS: &str = "24.–26.12. holidays, 27./28. weekend";

pub(crate) fn letters() -> [Letter; 4] {
    let letter = |id, route, label, answers, stream, fulfils| Letter { id, route, label, answers, stream, note: "", fulfils };
    let (to_nb, to_lfn) = (("LFN", "NB"), ("NB", "LFN"));
    [
        Letter { note: "MaLo 51999990018", ..letter(ANMELDUNG, to_nb, "UTILMD 55001 Anmeldung", None, LFN_STREAM, None) },
        letter(APERAK_55001, to_lfn, "APERAK 312", Some(ANMELDUNG), NB_STREAM, Some("2025-12-23T15:45:00Z")),
        letter(ANSWER, to_lfn, "UTILMD 55002 Bestätigung", Some(ANMELDUNG), NB_STREAM, Some("2025-12-29T10:00:00Z")),
        letter(APERAK_55002, to_nb, "APERAK 312", Some(ANSWER), LFN_STREAM, Some("2025-12-27T11:48:21Z")),
    ]
}

/// The example of the scenario format, as it could come out of a run.
pub(crate) fn christmas() -> Outcome {
    let mut pen = Pen::default();
    let [anmeldung, aperak, answer, last] = letters();

    let at = "2025-12-23T15:00:00Z";
    let begin = "2026-01-14T23:00:00Z";
    let requested = json!({"frame": {"token": "K7Q2M9XA"}, "nb": "9999000002010", "malo": "51999990018", "begin": begin});
    pen.event(at, LFN, 1, "AnmeldungRequested", requested);
    let exchange = pen.begins(at, &anmeldung, 1);
    let at = "2025-12-23T15:00:01Z";
    pen.accepted(at, &anmeldung);
    pen.note(at, "NB", What::Crash { point: "after-receipt".to_owned(), keep: "torn".to_owned() });
    pen.receipt(at, &anmeldung, exchange);
    pen.event(at, LFN, 2, "MessageDelivered", json!({"kind": "UTILMD 55001", "received_at": at}));
    pen.frist(at, LFN, "awaits APERAK 55001", "2025-12-23T15:45:00Z", "");
    pen.frist(at, LFN, "answer 55001", "2025-12-29T10:00:00Z", CHRISTMAS);

    let at = "2025-12-23T15:30:00Z";
    pen.note(at, "NB", What::Restart { resumes: 1, repaired: Some("journal 3: 37 bytes cut".to_owned()) });
    let original = json!({"interchange": "K7Q2M9XAI1", "vorgang": "K7Q2M9XA55001"});
    let frame = json!({"token": "ZB4T0P1E"});
    let received = json!({"frame": frame, "lfn": "9999000001012", "malo": "51999990018", "begin": begin, "original": original});
    pen.event(at, NB, 1, "AnmeldungReceived", received);
    pen.frist(at, NB, "answer 55001", "2025-12-29T10:00:00Z", CHRISTMAS);
    pen.frist(at, NB, "APERAK 55001", "2025-12-23T15:45:00Z", "");
    let exchange = pen.begins(at, &aperak, 1);
    let at = "2025-12-23T15:30:01Z";
    pen.accepted(at, &aperak);
    pen.event(at, LFN, 3, "AperakReceived", json!({"kind": "UTILMD 55001", "recognised": true, "codes": []}));
    pen.receipt(at, &aperak, exchange);
    pen.event(at, NB, 2, "MessageDelivered", json!({"kind": "APERAK 55001", "received_at": at}));
    let at = "2025-12-23T15:31:00Z";
    pen.note(at, "LFN", What::LinkFault { to: "NB".to_owned(), fault: "duplicate".to_owned() });
    pen.note("2025-12-23T15:31:01Z", "NB", What::Duplicate { from: "LFN".to_owned(), message_id: ANMELDUNG.to_owned() });

    pen.note("2025-12-23T23:00:00Z", "LFN", What::Partition { with: "NB".to_owned(), until: instant("2025-12-27T11:00:00Z") });
    let at = "2025-12-24T08:12:00Z";
    pen.note(at, "NB", What::Decides { about: "Anmeldung".to_owned(), verdict: "accept".to_owned() });
    pen.event(at, NB, 3, "AnmeldungChecked", json!({"finding": {"Possible": {"lfa": null}}}));
    pen.event(at, NB, 4, "Decided", json!({"pid": "55002", "code": "A51"}));
    for attempt in 1..=40 {
        pen.fails(at, &answer, attempt, "no connection");
    }
    let held = "Frist \"answer 55001\" open, due Mon 29.12. 11:00";
    pen.note("2025-12-26T07:00:00Z", "NB", What::Check { text: held.to_owned(), found: None });

    let exchange = pen.begins("2025-12-27T11:03:20Z", &answer, 41);
    let at = "2025-12-27T11:03:21Z";
    pen.accepted(at, &answer);
    pen.event(at, LFN, 4, "AnswerReceived", json!({"confirms": true, "code": "A51", "received_at": at}));
    pen.frist(at, LFN, "APERAK 55002", "2025-12-27T11:48:21Z", "");
    pen.receipt(at, &answer, exchange);
    let exchange = pen.begins(at, &last, 1);
    let at = "2025-12-27T11:03:22Z";
    pen.accepted(at, &last);
    pen.event(at, NB, 6, "AperakReceived", json!({"kind": "UTILMD 55002", "recognised": true, "codes": []}));
    pen.receipt(at, &last, exchange);

    let checks = [held, "NB sends exactly one APERAK for Anmeldung", "no Frist missed"];
    Outcome {
        plan: plan(),
        trace: pen.trace,
        commits: 41,
        commits_by_party: vec![20, 21],
        messages: 5,
        wakes: 60,
        checks: checks.map(|text| Checked { text: text.to_owned(), found: None, line: 20 }).to_vec(),
        ends: vec![party_end("LFN", LFN_STREAM), party_end("NB", NB_STREAM)],
        failure: None,
        violation: None,
        watched: None,
        variants: vec![VariantOutcome { name: "crash@every-commit".to_owned(), runs: 41, alike: 41, first_difference: None }],
        noted: std::collections::BTreeSet::new(),
    }
}

pub(crate) fn plan() -> Plan {
    let party = |name: &str, role: &str, mp_id: &str| Party {
        name: name.to_owned(),
        role: role.to_owned(),
        mp_id: mp_id.parse().unwrap(),
        sparte: Sparte::Strom,
        behaviour: Behaviour::Conformant,
    };
    let malo = Object { name: "malo".to_owned(), kind: "MaLo".to_owned(), id: "51999990018".to_owned(), attributes: BTreeMap::new() };
    Plan {
        title: "Lieferbeginn over Christmas: crash after the receipt, answer into a dead line".to_owned(),
        source: "GPKE Teil 2 SD Lieferbeginn, APERAK AHB 1.0 §2.4.1".to_owned(),
        rulebook: RulebookId::BK6_24_174,
        seed: 7,
        parties: vec![party("LFN", "Lieferant", "9999000001012"), party("NB", "Netzbetreiber", "9999000002010")],
        objects: vec![malo],
        steps: Vec::new(),
        until: instant("2025-12-29T23:00:00Z"),
        expects: Vec::new(),
        variants: Vec::new(),
        disturbance: None,
    }
}

fn party_end(party: &str, stream: &str) -> PartyEnd {
    let process = ProcessEnd {
        stream: stream.to_owned(),
        state: "confirmed".to_owned(),
        ended: true,
        fristen: Vec::new(),
        queued: Vec::new(),
        asks: Vec::new(),
    };
    PartyEnd { party: party.to_owned(), down: false, processes: vec![process], open_fristen: 0, outbox: 0, dead_letters: 0, unsettled: 0 }
}

/// A bad day: lost receipts, a Frist missed, a dead letter, a check that fails, a node that stays down.
pub(crate) fn bad_day() -> Outcome {
    let mut pen = Pen::default();
    let [anmeldung, aperak, answer, _] = letters();
    let lose = What::LinkFault { to: "NB".to_owned(), fault: "receipt lost 3".to_owned() };
    pen.note("2025-12-23T15:00:00Z", "LFN", lose);
    let again = |from: &str| What::Duplicate { from: from.to_owned(), message_id: ANMELDUNG.to_owned() };
    for (attempt, minute) in (1..=4_u32).zip(["15:00", "15:02", "15:04", "15:06"]) {
        let exchange = pen.begins(&format!("2025-12-23T{minute}:00Z"), &anmeldung, attempt);
        let arrives = format!("2025-12-23T{minute}:01Z");
        match attempt {
            1 => {
                pen.accepted(&arrives, &anmeldung);
                pen.event(&arrives, NB, 1, "AnmeldungReceived", json!({"frame": {"token": "ZB4T0P1E"}, "lfn": "9999000001012"}));
                pen.frist(&arrives, NB, "answer 55001", "2025-12-29T10:00:00Z", CHRISTMAS);
            }
            _ => pen.note(&arrives, "NB", again("LFN")),
        }
        let end = match attempt {
            4 => TryEnd::Receipt(instant("2025-12-23T15:00:01Z")),
            _ => TryEnd::Failed("no receipt".to_owned()),
        };
        pen.note(&format!("2025-12-23T{minute}:59Z"), "LFN", What::TryEnds { exchange, end });
    }
    pen.begins("2025-12-23T15:07:00Z", &aperak, 1);
    pen.note("2025-12-23T15:07:01Z", "NB", What::Crash { point: "now".to_owned(), keep: "synced".to_owned() });
    pen.note("2025-12-23T15:08:00Z", "NB", What::Restart { resumes: 0, repaired: None });
    let about = "UTILMD 11111 from 9999000001012, reference ZB4T0P1E11111".to_owned();
    let reason = "no workflow takes UTILMD 11111".to_owned();
    let event_type = "DeadLettered".to_owned();
    let (stream, payload) = ("boundary".to_owned(), json!({"DeadLettered": {"about": about}}));
    pen.note("2025-12-23T15:08:00Z", "NB", What::Event { stream, version: 1, event_type, payload });
    pen.note("2025-12-23T15:08:00Z", "NB", What::DeadLetter { about, reason });

    let fired =
        |label: &str| What::FristFired { stream: NB_STREAM.to_owned(), label: label.to_owned(), due: instant("2025-12-29T10:00:00Z") };
    let at = "2025-12-29T10:00:00Z";
    pen.note(at, "NB", fired("answer 55001"));
    pen.event(at, NB, 2, "FristLapsed", json!({"label": "answer 55001", "due": at}));
    pen.note(at, "NB", fired("answer 55010"));
    let at = "2025-12-29T12:03:20Z";
    let exchange = pen.begins(at, &answer, 1);
    pen.receipt("2025-12-29T12:03:21Z", &answer, exchange);
    let (text, found) = ("no Frist missed", "NB: answer 55001");
    let failed = What::Check { text: text.to_owned(), found: Some(found.to_owned()) };
    pen.note("2025-12-29T23:00:00Z", "", failed);

    let mut end = party_end("NB", NB_STREAM);
    (end.down, end.dead_letters, end.open_fristen) = (true, 1, 2);
    Outcome {
        ends: vec![end],
        checks: vec![Checked { text: text.to_owned(), found: Some(found.to_owned()), line: 23 }],
        variants: vec![VariantOutcome {
            name: "crash@every-commit".to_owned(),
            runs: 41,
            alike: 40,
            first_difference: Some("NB, commit 3, before sync".to_owned()),
        }],
        failure: Some(format!("NB panicked in {NB_STREAM}")),
        ..only(pen.trace)
    }
}

/// An outcome of the example's plan in which only `trace` happened.
pub(crate) fn only(trace: Trace) -> Outcome {
    Outcome { trace, ends: Vec::new(), checks: Vec::new(), variants: Vec::new(), ..christmas() }
}
