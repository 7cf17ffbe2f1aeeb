//! Law 9: a check that cannot fail is a defect. Nodes that are broken on purpose, and exactly which requirements each violates.
//!
//! Each is our node with somebody [in between](proxy), or with another behaviour. What crashes leave is asked of those that it can matter
//! to.

mod answering;
mod losing;
mod proxy;
mod taking;

use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::sync::Arc;

use answering::*;
use losing::*;
use mako_conformance::{Capabilities, NODE_REQUIREMENTS, Outcome, Without, node_record};
use mako_scenarios::subjects::{Netzbetreiber, Staging};
use mako_sim::as4::UserMessage;
use mako_sim::plan::Behaviour;
use mako_sim::run::StoreKind;
use mako_sim::run::stage::{Door, Ground};
use proxy::Fault;
use taking::*;

const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 24 * HOUR_S;

/// Whether the interchange of `message` holds `text`.
fn holds(message: &UserMessage, text: &str) -> bool {
    String::from_utf8_lossy(&message.payload).contains(text)
}

/// Puts `new` wherever `old` stands.
fn replace(payload: &mut Vec<u8>, old: &str, new: &str) {
    *payload = String::from_utf8_lossy(payload).replace(old, new).into_bytes();
}

/// A node that is broken by `F`.
struct Mutant<F>(PhantomData<F>);

impl<F: Fault> Staging for Mutant<F> {
    const NAME: &'static str = "broken";
    const GROUND: Ground = Ground::Memory;
    const STORE: StoreKind = StoreKind::Memory;
    const BEHAVIOUR: Behaviour = F::BEHAVIOUR;
    const CAPABILITIES: Capabilities = if F::CRASHES { Capabilities::CRASHES } else { Capabilities::NONE };
    const WITHOUT: Without = &[(Capabilities::CRASHES, "what is wrong with it has nothing to do with crashes, and to ask takes long")];

    fn door(door: Arc<dyn Door>) -> Arc<dyn Door> {
        proxy::Broken::<F>::stand_in(door)
    }
}

/// The ids that the node violates which is broken by `F`, and what was found.
fn violated<F: Fault>() -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for id in NODE_REQUIREMENTS.iter().map(|one| one.id) {
        let record = node_record::<Netzbetreiber<Mutant<F>>>(id).unwrap();
        match record.result {
            Outcome::Pass | Outcome::Skip => {}
            Outcome::Fail => found.push((id, record.reason.unwrap_or_default())),
            Outcome::SkipUnexplained | Outcome::Exempt | Outcome::Expired => panic!("{id}: {record:?}"),
        }
    }
    found
}

