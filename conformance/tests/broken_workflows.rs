//! Law 9 for the requirements on workflows: workflows that are broken on purpose, and exactly which requirements each violates.

#[path = "broken_workflows/anfrage.rs"]
mod anfrage;
#[path = "broken_workflows/mutants.rs"]
mod mutants;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use anfrage::{FAITHFUL, Hooks, Right, Said, Subject, activate};
use mako_conformance::{WORKFLOW_REQUIREMENTS, WorkflowContext, WorkflowSubject, check_workflow};
use mutants::*;

/// One mutant at a time: what is broken is a global.
static TURN: Mutex<()> = Mutex::new(());

/// The ids that a workflow violates which says what `B` says and does what `hooks` do.
fn violated<B: Said>(hooks: Hooks) -> BTreeSet<&'static str> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    activate(hooks);
    let context = || WorkflowContext::<Subject<B>>::default().with_goldens(PathBuf::from(Subject::<B>::HOME), false);
    let keeps = |id: &str| check_workflow(id, context).unwrap().is_ok();
    WORKFLOW_REQUIREMENTS.iter().map(|one| one.id).filter(|id| !keeps(id)).collect()
}

macro_rules! mutants {
    ($($test:ident $said:ident {$($hook:ident: $broken:ident,)*}: $($id:literal)*;)*) => {
        $(#[test]
        fn $test() {
            #[allow(clippy::needless_update, reason = "some mutants differ in what they say alone")]
            let hooks = Hooks { $($hook: mutants::$broken,)* ..FAITHFUL };
            let found = violated::<$said>(hooks);
            let shown: String = found.iter().map(|id| format!(" {id:?}")).collect();
            let expected: BTreeSet<&str> = [$($id),*].into();
            assert_eq!(found, expected, "{}:{shown};", stringify!($test));
        })*

        /// What every mutant violates, which the tests above hold it to.
        fn all() -> BTreeSet<&'static str> {
            BTreeSet::from([$($($id,)*)*])
        }
    };
}

