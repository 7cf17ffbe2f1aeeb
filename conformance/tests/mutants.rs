//! Law 9: a check that cannot fail is a defect. Stores that are broken on purpose, and exactly which requirements each violates.

mod broken;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use broken::forgetting::*;
use broken::lenient::*;
use broken::misreading::*;
use broken::{Broken, Faithful, Mutant};
use mako_conformance::{Capabilities, STORE_REQUIREMENTS, Verdict, check_store};
use mako_engine::store::{KeyedStore, Store};
use mako_engine::testing::MemoryBackend;

/// The ids that a store violates which is broken as `broken` says.
fn violated<B: Broken>(broken: impl Fn() -> B + Sync) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    for requirement in STORE_REQUIREMENTS {
        // Memory that outlives the store, so that opening again finds what was there.
        let (disk, broken) = (MemoryBackend::default(), Arc::new(broken()));
        let open = |_: &Path| -> Arc<dyn Store> {
            let disk = if B::LOSES_ITS_DISK { MemoryBackend::default() } else { disk.clone() };
            Arc::new(Mutant { inner: Arc::new(KeyedStore::open(disk).unwrap()), broken: Arc::clone(&broken) })
        };
        match check_store(requirement, Capabilities::DURABLE.and(Capabilities::SHRED), &open).unwrap() {
            Verdict::Pass => {}
            Verdict::Fail(_) => drop(found.insert(requirement.requirement.id)),
            other @ (Verdict::Skip { .. } | Verdict::Exempt(..) | Verdict::Expired(..)) => {
                panic!("{}: {other:?}", requirement.requirement.id)
            }
        }
    }
    found
}

macro_rules! mutants {
    ($($mutant:ident: $($id:literal)*;)*) => {
        /// Every mutant by name, with what it violates.
        fn all() -> Vec<(&'static str, BTreeSet<&'static str>, BTreeSet<&'static str>)> {
            vec![$((stringify!($mutant), BTreeSet::from([$($id),*]), violated(<$mutant>::default))),*]
        }
    };
}

