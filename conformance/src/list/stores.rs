//! The requirements on stores.
//!
//! Not here, because no one can ask it of a `dyn Store`: that the hash chain finds what was changed, and that a row which nobody can
//! decode is set aside. Both need a hand in the bytes below the contract; `engine/tests/it/the_chain_finds_what_was_changed.rs` and
//! `engine/tests/it/an_unreadable_row_is_set_aside.rs` have it. So with the chain that holds whoever is forgotten, and with the bytes of a key
//! in files: `a_shredded_person_is_forgotten_and_the_history_stays.rs`, `what_was_shredded_is_gone_from_the_files.rs`. That every try of a message has the same id is in OB-RTY-01.

use std::pin::Pin;

use crate::store::{
    append, atomicity, concurrency, deadlines, durability, inbox, isolation, outbox, reading, registry, shredding, snapshots, views,
};
use crate::{Requirement, StoreContext, Violation};

/// The check of a requirement on a store.
pub type StoreCheck = for<'c, 'o> fn(&'c mut StoreContext<'o>) -> Pin<Box<dyn Future<Output = Result<(), Violation>> + Send + 'c>>;

/// A requirement on stores, and how it is checked.
#[derive(Debug, Clone, Copy)]
pub struct StoreRequirement {
    /// What is promised.
    pub requirement: Requirement,
    /// The name of its test.
    pub test: &'static str,
    /// Looks whether it is kept, on a store that nobody has written to.
    pub check: StoreCheck,
}

