//! Law 9: a check that cannot fail is a defect. Nodes that are broken on purpose, and exactly which requirements each violates.
//!
//! Each is our node with somebody [in between](proxy), or with another behaviour. What crashes leave is asked of those that it can matter to.

mod answering;
mod proxy;
mod taking;

use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::sync::Arc;

use answering::*;
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
            Outcome::SkipUnexplained | Outcome::Exempt => panic!("{id}: {record:?}"),
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
    vouches_for_other_bytes = VouchesForOtherBytes: ;
    stamps_ahead = StampsAhead: "AS-RCP-01";
    stamps_back = StampsBack: "AS-RCP-01";
    receipts_before_keeping = ReceiptsBeforeKeeping: ;
    stamps_again = StampsAgain: ;
    thanks_for_anything = ThanksForAnything: ;
    one_at_a_time = OneAtATime: ;
    knows_no_message_ids = KnowsNoMessageIds: ;
    works_on_the_second = WorksOnTheSecond: ;
    forgets_after_a_week = ForgetsAfterAWeek: ;
    answers_as_phase4 = AnswersAsPhase4: ;
    knows_no_interchanges = KnowsNoInterchanges: ;
    loses_every_fortieth = LosesEveryFortieth: ;
    tires_of_many_senders = TiresOfManySenders: ;
    dies_of_garbage = DiesOfGarbage: ;
    stops_at_garbage = StopsAtGarbage: ;
    answers_acknowledgements = AnswersAcknowledgements: ;
    works_an_hour_later = WorksAnHourLater: ;
    repeats_under_new_ids = RepeatsUnderNewIds: ;
    writes_the_old_release = WritesTheOldRelease: ;
    never_decides = NeverDecides: ;
    keeps_its_errors = KeepsItsErrors: ;
    errors_come_late = ErrorsComeLate: ;
    keeps_its_contrls = KeepsItsContrls: ;
    contrls_come_late = ContrlsComeLate: ;
    keeps_quiet_about_repetitions = KeepsQuietAboutRepetitions: ;
    never_acknowledges = NeverAcknowledges: ;
    names_no_code = NamesNoCode: ;
    acknowledges_twice = AcknowledgesTwice: ;
    acknowledges_late = AcknowledgesLate: ;
    repeats_other_bytes = RepeatsOtherBytes: ;
    repeats_after_receipts = RepeatsAfterReceipts: ;
    never_gives_up = NeverGivesUp: ;
    gives_up_after_a_day = GivesUpAfterADay: ;
    tries_once = TriesOnce: ;
    believes_any_answer = BelievesAnyAnswer: ;
    stops_at_a_wrong_receipt = StopsAtAWrongReceipt: ;
    waits_for_ever = WaitsForEver: ;
    hears_no_refusal = HearsNoRefusal: ;
}

#[test]
fn every_requirement_on_nodes_is_violated_by_a_broken_node() {
    let covered: BTreeSet<&str> = VIOLATED.iter().flat_map(|ids| ids.iter().copied()).collect();
    let uncovered: Vec<&str> = NODE_REQUIREMENTS.iter().map(|one| one.id).filter(|id| !covered.contains(id)).collect();
    assert!(uncovered.is_empty(), "no broken node violates {uncovered:?}");
}