mutants! {
    Faithful: ;
    LosesOutbox: "ES-ATM-01" "ES-ATM-02" "ES-TEN-01" "OB-ACK-01" "OB-CAU-01" "OB-FED-01" "OB-NEW-01" "OB-PND-01" "OB-PND-02" "OB-RTY-01"
        "OB-RTY-02";
    LosesDeadlines: "DL-ATM-01" "DL-CAN-01" "DL-DUE-01" "DL-DUE-03" "DL-END-01" "DL-MOV-01" "DL-NXT-01" "DL-RST-01"
        "ES-ATM-01" "ES-ATM-02" "ES-TEN-01" "ES-TEN-02";
    LosesDeadLetters: "ES-ATM-01" "ES-DUR-03" "OB-RTY-02";
    LosesInboxSettlement: "ES-ATM-01" "ES-OCC-04" "IN-ABN-01" "IN-ATM-01" "IN-FGT-01" "IN-FLT-01" "IN-KEY-01" "IN-LSE-01"
        "IN-PRT-01";
    LosesCorrelations: "ES-ATM-01" "ES-ATM-02" "ES-DUR-01" "ES-TEN-02" "RG-COR-01";
    LosesClaims: "ES-ATM-01" "ES-ATM-02" "ES-DUR-01" "ES-GRP-01" "ES-TEN-02" "RG-REM-01" "RG-TEN-01" "RG-UNQ-01";
    LosesStarts: "DL-END-01" "ES-ATM-01" "ES-ATM-02" "ES-DUR-01" "ES-GRP-01" "ES-OCC-04" "ES-TEN-02" "RG-COR-01" "RG-LKP-01"
        "RG-REM-01" "RG-TEN-01" "RG-UNQ-01" "SN-DIS-01";
    LosesAccepts: "ES-ATM-01" "ES-DUR-01" "ES-TEN-01" "ES-TEN-02" "IN-ABN-01" "IN-ATM-01" "IN-DUP-01" "IN-FGT-01" "IN-FLT-01"
        "IN-KEY-01" "IN-LSE-01" "IN-PRT-01";
    LosesLastEvent: "ES-APP-02" "ES-APP-04" "ES-ATM-01" "ES-DUR-03" "ES-OCC-01" "ES-ORD-01" "ES-POS-01" "ES-RED-01" "ES-RED-06"
        "ES-TEN-02" "PJ-CHK-01" "PJ-LOG-01" "SN-LBL-01" "SN-SAV-01";
    LosesDelivery: "ES-ATM-01" "OB-ACK-01" "OB-FED-01" "OB-NEW-01";
    KeepsCancelled: "DL-CAN-01" "ES-ATM-02";
    ReversesEvents: "ES-APP-03" "ES-ORD-01" "ES-POS-01";
    RenumbersEvents: "ES-APP-03" "ES-APP-05" "ES-ORD-01" "ES-POS-01" "ES-SHR-01" "ES-TEN-01";
    TrimsPayloads: "ES-APP-01";
    NeverEnds: "DL-END-01" "ES-ATM-02" "RG-REM-01" "SN-DIS-01";
    CountsEmptyCommits: "ES-APP-04" "PJ-LOG-01" "SN-DIS-01" "SN-LBL-01" "SN-SAV-01";
    ForgetsOnReopen: "DL-RST-01" "ES-DUR-01" "ES-DUR-03";
    ForgetsTenant: "ES-TEN-01" "ES-TEN-02" "IN-KEY-01" "RG-IDM-01" "RG-TEN-01" "SN-SAV-01";
    ForgetsSender: "IN-KEY-01";
    CutsNamesAtNul: "ES-TEN-02";
    IgnoresExpectedVersion: "ES-GRP-01" "ES-OCC-01" "ES-OCC-02" "ES-OCC-03" "ES-OCC-04" "ES-OCC-06" "ES-POS-01" "IN-ATM-01";
    AcceptsBareEffects: "ES-ATM-02";
    CommitsHalf: "ES-OCC-04" "IN-ATM-01" "OB-ACK-01";
    WritesBeforeChecking: "ES-OCC-04";
    ForgivesSecondDelivery: "OB-ACK-01" "OB-RTY-02";
    ForgivesSecondSettlement: "ES-OCC-04" "IN-ABN-01" "IN-ATM-01" "IN-LSE-01" "IN-PRT-01";
    ForgivesSecondAccept: "IN-DUP-01" "IN-FGT-01";
    FiresTwice: "DL-ATM-01" "DL-CAN-01" "DL-MOV-01";
    ExecutesTwice: "RG-IDM-01";
    BelievesEveryCheckpoint: "PJ-LOG-01";
    DropsSecondUnderOneId: "OB-NEW-01";
    SharesBusinessKeys: "ES-GRP-01" "RG-UNQ-01";
    FreesNoBusinessKey: "RG-REM-01";
    ConflictsWithStrangers: "ES-GRP-01" "ES-OCC-06";
    KeepsGhosts: "DL-MOV-01" "DL-RST-01";
    FiresEarly: "DL-DUE-01" "DL-DUE-02" "DL-DUE-03" "DL-MOV-01" "OB-PND-02" "OB-RTY-01";
    FiresLate: "DL-DUE-01" "DL-NXT-01" "ES-ATM-01" "ES-TEN-01" "ES-TEN-02" "OB-CAU-01" "OB-NEW-01" "OB-PND-01" "OB-PND-02";
    NewestFirst: "DL-CAN-01" "DL-DUE-01" "DL-DUE-03" "DL-RST-01" "ES-DUR-03" "ES-TEN-01" "IN-FLT-01" "OB-FED-01" "OB-PND-01"
        "OB-RTY-02";
    IgnoresLimits: "DL-DUE-03" "ES-RED-06" "IN-FLT-01" "OB-FED-01" "OB-PND-01" "PJ-CHK-01";
    ReadsInclusive: "ES-RED-01" "ES-RED-06" "OB-CAU-01" "OB-FED-01";
    RefusesTheUnknown: "ES-RED-01" "ES-RED-02" "ES-RED-06" "RG-IDM-01";
    SkipsPositions: "ES-APP-04" "ES-ATM-01" "ES-DUR-03" "ES-GRP-01" "ES-POS-01" "ES-RED-06" "OB-CAU-01" "RG-LKP-01";
    MiscountsCommits: "ES-APP-03" "ES-APP-04" "ES-DUR-03" "ES-GRP-01" "ES-OCC-06" "ES-TEN-01" "ES-TEN-02";
    NeverWakes: "DL-ATM-01" "DL-CAN-01" "DL-MOV-01" "DL-NXT-01" "DL-RST-01";
    ForgetsCauses: "ES-APP-05";
    CountsTriesTwice: "OB-RTY-01";
    LosesOrigin: "OB-CAU-01" "OB-FED-01";
    LosesBytes: "ES-DUR-01" "IN-FLT-01";
    LosesSnapshots: "ES-ATM-01" "SN-LBL-01" "SN-SAV-01";
    KeepsForgottenSnapshots: "SN-DIS-01";
    RelabelsSnapshots: "SN-LBL-01";
    LosesRows: "ES-ATM-01" "PJ-CHK-01";
    KeepsDeletedRows: "PJ-CHK-01";
    ForgetsViewVersions: "PJ-CHK-01";
    AppliesTwice: "PJ-CHK-01";
    KeepsRefusedRows: "ES-OCC-04" "PJ-CHK-01" "PJ-LOG-01";
    SharesLeases: "IN-LSE-01";
    FencesNobody: "IN-ABN-01" "IN-LSE-01";
    LosesAbandoning: "IN-ABN-01" "IN-LSE-01";
    NeverForgets: "IN-FGT-01";
    ForgetsTooSoon: "IN-FGT-01";
    ForgetsToShred: "ES-SHR-01";
    LeavesASnapshotBehind: "ES-SHR-01";
    TakesGoneKeys: "ES-SHR-02";
    OverlooksNeighbours: "ES-GRP-01";
    NumbersGroupsOnce: "ES-GRP-01";
}

#[test]
fn every_broken_store_violates_exactly_what_it_breaks_and_every_requirement_is_violated_by_one() {
    let all = all();
    let shown = |ids: &BTreeSet<&'static str>| ids.iter().map(|id| format!(" \"{id}\"")).collect::<String>();
    let wrong: Vec<String> = all
        .iter()
        .filter(|(_, expected, found)| expected != found)
        .map(|(mutant, expected, found)| format!("{mutant}:{};\n  expected{}", shown(found), shown(expected)))
        .collect();
    assert!(wrong.is_empty(), "violated by\n{}", wrong.join("\n"));

    let covered: BTreeSet<&str> = all.iter().flat_map(|(_, _, found)| found.iter().copied()).collect();
    let uncovered: Vec<&str> = STORE_REQUIREMENTS.iter().map(|one| one.requirement.id).filter(|id| !covered.contains(id)).collect();
    assert!(uncovered.is_empty(), "no broken store violates {uncovered:?}");
}