/// One `#[test]` per requirement on the [`crate::StoreSubject`] named here.
#[macro_export]
macro_rules! store {
    ($subject:ty) => {
        $crate::__store_requirements! { store_tests $subject }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __store_requirements {
    ($mode:ident $($subject:ty)?) => {
        $crate::__expand_requirements! { $mode [$($subject)?]

es_app_01 = "ES-APP-01" Must NONE since "0.1", append::keeps_every_byte;
    "An event comes back byte for byte: spaces, key order, unicode, NUL, a payload of 1 MiB.",
    because "An auditor reads what was decided, not what a library made of it.", from "`EventStore::read_stream`";
es_app_02 = "ES-APP-02" Must NONE since "0.1", append::lands_without_gaps;
    "The events of a commit land next to each other, counted from 1, without gaps.",
    because "The version is the number of events; a gap would be a conflict with nobody.", from "`RecordedEvent::version`";
es_app_03 = "ES-APP-03" Must NONE since "0.1", append::answers_what_is_read;
    "The version and position that a commit answers are those that are read afterwards.",
    because "A caller goes on from the answer without reading again.", from "`Committed`";
es_app_04 = "ES-APP-04" Must NONE since "0.1", append::empty_changes_no_version;
    "A commit without events changes no version and takes no position.",
    because "Settling a message must not look like something that happened to the process.", from "`Committed::first_position`";
es_app_05 = "ES-APP-05" Must NONE since "0.1", append::keeps_identity;
    "An event keeps its id, name, shape version, instant and cause.",
    because "They name the event for ever, in reports and in the next message.", from "`RecordedEvent`";
es_ord_01 = "ES-ORD-01" Must NONE since "0.1", append::reads_in_order;
    "A stream is read in the order in which it was written.",
    because "State is a fold; another order is another state.", from "`EventStore::read_stream`";
es_pos_01 = "ES-POS-01" Must NONE since "0.1", append::positions_have_no_gaps;
    "Positions go up by one in commit order over all streams; a refused commit takes none.",
    because "A reader that remembers a position would wait for ever at a gap.", from "`RecordedEvent::position`";

es_occ_01 = "ES-OCC-01" Must NONE since "0.1", concurrency::stale_version_is_refused;
    "A commit that expects fewer events than there are is refused; the error names both counts.",
    because "Two answers decided on the same state must not both be sent.", from "`ExpectedVersion::Exact`";
es_occ_02 = "ES-OCC-02" Must NONE since "0.1", concurrency::existing_stream_is_no_new_one;
    "A commit that expects no stream is refused where there is one, and the other way round.",
    because "A finished process must not be started again.", from "`ExpectedVersion::NoStream`, `ExpectedVersion::Exists`";
es_occ_03 = "ES-OCC-03" Must NONE since "0.1", concurrency::version_beyond_the_head_is_refused;
    "A commit that expects more events than there are is refused.",
    because "It was decided on a state that this store never had.", from "`ExpectedVersion::Exact`";
es_occ_04 = "ES-OCC-04" Must NONE since "0.1", concurrency::refusal_changes_nothing;
    "A refused commit leaves events, outbox, deadlines, keys, inbox, snapshots, views and dead letters as they were.",
    because "Half a commit is a message without a reason, or a reason without its message.", from "law 1";
es_occ_06 = "ES-OCC-06" Must NONE since "0.1", concurrency::loser_can_win_next;
    "Who was refused can decide anew and win; strangers on other streams never conflict.",
    because "A counter shared by all made 27 to 38 % of unrelated commits fail elsewhere.", from "pitfall 11";

es_grp_01 = "ES-GRP-01" Must NONE since "0.1", concurrency::waiting_together_is_one_after_the_other;
    "Commits that wait together are as if one had come after the other: each is checked against those before it, positions have no gap.",
    because "They share a sync; whoever does not see its neighbour decides on a state that is gone.", from "law 1, pitfall 8";

es_atm_01 = "ES-ATM-01" Must NONE since "0.1", atomicity::everything_lands_together;
    "Everything in one commit is there when it returns: events, outbox, deadlines, keys, inbox, snapshot, view, dead letters.",
    because "What is lost between two writes is lost for ever.", from "law 1, pitfalls 3, 4, 6";
es_atm_02 = "ES-ATM-02" Must NONE since "0.1", atomicity::effect_without_event_is_refused;
    "A commit with an effect and no event is refused.",
    because "Replay cannot explain a message that no event caused.", from "law 1, pitfall 5";

es_dur_01 = "ES-DUR-01" Must DURABLE since "0.1", durability::acknowledged_survives;
    "What was acknowledged is there after the store was opened again.",
    because "The receipt has left the house.", from "law 5";
es_dur_03 = "ES-DUR-03" Must DURABLE since "0.1", durability::numbers_go_on;
    "Versions, positions and the order of dead letters go on where they were when the store is opened again.",
    because "A number given twice overwrites what had it first.", from "`RecordedEvent::position`";

es_red_01 = "ES-RED-01" Must NONE since "0.1", reading::after_is_exclusive;
    "Reading after a version or position begins with the next one.",
    because "A page read twice is applied twice.", from "`EventStore`";
es_red_02 = "ES-RED-02" Must NONE since "0.1", reading::unknown_is_empty;
    "What was never written is empty, not an error.",
    because "The first message of a conversation is no fault.", from "`EventStore::read_stream`";
es_red_06 = "ES-RED-06" Must NONE since "0.1", reading::pages_join;
    "A page has at most as many events as were asked for, and pages join without gap or repetition.",
    because "A long process is read page by page; its state must not depend on where a page ends.", from "`EventStore`";
es_ten_01 = "ES-TEN-01" Must NONE since "0.1", isolation::tenants_share_nothing;
    "Streams, deadlines and inboxes of two tenants under the same names are two; what workers read names its tenant.",
    because "Another market participant's data.", from "`TenantId`";
es_ten_02 = "ES-TEN-02" Must NONE since "0.1", isolation::names_do_not_leak;
    "Names that contain separators, NUL or each other do not collide.",
    because "A prefix scan that leaks made a process load the events of its neighbour.", from "pitfall 32";

ob_pnd_01 = "OB-PND-01" Must NONE since "0.1", outbox::oldest_first;
    "Due messages come oldest first, equal instants by id, at most as many as were asked for.",
    because "The order must not depend on the store, or two runs differ.", from "`OutboxStore::outbox_due`";
ob_pnd_02 = "OB-PND-02" Must NONE since "0.1", outbox::never_early;
    "A message is due at its instant and not a millisecond before.",
    because "A partner that is down would be asked without pause.", from "`OutboxStore::outbox_due`";
ob_fed_01 = "OB-FED-01" Must NONE since "0.1", outbox::feed_brings_each_once;
    "Messages come behind a cursor in the order of the events that caused them, each once, whenever they are due.",
    because "A worker that had to look at the whole queue each time would drown in a long one.", from "`OutboxStore::outbox_after`";
ob_cau_01 = "OB-CAU-01" Must NONE since "0.1", outbox::cause_is_named;
    "A message names its stream and the position of the first event of its commit, and when it was queued.",
    because "Why was this sent? must have an answer.", from "`OutboxMessage::caused_by`";
ob_new_01 = "OB-NEW-01" Must NONE since "0.1", outbox::standing_id_is_refused;
    "A message under the id of one that is in the queue, or of another one of the same commit, is refused.",
    because "It would take the place of the other, which nobody would ever deliver.", from "`CommitError::OutboxMessageExists`";
ob_ack_01 = "OB-ACK-01" Must NONE since "0.1", outbox::settled_once;
    "A delivered message leaves the queue; settling it again, or one that never was, is refused and changes nothing.",
    because "The delivery means something to its process once.", from "`OutboxSettlement::Delivered`";
ob_rty_01 = "OB-RTY-01" Must NONE since "0.1", outbox::retry_counts_once;
    "A failed try counts once, keeps id and content, notes the error, and is due again at its new instant only.",
    because "A receiver tells a repeated try from a new message by its id.", from "pitfalls 12, 13";
ob_rty_02 = "OB-RTY-02" Must NONE since "0.1", outbox::exhaustion_is_atomic;
    "A message that is given up leaves the queue in the commit that brings its dead letter.",
    because "In between, it would be in neither place, or in both.", from "pitfall 16";

dl_due_01 = "DL-DUE-01" Must NONE since "0.1", deadlines::soonest_first;
    "Due deadlines include the one of this very instant and come soonest first, equal instants in an order of their own.",
    because "A Frist that ends at 10:00 has ended at 10:00.", from "`DeadlineStore::deadlines_due`";
dl_due_02 = "DL-DUE-02" Must NONE since "0.1", deadlines::never_early;
    "A deadline is not due a millisecond before its instant.",
    because "A partner's answer that is in time would be treated as missing.", from "`DeadlineStore::deadlines_due`";
dl_due_03 = "DL-DUE-03" Must NONE since "0.1", deadlines::pages_drain;
    "Asked for n, at most n come; firing them makes room for the rest until none is left.",
    because "After a long outage there are more than one page.", from "`DeadlineStore::deadlines_due`";
dl_nxt_01 = "DL-NXT-01" Must NONE since "0.1", deadlines::next_instant_is_known;
    "The next instant is the first one later than now; none when nothing stands.",
    because "The scheduler sleeps until then.", from "`DeadlineStore::deadline_next_after`";
dl_mov_01 = "DL-MOV-01" Must NONE since "0.1", deadlines::moving_leaves_no_ghost;
    "A label that is set again is due at its new instant only.",
    because "A ghost at the old instant fires early.", from "pitfall 25";
dl_can_01 = "DL-CAN-01" Must NONE since "0.1", deadlines::cancelled_is_gone;
    "A cancelled deadline never comes due and cannot be fired; cancelling what does not stand is ignored.",
    because "The answer came; the timeout must not.", from "`Commit::deadlines_cancelled`";
dl_atm_01 = "DL-ATM-01" Must NONE since "0.1", deadlines::fires_once;
    "A deadline fires once: the commit that fires it removes it, and a second one is refused with all it carries.",
    because "Answer and timeout at the same instant have one outcome.", from "pitfalls 20, 22";
dl_end_01 = "DL-END-01" Must NONE since "0.1", deadlines::end_cancels_all;
    "The end of a process cancels its deadlines, those of the same commit too.",
    because "A finished process must not be woken.", from "`Commit::ends`, pitfall 9";
dl_rst_01 = "DL-RST-01" Must DURABLE since "0.1", deadlines::survives_reopening;
    "A deadline survives opening again and is due late rather than never.",
    because "A Frist does not wait for our restart.", from "law 5";

in_dup_01 = "IN-DUP-01" Must NONE since "0.1", inbox::repetition_is_known;
    "A message that was accepted is refused for ever after, settled or not, with the instant of its first receipt.",
    because "Its receipt is repeated with the instant that started the Fristen.", from "`CommitError::AlreadyAccepted`";
in_flt_01 = "IN-FLT-01" Must NONE since "0.1", inbox::unsettled_is_in_flight;
    "An accepted message is pending with its bytes until its last part is settled, in order of receipt.",
    because "After a crash it is processed from these bytes.", from "law 5, pitfall 1";
in_key_01 = "IN-KEY-01" Must NONE since "0.1", inbox::key_has_sender_and_tenant;
    "The same message id from another sender, or to another tenant, is another message.",
    because "Two senders both begin with A1.", from "`InboxKey`, pitfall 35";
in_atm_01 = "IN-ATM-01" Must NONE since "0.1", inbox::settled_with_its_effects;
    "A part is settled in the commit of the events it causes, once; a refusal leaves it pending.",
    because "Otherwise a crash repeats an effect or loses one.", from "law 1, pitfall 1";
in_prt_01 = "IN-PRT-01" Must NONE since "0.1", inbox::parts_in_order;
    "Parts are settled in order; skipping one, or settling what was never accepted, is refused.",
    because "A part that is skipped is a message that nobody answers.", from "`InboxSettlement`, law 6";

in_lse_01 = "IN-LSE-01" Must NONE since "0.1", inbox::lease_fences;
    "While a lease stands nobody else gets the message; then it can be taken over, and the former holder settles nothing.",
    because "A worker that slept would answer a message that another one has answered.", from "`InboxClaim`, pitfall 2";
in_abn_01 = "IN-ABN-01" Must NONE since "0.1", inbox::abandoned_is_free;
    "An abandoned message is free at once, under another token, with its settled parts; a settled message never opens again.",
    because "Giving back must neither wait for the lease nor repeat what is done.", from "`Commit::abandons_inbox`";
in_fgt_01 = "IN-FGT-01" Must NONE since "0.1", inbox::forgotten_after_the_horizon;
    "A settled message is known until its horizon and forgotten with its bytes some time after; an open one is never forgotten.",
    because "Repetitions come for days, and an inbox that forgets nothing grows for ever.", from "`Accept::known_until`";

rg_lkp_01 = "RG-LKP-01" Must NONE since "0.1", registry::found_after_its_commit;
    "A process is found after the commit that starts it, not before, in the order of the streams.",
    because "An answer that comes at once must find its process.", from "`ProcessRegistry::process`, pitfall 6";
rg_cor_01 = "RG-COR-01" Must NONE since "0.1", registry::correlation_names_all;
    "A correlation key names every process that it was given, each once, and no other.",
    because "One Vorgangsnummer may concern several processes.", from "`ProcessRegistry::correlated`";
rg_ten_01 = "RG-TEN-01" Must NONE since "0.1", registry::tenants_share_no_keys;
    "Processes, correlation keys and business keys of one tenant are unknown to another.",
    because "Two participants may run the same process for the same Marktlokation.", from "`TenantId`";
rg_unq_01 = "RG-UNQ-01" Must NONE since "0.1", registry::one_living_holder;
    "A business key that a living process holds is refused to any other; the error names the holder.",
    because "Two Anmeldungen in parallel must not both be accepted.", from "`Commit::claims`, pitfall 8";
rg_idm_01 = "RG-IDM-01" Must NONE since "0.1", registry::executed_once;
    "A command of a name that was executed before is refused in every stream of its tenant, with all it carries; the error names the stream.",
    because "A caller that heard no answer repeats itself, and must not be answered with a second effect.", from "`Commit::idempotency_key`";
rg_rem_01 = "RG-REM-01" Must NONE since "0.1", registry::end_frees_keys;
    "The end of a process frees its business keys; its record stays, marked as ended.",
    because "A rejected Anmeldung must not block the next one for ever.", from "`Commit::ends`, pitfall 7";

sn_sav_01 = "SN-SAV-01" Must NONE since "0.1", snapshots::comes_back_whole;
    "A snapshot comes back as it was saved, for its own stream only, until the next one is saved.",
    because "The state that is read must be the state that was folded.", from "`SnapshotStore::snapshot`";
sn_lbl_01 = "SN-LBL-01" Must NONE since "0.1", snapshots::label_is_the_version;
    "A snapshot whose label is not the version of the stream after its commit is refused; the error names both.",
    because "A state that holds one event more than it says applies that event twice.", from "pitfall 26";
sn_dis_01 = "SN-DIS-01" Must NONE since "0.1", snapshots::can_be_done_without;
    "Forgetting a snapshot changes nothing else, and the end of a process forgets it.",
    because "A snapshot is a head start; what only it knows would be lost with it.", from "law 8";

es_shr_01 = "ES-SHR-01" Should SHRED since "0.1", shredding::nothing_of_a_subject_can_be_read;
    "A shredded subject is unreadable: its key and every snapshot that it opened are gone, no event was touched, replay gives the redacted state.",
    because "A right to erasure must not cost the history.", from "GDPR Art. 17, `Commit::shreds`";
es_shr_02 = "ES-SHR-02" Should SHRED since "0.1", shredding::what_was_read_before_is_not_written_after;
    "A commit that needs a key which is gone, or brings a second key for a subject, is refused with all it carries.",
    because "A decision that still knew the person would write what was just forgotten.", from "`Commit::needs_keys`, `Commit::new_keys`";

pj_chk_01 = "PJ-CHK-01" Must NONE since "0.1", views::rows_and_checkpoint_are_one;
    "Rows and checkpoint of a view change together; an update that begins elsewhere than the view stands is refused.",
    because "Otherwise a crash, or a second runner, applies an event twice or never.", from "`ViewUpdate`";
pj_log_01 = "PJ-LOG-01" Must NONE since "0.1", views::stands_inside_the_log;
    "A view never stands behind where its update begins, nor beyond the end of the log.",
    because "Events that come later would never be fed to it.", from "`CommitError::ViewOutOfLog`";
        }
    };
}

/// Every requirement on stores.
pub const STORE_REQUIREMENTS: &[StoreRequirement] = crate::__store_requirements! { store_registry };
