//! Every Vorgang of the market, and every deadline label of the two roles, put together from the families' lists when it is compiled.

use super::art::Art;
use super::storno::Storno;
use crate::{geli_gas, gpke, mabis, wim, wim_gas};

/// Every family's list.
const FAMILIES: &[&[&Art]] = &[gpke::VORGAENGE, geli_gas::VORGAENGE, wim::VORGAENGE, wim_gas::VORGAENGE, mabis::VORGAENGE];

const COUNT: usize = {
    let (mut family, mut count) = (0, 0);
    while family < FAMILIES.len() {
        count += FAMILIES[family].len();
        family += 1;
    }
    count
};

/// Every Vorgang of the market, family by family.
pub const VORGAENGE: [&Art; COUNT] = {
    let (mut all, mut place, mut family) = ([FAMILIES[0][0]; COUNT], 0, 0);
    while family < FAMILIES.len() {
        let mut i = 0;
        while i < FAMILIES[family].len() {
            all[place] = FAMILIES[family][i];
            place += 1;
            i += 1;
        }
        family += 1;
    }
    all
};

/// Every way to take an order back.
pub(super) fn stornos() -> impl Iterator<Item = &'static Storno> {
    [gpke::STORNOS].into_iter().flatten().copied()
}

/// The deadline labels of the one who asks, whatever the Vorgang.
pub(super) const ASKING_LABELS: [&str; distinct_labels(true)] = labels(true);

/// The deadline labels of the one who answers, whatever the Vorgang.
pub(super) const ANSWERING_LABELS: [&str; distinct_labels(false)] = labels(false);

const fn of(art: &Art, asking: bool) -> &'static [&'static str] {
    if asking { art.labels.asking } else { art.labels.answering }
}

/// How many labels there are, each counted once: two Vorgänge may share an answer.
const fn distinct_labels(asking: bool) -> usize {
    let (mut i, mut count) = (0, 0);
    while i < COUNT {
        let mut j = 0;
        while j < of(VORGAENGE[i], asking).len() {
            if !stood_before(asking, i, j) {
                count += 1;
            }
            j += 1;
        }
        i += 1;
    }
    count
}

const fn labels<const N: usize>(asking: bool) -> [&'static str; N] {
    let (mut all, mut place, mut i) = ([""; N], 0, 0);
    while i < COUNT {
        let mut j = 0;
        while j < of(VORGAENGE[i], asking).len() {
            if !stood_before(asking, i, j) {
                all[place] = of(VORGAENGE[i], asking)[j];
                place += 1;
            }
            j += 1;
        }
        i += 1;
    }
    all
}

/// Whether label `j` of Vorgang `i` stands before it in the row.
const fn stood_before(asking: bool, i: usize, j: usize) -> bool {
    let (label, mut earlier) = (of(VORGAENGE[i], asking)[j], 0);
    while earlier <= i {
        let (labels, mut k) = (of(VORGAENGE[earlier], asking), 0);
        while k < labels.len() && (earlier < i || k < j) {
            if same(labels[k], label) {
                return true;
            }
            k += 1;
        }
        earlier += 1;
    }
    false
}

const fn same(one: &str, other: &str) -> bool {
    let (one, other, mut i) = (one.as_bytes(), other.as_bytes(), 0);
    if one.len() != other.len() {
        return false;
    }
    while i < one.len() {
        if one[i] != other[i] {
            return false;
        }
        i += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_vorgang_has_its_own_name_and_request_and_every_label_stands_once() {
        let names: BTreeSet<&str> = VORGAENGE.iter().map(|art| art.name).collect();
        assert_eq!(names.len(), VORGAENGE.len());
        for art in VORGAENGE {
            let said = [art.name, art.family, art.title, art.request.pid, art.request.word];
            assert!(said.iter().all(|text| !text.is_empty()), "{said:?}: one of these is missing");
            assert!(art.labels.answering.len() >= art.answer_kinds().len(), "{}: its labels are missing", art.name);
        }
        let requests: BTreeSet<(&str, &str)> = VORGAENGE.iter().map(|art| (art.request.message_type, art.request.pid)).collect();
        assert_eq!(requests.len(), VORGAENGE.len());
        for labels in [&ASKING_LABELS[..], &ANSWERING_LABELS[..]] {
            assert_eq!(labels.iter().collect::<BTreeSet<_>>().len(), labels.len());
        }
        assert!(ASKING_LABELS.contains(&"answer 55016"));
    }
}
