//! How long an element may be, for the elements whose length every message type of the market shares.
//!
//! Source: UN/EDIFACT directories D.04B to D.20B and the BDEW Nachrichtenbeschreibungen, format column (`an..35`).

use crate::edifact::interchange::Segment;

/// Element and component (from 0, without the tag), the most characters, the data element.
type Limit = (&'static str, usize, usize, usize, &'static str);

const LIMITS: &[Limit] = &[
    ("BGM", 0, 0, 3, "1001"),
    ("BGM", 1, 0, 35, "1004"),
    ("DTM", 0, 0, 3, "2005"),
    ("DTM", 0, 1, 35, "2380"),
    ("DTM", 0, 2, 3, "2379"),
    ("ERC", 0, 0, 8, "9321"),
    ("FTX", 0, 0, 3, "4451"),
    ("FTX", 3, 0, 512, "4440"),
    ("IDE", 0, 0, 3, "7495"),
    ("IDE", 1, 0, 35, "7402"),
    ("LOC", 0, 0, 3, "3227"),
    ("LOC", 1, 0, 35, "3225"),
    ("NAD", 0, 0, 3, "3035"),
    ("NAD", 1, 0, 35, "3039"),
    ("NAD", 1, 2, 3, "3055"),
    ("NAD", 3, 0, 70, "3036"),
    ("NAD", 4, 0, 35, "3042"),
    ("NAD", 5, 0, 35, "3164"),
    ("NAD", 7, 0, 17, "3251"),
    ("NAD", 8, 0, 3, "3207"),
    ("RFF", 0, 0, 3, "1153"),
    ("RFF", 0, 1, 70, "1154"),
    ("SEQ", 0, 0, 3, "1229"),
    ("STS", 0, 0, 3, "9015"),
    ("STS", 2, 0, 3, "9013"),
    ("STS", 2, 1, 17, "1131"),
    ("STS", 3, 0, 3, "9013"),
];

/// The first element of `segment` that is too long: its index, its data element, the most characters.
pub(crate) fn too_long(segment: &Segment) -> Option<(usize, &'static str, usize)> {
    LIMITS
        .iter()
        .filter(|(tag, ..)| *tag == segment.tag)
        .find(|&&(_, element, component, most, _)| segment.text(element, component).chars().count() > most)
        .map(|&(_, element, _, most, name)| (element, name, most))
}
