//! Anchors: what a link into a page ends with.
//!
//! A row's anchor is its instant in local time, `t=2025-12-24T09:12:00`; the second row of an instant has `~2` behind it, and so on. So an
//! anchor is made of what happened alone: the same run has the same ones, and one that somebody wrote down stays good. An instant at which
//! nothing happened is found by the page's script.

use std::collections::BTreeMap;

use mako_engine::Timestamp;
use mako_engine::fristen::berlin;

use super::super::words::clock;

/// The anchors given so far; none is given twice.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    given: BTreeMap<String, usize>,
}

impl Anchors {
    /// The next anchor with this name at this instant.
    pub(super) fn next(&mut self, name: &str, at: Timestamp) -> String {
        let anchor = format!("{name}={}", local(at));
        let given = self.given.entry(anchor.clone()).or_default();
        *given += 1;
        match *given {
            1 => anchor,
            several => format!("{anchor}~{several}"),
        }
    }
}

/// `2025-12-24T09:12:00`: the clock on the wall; in the hour that exists twice, with its offset.
pub(super) fn local(at: Timestamp) -> String {
    format!("{}T{}", berlin::day(at), clock(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_is_an_instant_and_never_given_twice() {
        let mut anchors = Anchors::default();
        let at: Timestamp = "2025-12-24T08:12:00Z".parse().unwrap();
        let given = [anchors.next("t", at), anchors.next("t", at), anchors.next("fold", at), anchors.next("t", at.plus_ms(1))];
        assert_eq!(given, ["t=2025-12-24T09:12:00", "t=2025-12-24T09:12:00~2", "fold=2025-12-24T09:12:00", "t=2025-12-24T09:12:00~3"]);
        let twice: Vec<String> = ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"].map(|text| local(text.parse().unwrap())).to_vec();
        assert_eq!(twice, ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]);
    }
}
