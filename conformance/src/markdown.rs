//! `REQUIREMENTS.md` from the registry: the file is never edited by hand.

use std::fmt::Write as _;

use crate::STORE_REQUIREMENTS;

const HEAD: &str = "\
# Requirements

What a store must promise so that the engine can stand on it. Generated from the registry of `mako-conformance`
(`cargo xtask conformance --list`); a test keeps this file and the registry the same. Ids are stable and never reused.

A crate with a store of its own runs all of them with one line, `mako_conformance::store!(MySubject);`.
";

/// The areas, by the first part of an id.
const AREAS: &[(&str, &str)] = &[
    ("ES", "Events"),
    ("OB", "Outbox"),
    ("DL", "Deadlines"),
    ("IN", "Inbox"),
    ("RG", "Registry and business keys"),
    ("SN", "Snapshots"),
    ("PJ", "Projections"),
];

/// The text of `REQUIREMENTS.md`.
#[must_use]
pub fn requirements_markdown() -> String {
    let mut text = HEAD.to_owned();
    for (area, name) in AREAS {
        // Writing to a String cannot fail.
        let _ =
            write!(text, "\n## {area}: {name}\n\n| id | | needs | since | promise | because | source |\n|---|---|---|---|---|---|---|\n");
        for one in STORE_REQUIREMENTS.iter().map(|one| one.requirement).filter(|one| one.id.split('-').next() == Some(area)) {
            let (id, level, needs, since) = (one.id, one.level, one.needs, one.since);
            let _ = writeln!(text, "| {id} | {level} | {needs} | {since} | {} | {} | {} |", one.title, one.rationale, one.source);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_requirement_is_in_an_area_and_in_the_text() {
        let text = requirements_markdown();
        for one in STORE_REQUIREMENTS {
            assert_eq!(text.matches(&format!("\n| {} |", one.requirement.id)).count(), 1, "{}", one.requirement.id);
        }
    }
}
