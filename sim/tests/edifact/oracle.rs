//! Identifiers and PIDs against independent tables, where they are at hand.

use mako_sim::edifact::identifier::{MaloId, MeloId, MpId, NeloId};
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
            "mpid_bdew" | "gln" => value.parse::<MpId>().is_ok(),
            _ => continue,
        };
        assert_eq!(found, *valid == "1", "{line}");
        checked += 1;
    }
    assert!(checked > 100, "{checked}");
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
