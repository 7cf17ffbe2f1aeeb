//! The requirements on nodes.

use std::pin::Pin;

use crate::node::{NodeSubject, Partner, answers, duplicates, headers, load, receipts, releases, retries};
use crate::{Requirement, Violation};

/// The check of a requirement on a node.
pub type NodeCheck<S> = for<'c> fn(&'c Partner<S>) -> Pin<Box<dyn Future<Output = Result<(), Violation>> + 'c>>;

/// A requirement on nodes, and how it is checked on `S`.
pub struct NodeRequirement<S: NodeSubject> {
    /// What is promised.
    pub requirement: Requirement,
    /// The name of its test.
    pub test: &'static str,
    /// Looks whether it is kept.
    pub check: NodeCheck<S>,
}

/// One `#[test]` per requirement on the [`crate::NodeSubject`] named here.
#[macro_export]
macro_rules! node {
    ($subject:ty) => {
        $crate::__node_requirements! { node_tests $subject }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __node_requirements {
    ($mode:ident $($subject:ty)?) => {
        $crate::__expand_requirements! { $mode [$($subject)?]

as_png_01 = "AS-PNG-01" Must NONE since "0.1", receipts::answers_the_test_service;
    "A message to the test service gets its receipt and goes no further.",
    because "Partners try the way before they use it; a test must cause no process.", from "BDEW AS4-Profil 1.1, ebMS 3.0 Core 5.2.2";
as_hdr_01 = "AS-HDR-01" Must NONE since "0.1", headers::wrong_ones_are_refused;
    "Each value of the header that the profile fixes, altered once, is refused with an ebMS error, and has no effect.",
    because "A message under another agreement or for somebody else is none of ours.", from "BDEW AS4-Profil 1.1, P-Mode";
as_rcp_01 = "AS-RCP-01" Must NONE since "0.1", receipts::names_what_was_received;
    "A receipt names the message, the digest of its payload, and an instant between sending and answer.",
    because "That instant starts the Fristen on both sides.", from "BDEW AS4-Profil 1.1, ebMS 3.0 AS4 profile 5.1.8";
as_rcp_02 = "AS-RCP-02" Must CRASHES since "0.1", receipts::outlives_a_crash;
    "What a receipt was given for is there after a crash, with the same instant.",
    because "The partner does not send again what was acknowledged.", from "law 5";
as_rcp_03 = "AS-RCP-03" Must NONE since "0.1", receipts::is_given_for_messages_only;
    "Half a message, something else than a message, or a sender who stays on the line gets no receipt and keeps nobody out.",
    because "One broken partner must not be the end for the others.", from "BDEW AS4-Profil 1.1";
as_dup_01 = "AS-DUP-01" Must NONE since "0.1", duplicates::under_one_message_id_have_one_effect;
    "A repeated MessageId gets the first receipt again, for as long as its sender repeats, and has one effect.",
    because "A receipt that is lost is everyday; a second Anmeldung is not.", from "ebMS 3.0 AS4 profile 3.2, pitfall 1";
as_dup_02 = "AS-DUP-02" Must NONE since "0.1", duplicates::are_told_by_interchange_too;
    "The same interchange under another MessageId is decided once, and refused with CONTRL 26.",
    because "Some partners repeat above AS4.", from "CONTRL AHB, code 26";
as_rty_01 = "AS-RTY-01" Must NONE since "0.1", retries::carry_one_message_id;
    "Without a receipt a message is sent again, under the same MessageId, with the same bytes, and not after its receipt.",
    because "Only the id tells the partner that it has the message already.", from "BDEW AS4-Profil 1.1, pitfall 2";
as_rty_02 = "AS-RTY-02" Must NONE since "0.1", retries::end_with_the_horizon;
    "A message without a receipt is tried until the horizon that partners were told, and no longer.",
    because "A partner who is down over a weekend must lose nothing, and must not find a month of it.", from "`Rulebook::as4_retry`";
as_rty_03 = "AS-RTY-03" Must NONE since "0.1", retries::go_on_until_a_receipt_is_in_time;
    "Who takes a message and is silent for an hour is asked again meanwhile.",
    because "A connection that hangs must not hold a Frist.", from "BDEW AS4-Profil 1.1";
as_rty_04 = "AS-RTY-04" Must NONE since "0.1", retries::go_on_until_a_receipt_fits;
    "A receipt about other bytes is none.",
    because "Non-repudiation is about these bytes.", from "ebMS 3.0 AS4 profile 5.1.8";
as_rty_05 = "AS-RTY-05" Must NONE since "0.1", retries::end_with_a_refusal;
    "A message that its recipient refuses for good is not sent again.",
    because "A permanent error does not burn the horizon, and somebody must look.", from "ebMS 3.0 Core 6.7";
as_par_01 = "AS-PAR-01" Must NONE since "0.1", load::of_64_senders_none_is_lost;
    "64 messages at one instant: each gets its receipt, and is answered once.",
    because "The night of a cutover is like that.", from "law 6";
as_crs_01 = "AS-CRS-01" Must CRASHES since "0.1", load::crashes_among_1000_messages_lose_none;
    "Crashes at any point among 1 000 messages: each that has a receipt is answered exactly once.",
    because "Between receipt and answer lies everything that can be lost.", from "laws 1 and 5";
as_edi_01 = "AS-EDI-01" Must NONE since "0.1", answers::refuse_bad_syntax;
    "An interchange with a wrong count is refused with CONTRL 4 within its window, and with nothing else.",
    because "The sender counts its own Frist until it knows.", from "CONTRL AHB, Allgemeine Festlegungen";
as_edi_02 = "AS-EDI-02" Must NONE since "0.1", answers::refuse_what_cannot_be_processed;
    "A Marktlokation with a wrong check digit is refused with APERAK 313 and its code, within 45 minutes.",
    because "The sender can only mend what is named.", from "APERAK AHB 1.1";
as_edi_03 = "AS-EDI-03" Must NONE since "0.1", answers::acknowledge_in_time;
    "What can be processed is acknowledged with APERAK 312 within 45 minutes, once.",
    because "After that the sender takes it for lost, and telephones.", from "APERAK AHB 1.1, 2.4.1";
as_edi_04 = "AS-EDI-04" Must NONE since "0.1", answers::never_answer_an_acknowledgement;
    "An APERAK is answered with nothing.",
    because "Two nodes that acknowledge acknowledgements are never done.", from "APERAK AHB 1.1";
as_edi_05 = "AS-EDI-05" Must NONE since "0.1", answers::survive_garbage;
    "Payloads that are no interchange get their receipt, and keep no later message out.",
    because "Somebody will send a picture.", from "law 6";
as_fvc_01 = "AS-FVC-01" Must NONE since "0.1", releases::change_at_midnight;
    "Away from a cutover the release in force is taken, and any other one refused with CONTRL.",
    because "What is read by the wrong rules is worse than what is refused.", from "BDEW, Allgemeine Festlegungen, Formatumstellung";
as_fvc_02 = "AS-FVC-02" Must NONE since "0.1", releases::of_an_answer_is_that_of_its_day;
    "Every answer, UTILMD, APERAK and CONTRL, has the release of the day on which it is sent, before and after a cutover.",
    because "The partner reads by the calendar, whatever began when.", from "BDEW, Allgemeine Festlegungen, Formatumstellung";
        }
    };
}

/// Every requirement on nodes, with its check on `S`, in the order of the list.
#[must_use]
pub fn node_requirements<S: NodeSubject>() -> Vec<NodeRequirement<S>> {
    crate::__node_requirements! { node_registry }
}

/// Every requirement on nodes, in the order of the list.
pub const NODE_REQUIREMENTS: &[Requirement] = crate::__node_requirements! { requirements };