/// `F` violates `expected`, and nothing else.
fn violates<F: Fault>(expected: &[&'static str]) {
    let found = violated::<F>();
    let ids: BTreeSet<&str> = found.iter().map(|(id, _)| *id).collect();
    let told: String = found.iter().map(|(id, reason)| format!("\n  {id}: {reason}")).collect();
    let shown: String = found.iter().map(|(id, _)| format!(" \"{id}\"")).collect();
    assert_eq!(ids, expected.iter().copied().collect(), "found:{shown};{told}");
}

macro_rules! mutants {
    ($($test:ident = $mutant:ident: $($id:literal)*;)*) => {
        $(#[test]
        fn $test() {
            violates::<$mutant>(&[$($id),*]);
        })*

        /// What each mutant violates.
        const VIOLATED: &[&[&str]] = &[$(&[$($id),*]),*];
    };
}

mutants! {
    faithful = Faithful: ;
    overlooks_agreement = OverlooksAgreement: "AS-HDR-01";
    overlooks_service = OverlooksService: "AS-HDR-01";
    overlooks_action = OverlooksAction: "AS-HDR-01";
    overlooks_conversation = OverlooksConversation: "AS-HDR-01";
    overlooks_recipient = OverlooksRecipient: "AS-HDR-01";
    overlooks_type_of_sender = OverlooksTypeOfSender: "AS-HDR-01";
    overlooks_test = OverlooksTest: "AS-PNG-01";
    overlooks_counts = OverlooksCounts: "AS-EDI-01";
    knows_no_test = KnowsNoTest: "AS-PNG-01";
    only_warns = OnlyWarns: "AS-HDR-01";
    overlooks_release = OverlooksRelease: "AS-FVC-01";
    vouches_for_other_bytes = VouchesForOtherBytes: "AS-PNG-01" "AS-HDR-01" "AS-RCP-01" "AS-RCP-03" "AS-DUP-01" "AS-DUP-02"
        "AS-RTY-01" "AS-RTY-02" "AS-RTY-03" "AS-RTY-04" "AS-RTY-05" "AS-PAR-01" "AS-EDI-01" "AS-EDI-02" "AS-EDI-03"
        "AS-EDI-04" "AS-EDI-05" "AS-FVC-01" "AS-FVC-02";
    stamps_ahead = StampsAhead: "AS-RCP-01";
    stamps_back = StampsBack: "AS-RCP-01";
    receipts_before_keeping = ReceiptsBeforeKeeping: "AS-RCP-02" "AS-CRS-01";
    stamps_again = StampsAgain: "AS-RCP-02" "AS-DUP-01";
    thanks_for_anything = ThanksForAnything: "AS-RCP-03";
    one_at_a_time = OneAtATime: "AS-RCP-03";
    knows_no_message_ids = KnowsNoMessageIds: "AS-DUP-01";
    works_on_the_second = WorksOnTheSecond: "AS-DUP-01" "AS-CRS-01";
    forgets_after_a_week = ForgetsAfterAWeek: "AS-DUP-01";
    answers_as_phase4 = AnswersAsPhase4: "AS-RCP-02" "AS-DUP-01" "AS-CRS-01";
    knows_no_interchanges = KnowsNoInterchanges: "AS-DUP-02";
    loses_every_fortieth = LosesEveryFortieth: "AS-PAR-01" "AS-CRS-01";
    tires_of_many_senders = TiresOfManySenders: "AS-PAR-01";
    dies_of_garbage = DiesOfGarbage: "AS-EDI-05";
    stops_at_garbage = StopsAtGarbage: "AS-EDI-05";
    answers_acknowledgements = AnswersAcknowledgements: "AS-EDI-04";
    works_an_hour_later = WorksAnHourLater: "AS-EDI-02" "AS-EDI-03";
    repeats_under_new_ids = RepeatsUnderNewIds: "AS-RTY-01" "AS-RTY-02" "AS-RTY-03" "AS-RTY-04";
    writes_the_old_release = WritesTheOldRelease: "AS-FVC-02";
    writes_old_aperaks = WritesOldAperaks: "AS-FVC-02";
    never_decides = NeverDecides: "AS-HDR-01" "AS-RCP-03" "AS-DUP-01" "AS-DUP-02" "AS-RTY-01" "AS-RTY-03" "AS-RTY-04"
        "AS-PAR-01" "AS-EDI-03" "AS-EDI-04" "AS-EDI-05" "AS-FVC-01" "AS-FVC-02";
    keeps_its_errors = KeepsItsErrors: "AS-EDI-02";
    errors_come_late = ErrorsComeLate: "AS-EDI-02";
    keeps_its_contrls = KeepsItsContrls: "AS-DUP-02" "AS-EDI-01" "AS-FVC-01";
    contrls_come_late = ContrlsComeLate: "AS-EDI-01";
    keeps_quiet_about_repetitions = KeepsQuietAboutRepetitions: "AS-DUP-02";
    never_acknowledges = NeverAcknowledges: "AS-EDI-03";
    names_no_code = NamesNoCode: "AS-EDI-02";
    acknowledges_twice = AcknowledgesTwice: "AS-RTY-01" "AS-EDI-03";
    acknowledges_late = AcknowledgesLate: "AS-EDI-03";
    repeats_other_bytes = RepeatsOtherBytes: "AS-RTY-01";
    repeats_after_receipts = RepeatsAfterReceipts: "AS-RTY-01";
    never_gives_up = NeverGivesUp: "AS-RTY-02";
    gives_up_after_a_day = GivesUpAfterADay: "AS-RTY-02";
    tries_once = TriesOnce: "AS-RTY-01" "AS-RTY-02" "AS-RTY-04";
    believes_any_answer = BelievesAnyAnswer: "AS-RTY-04";
    stops_at_a_wrong_receipt = StopsAtAWrongReceipt: "AS-RTY-04";
    waits_for_ever = WaitsForEver: "AS-RTY-03";
    hears_no_refusal = HearsNoRefusal: "AS-RTY-05";
}

#[test]
fn every_requirement_on_nodes_is_violated_by_a_broken_node() {
    let covered: BTreeSet<&str> = VIOLATED.iter().flat_map(|ids| ids.iter().copied()).collect();
    let uncovered: Vec<&str> = NODE_REQUIREMENTS.iter().map(|one| one.id).filter(|id| !covered.contains(id)).collect();
    assert!(uncovered.is_empty(), "no broken node violates {uncovered:?}");
}
