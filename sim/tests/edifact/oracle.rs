//! Identifiers and PIDs against independent tables, where they are at hand.

use mako_engine::fristen::Sparte;
use mako_engine::version::{FormatVersion, pid};
use mako_sim::edifact::identifier::{Eic, Gln, MaloId, MeloId, MpId, NeloId, SrId, TrId};
use mako_sim::edifact::pid::{AllPids, PidCatalogue};

use crate::receiver::shared;

#[test]
fn identifiers_agree_with_the_table() {
    let Some(folder) = shared("oracle") else { return };
    let table = std::fs::read_to_string(folder.join("identifiers.csv")).unwrap();
    let mut checked = 0;
    for line in table.lines().skip(1) {
        let row: Vec<&str> = line.splitn(4, ',').collect();
        let [kind, value, valid, _] = row.as_slice() else { panic!("{line}") };
        let found = match *kind {
            "malo" => value.parse::<MaloId>().is_ok(),
            "melo" => value.parse::<MeloId>().is_ok(),
            "nelo" => value.parse::<NeloId>().is_ok(),
            "mpid_bdew" => value.parse::<MpId>().is_ok(),
            "gln" => value.parse::<MpId>().is_ok() && value.parse::<Gln>().is_ok(),
            "eic" => value.parse::<Eic>().is_ok(),
            "sr" => value.parse::<SrId>().is_ok(),
            "tr" => value.parse::<TrId>().is_ok(),
            other => panic!("no type for {other}: {line}"),
        };
        assert_eq!(found, *valid == "1", "{line}");
        checked += 1;
    }
    assert!(checked > 200, "{checked}");
}

#[test]
fn pids_agree_with_the_table() {
    let Some(folder) = shared("oracle") else { return };
    let table = std::fs::read_to_string(folder.join("pids.csv")).unwrap();
    for line in table.lines().skip(1) {
        let mut row = line.split(',');
        let (pid, message) = (row.next().unwrap(), row.next().unwrap());
        assert_eq!(AllPids.message_type(pid.parse().unwrap()), message.split(' ').next(), "{line}");
    }
}

#[test]
fn pids_agree_with_the_table_in_both_format_versions_and_both_sparten() {
    let Some(folder) = shared("oracle") else { return };
    let table = std::fs::read_to_string(folder.join("pids.csv")).unwrap();
    let mut checked = 0;
    for line in table.lines().skip(1) {
        let number: u32 = line.split(',').next().unwrap().parse().unwrap();
        let flags: Vec<bool> = line.rsplit(',').take(4).map(|flag| flag == "y").collect();
        let [in_2026, in_2025, gas, strom] = flags.as_slice() else { panic!("{line}") };
        for (version, valid) in [(FormatVersion::Fv2025_10_01, *in_2025), (FormatVersion::Fv2026_10_01, *in_2026)] {
            assert_eq!(pid(number, version, None).is_ok(), valid, "{version} {line}");
            for (sparte, used) in [(Sparte::Strom, *strom), (Sparte::Gas, *gas)] {
                // Two PIDs without any Sparte are in that of their message; UTILMD Strom with both is in Strom, which its release names.
                let named = |name: &str| line.contains(name);
                let used = match (strom, gas) {
                    (false, false) => named("UTILMD Strom") == (sparte == Sparte::Strom),
                    (true, true) if named("UTILMD Strom") => sparte == Sparte::Strom,
                    _ => used,
                };
                assert_eq!(pid(number, version, Some(sparte)).is_ok(), valid && used, "{version} {sparte} {line}");
                checked += 1;
            }
        }
    }
    assert!(checked > 1900, "{checked}");
}