mutants! {
    faithful_to_all Right {}: ;
    names_a_clock NamesAClock {}: "WF-PUR-01";
    needs_a_runtime Right { handle: needs_a_runtime, }: "WF-PUR-02";
    counts_decisions Right { handle: counts_decisions, }: "WF-CRS-01" "WF-DET-01" "WF-FVC-02" "WF-FVC-03" "WF-HIS-01" "WF-PUR-02"
        "WF-RPL-03";
    counts_folds Right { apply: counts_folds, }: "WF-CRS-01" "WF-DET-01" "WF-FVC-02" "WF-FVC-03" "WF-IDM-02" "WF-PUR-02" "WF-RPL-01"
        "WF-RPL-02" "WF-RPL-03" "WF-SNP-01";
    panics_on_impossible_events Right { apply: panics_on_impossible_events, }: "WF-TOT-01";
    panics_on_early_answers Right { handle: panics_on_early_answers, }: "WF-TOT-02";
    panics_on_unknown_labels Right { handle: panics_on_unknown_labels, }: "WF-TOT-02";
    hangs_on_impossible_events Right { apply: hangs_on_impossible_events, }: "WF-TOT-01";
    hangs_on_unknown_labels Right { handle: hangs_on_unknown_labels, }: "WF-TOT-02";
    replies_without_an_event Right { handle: replies_without_an_event, }: "WF-HIS-01" "WF-RJC-01";
    rejects_with_values Right { handle: rejects_with_values, }: "WF-HIS-01" "WF-RJC-01";
    loses_a_field_of_an_event Right { write: loses_a_field_of_an_event, }: "WF-CRS-01" "WF-FVC-03" "WF-RPL-01" "WF-RPL-03" "WF-SER-01"
        "WF-SNP-01" "WF-UPC-01" "WF-UPC-02";
    skips_a_field_of_the_state Right { write_state: skips_a_field_of_the_state, }: "WF-SNP-01" "WF-SNP-02";
    forgives_unknown_fields Right { read: forgives_unknown_fields, }: "WF-SER-01";
    writes_as_it_likes Right { write: writes_as_it_likes, }: "WF-SER-02" "WF-UPC-01";
    renames_an_event RenamesAnEvent { event_type: renames_an_event, }: "WF-TYP-01" "WF-UPC-01" "WF-HIS-01";
    lists_what_never_happens ListsWhatNeverHappens {}: "WF-TYP-01" "WF-TYP-02" "WF-UPC-01";
    decides_what_is_not_listed DecidesWhatIsNotListed {}: "WF-HIS-01" "WF-TYP-01" "WF-TYP-02" "WF-UPC-01";
    upcasts_wrongly Right { upcasters: upcasts_wrongly, }: "WF-UPC-01";
    changes_a_shape Right { read: changes_a_shape_read, write: changes_a_shape_write, }: "WF-HIS-01" "WF-SER-01" "WF-UPC-01";
    leaves_a_gap Right { upcasters: leaves_a_gap, }: "WF-CAU-01" "WF-CRS-01" "WF-FVC-02" "WF-FVC-03" "WF-HIS-01" "WF-RJC-01"
        "WF-RPL-01" "WF-RPL-02" "WF-RPL-03" "WF-SNP-01" "WF-TYP-01" "WF-UPC-01" "WF-UPC-02";
    decides_anew Right { handle: decides_anew, }: "WF-HIS-01";
    decides_anew_and_says_so DecidesAnewAndSaysSo { handle: decides_anew_and_says_so, }: ;
    lists_a_divergence_that_is_none DecidesAnewAndSaysSo {}: "WF-HIS-01";
    forgets_a_history Right { histories: forgets_a_history, }: "WF-HIS-01";
    sets_an_unowned_label Right { handle: sets_an_unowned_label, }: "WF-DLN-01";
    owns_what_nobody_sets OwnsWhatNobodySets {}: "WF-DLN-01";
    decides_by_the_firing Right { handle: decides_by_the_firing, }: "WF-DLN-02";
    lapses_again_and_again Right { handle: lapses_again_and_again, }: "WF-DLN-02";
    sets_it_again_in_the_past Right { handle: sets_it_again_in_the_past, }: "WF-DLN-02" "WF-HIS-01" "WF-TYP-02";
    never_ends Right { handle: never_ends, }: "WF-DLN-03";
    ends_too_early Right { handle: ends_too_early, }: "WF-DLN-03";
    waits_for_nothing Right { handle: waits_for_nothing, }: "WF-DLN-03";
    counts_days_itself Right { handle: counts_days_itself, }: "WF-DLN-04";
    thanks_for_every_note Right { handle: thanks_for_every_note, }: "WF-IDM-01";
    keeps_the_last_note Right { apply: keeps_the_last_note, }: "WF-IDM-02";
    refuses_the_next_version Right { handle: refuses_the_next_version, }: "WF-FVC-01" "WF-FVC-02" "WF-FVC-03";
    sends_to_nobody Right { handle: sends_to_nobody, }: "WF-CAU-01";
    fulfils_nothing Right { handle: fulfils_nothing, }: "WF-CAU-01";
    cannot_forget_a_person CannotForgetAPerson {}: "WF-PII-01";
    names_nobody Right { subject: names_nobody, }: "WF-PII-01";
    writes_a_person_down_twice Right { handle: writes_a_person_down_twice, }: "WF-HIS-01" "WF-PII-01";
}

#[test]
fn every_requirement_on_workflows_is_violated_by_a_broken_workflow() {
    let covered = all();
    let uncovered: Vec<&str> = WORKFLOW_REQUIREMENTS.iter().map(|one| one.id).filter(|id| !covered.contains(id)).collect();
    assert!(uncovered.is_empty(), "no broken workflow violates {uncovered:?}");
}
