//! The requirements on workflows.

use std::pin::Pin;

use crate::workflow::{
    causes, cutover, deadlines, determinism, goldens, histories, personal, purity, redelivery, rejection, replay, snapshots, stored,
    totality,
};
use crate::{Requirement, Violation, WorkflowContext, WorkflowSubject};

/// The check of a requirement on a workflow.
pub type WorkflowCheck<S> = for<'c> fn(&'c WorkflowContext<S>) -> Pin<Box<dyn Future<Output = Result<(), Violation>> + 'c>>;

/// A requirement on workflows, and how it is checked on `S`.
pub struct WorkflowRequirement<S: WorkflowSubject> {
    /// What is promised.
    pub requirement: Requirement,
    /// The name of its test.
    pub test: &'static str,
    /// Looks whether it is kept.
    pub check: WorkflowCheck<S>,
}

/// One `#[test]` per requirement on the [`crate::WorkflowSubject`] named here.
#[macro_export]
macro_rules! workflow {
    ($subject:ty) => {
        $crate::__workflow_requirements! { workflow_tests $subject }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __workflow_requirements {
    ($mode:ident $($subject:ty)?) => {
        $crate::__expand_requirements! { $mode [$($subject)?]

wf_pur_01 = "WF-PUR-01" Must NONE since "0.1", purity::source_is_pure;
    "The source names no clock, chance, environment, file, network, thread or global that can change.",
    because "A decision that looks around cannot be repeated, so it cannot be explained.", from "law 2, `Workflow`";
wf_pur_02 = "WF-PUR-02" Must NONE since "0.1", purity::alone_and_later_is_the_same;
    "Outside of any runtime, at another instant and in another order, every decision and every state is the same.",
    because "What source text does not show, such as a counter in a library, shows here.", from "law 2, `Workflow`";
wf_det_01 = "WF-DET-01" Must NONE since "0.1", determinism::twice_is_the_same;
    "The same command on the same state decides the same, twice and in two threads; the same event gives the same state.",
    because "A conflict is answered by deciding anew, a restart by folding anew.", from "law 2, `Workflow::handle`";
wf_tot_01 = "WF-TOT-01" Must NONE since "0.1", totality::any_event_on_any_state;
    "Every event is taken on every state: `apply` returns, and does not panic.",
    because "A process whose history panics can never be loaded again.", from "`Workflow::apply`";
wf_tot_02 = "WF-TOT-02" Must NONE since "0.1", totality::any_command_on_any_state;
    "Every command on every state is decided or rejected: `handle` returns, and does not panic, also on a deadline that means nothing.",
    because "A message that comes at the wrong time is everyday.", from "`Workflow::handle`";
wf_rjc_01 = "WF-RJC-01" Must NONE since "0.1", rejection::has_no_effect;
    "A rejected command changes nothing and has a code; what is not rejected has an effect only with an event that says why.",
    because "An effect that replay cannot explain is refused at commit, in production.", from "`Rejection`, law 1";
wf_rpl_01 = "WF-RPL-01" Must NONE since "0.1", replay::live_is_replayed;
    "After every command the live state is the one that the stored events give.",
    because "After a restart the process would be another one.", from "`Process::state`";
wf_rpl_02 = "WF-RPL-02" Must NONE since "0.1", replay::commits_do_not_matter;
    "In how many commits the events were written does not matter to the state.",
    because "Where a commit ends is decided by who asks, not by what happened.", from "`Workflow::apply`";
wf_rpl_03 = "WF-RPL-03" Must NONE since "0.1", replay::hot_is_cold;
    "A process that stays in memory and one that is loaded anew for each command do and become the same.",
    because "What is in memory depends on load, on restarts and on luck.", from "`Process::execute`";
wf_snp_01 = "WF-SNP-01" Must NONE since "0.1", snapshots::every_prefix;
    "A snapshot at any event and the events after it give the state that all events give.",
    because "Snapshots are disposable, so they must not be seen.", from "law 8";
wf_snp_02 = "WF-SNP-02" Must NONE since "0.1", snapshots::state_round_trip;
    "Every state comes back from its stored form equal.",
    because "What is skipped in a snapshot is forgotten on some machines only.", from "`Workflow::State`";
wf_ser_01 = "WF-SER-01" Must NONE since "0.1", stored::event_round_trip;
    "Every event comes back from its stored form equal; a field that its type does not know is an error.",
    because "A field that is read over is lost for ever by the next upcaster.", from "`EventPayload`, docs/your-own-workflow.md";
wf_ser_02 = "WF-SER-02" Must NONE since "0.1", stored::canonical_bytes;
    "Equal events and equal states have equal bytes.",
    because "The hash chain and every comparison of two stores stand on bytes.", from "law 4";
wf_typ_01 = "WF-TYP-01" Must NONE since "0.1", goldens::names_are_committed;
    "Event names and versions are those of the committed list; one that is gone has an upcaster.",
    because "Renaming an event makes every stored history unreadable.", from "`EventPayload::TYPES`";
wf_typ_02 = "WF-TYP-02" Must NONE since "0.1", goldens::every_name_happens;
    "Every listed event happens in a generated history, or is named as legacy; every event that happens is listed.",
    because "What never happens in a test is never checked; what is not listed is refused at commit.", from "`EventPayload::TYPES`";
wf_upc_01 = "WF-UPC-01" Must NONE since "0.1", goldens::past_versions_read;
    "Every golden payload of every version is read as the value that was committed with it.",
    because "Events live longer than the code that wrote them.", from "`Upcaster`";
wf_upc_02 = "WF-UPC-02" Must NONE since "0.1", goldens::chains_are_complete;
    "Upcasters lead from version 1 of every event to today without a gap, and today's events are left alone.",
    because "An engine with a gap is not built; an event with a gap is an error.", from "`SchemaError`";
wf_his_01 = "WF-HIS-01" Must NONE since "0.1", histories::recorded_histories_replay;
    "Today's code decides on every recorded history what was decided then, or the difference is listed with its version gate.",
    because "A process that began under the old code goes on under the new one.", from "Temporal's Replayer";
wf_dln_01 = "WF-DLN-01" Must NONE since "0.1", deadlines::labels_are_owned;
    "Every deadline that is set or cancelled is owned, and every owned label is set in some generated history.",
    because "A label that nobody owns is refused at commit; one that nobody sets is a Frist that nobody watches.",
    from "`Workflow::DEADLINE_LABELS`";
wf_dln_02 = "WF-DLN-02" Must NONE since "0.1", deadlines::late_twice_and_after_the_end;
    "A deadline that fires late does what it does in time; a second time, or after the end, it does nothing.",
    because "After an outage everything fires late, and stale timers are everyday.", from "`TimeoutDeadline`";
wf_dln_03 = "WF-DLN-03" Must NONE since "0.1", deadlines::nobody_is_immortal;
    "Every process that has not ended waits for a deadline, a delivery or a named outside command; the end is where the subject says.",
    because "A process that waits for nothing holds its business key for ever.", from "`Decision::end`, pitfall 7";
wf_dln_04 = "WF-DLN-04" Must FRISTEN since "0.1", deadlines::due_as_the_table_says;
    "Every deadline is due when the subject's table says, over two years with their clock changes and holidays.",
    because "A Frist is a legal duty, and wrong by a day on some days only.", from "law 7";
wf_idm_01 = "WF-IDM-01" Must NONE since "0.1", redelivery::no_second_message;
    "A command that comes again, in any later state, causes no second message.",
    because "Partners say everything twice.", from "law 6";
wf_idm_02 = "WF-IDM-02" Should NONE since "0.1", redelivery::swapped_commands;
    "Two commands that come in the other order lead to the same state, or one of them is rejected by name.",
    because "Messages of one partner may overtake each other.", from "pitfall 30";
wf_crs_01 = "WF-CRS-01" Must NONE since "0.1", redelivery::crash_at_every_commit;
    "After a crash before or after any commit, and everything said again, state and messages are those of a life without a crash.",
    because "A crash is when effects get lost or doubled.", from "laws 1 and 5";
wf_fvc_01 = "WF-FVC-01" Must NONE since "0.1", cutover::newer_messages_are_taken;
    "A process takes in the messages of the next format version what it takes in those of its own.",
    because "Format versions change at midnight, in the middle of processes.", from "`WorkflowVersionPolicy::ForwardCompatible`";
wf_fvc_02 = "WF-FVC-02" Must NONE since "0.1", cutover::at_every_step;
    "A cutover before or after any step, with a restart, changes neither the end nor the messages.",
    because "The rules of a process are those of its start.", from "`Process::rules`";
wf_fvc_03 = "WF-FVC-03" Must NONE since "0.1", cutover::without_snapshots;
    "The same when every snapshot is deleted at the cutover.",
    because "A release that changes the state drops every snapshot, at the cutover of all times.", from "laws 8 and 9";
wf_cau_01 = "WF-CAU-01" Must NONE since "0.1", causes::messages_name_their_cause;
    "Every message has a channel, a recipient, a kind and an event that caused it; every key that a process took finds it.",
    because "Why was this sent? must have an answer, and the answer must find its process.", from "`OutboxMessage::caused_by`";
wf_pii_01 = "WF-PII-01" Should PERSONAL since "0.1", personal::fields_can_be_redacted;
    "Fields about a person are declared, with whom; an event is still read and folded when they are redacted, and no event says them elsewhere.",
    because "A right to erasure must not cost the history.", from "GDPR Art. 17";

        }
    };
}

/// Every requirement on workflows, as it is checked on `S`.
#[must_use]
pub fn workflow_requirements<S: WorkflowSubject>() -> Vec<WorkflowRequirement<S>> {
    crate::__workflow_requirements! { workflow_registry }
}

/// Every requirement on workflows.
pub const WORKFLOW_REQUIREMENTS: &[Requirement] = crate::__workflow_requirements! { requirements };
