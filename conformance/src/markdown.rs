//! `REQUIREMENTS.md` from the registry: the file is never edited by hand.

use std::fmt::Write as _;

use crate::{NODE_REQUIREMENTS, Requirement, STORE_REQUIREMENTS, WORKFLOW_REQUIREMENTS};

const HEAD: &str = "\
# Requirements

What a store, a workflow and a node must promise. Generated from the registry of `mako-conformance`
(`cargo xtask conformance --list`); a test keeps this file and the registry the same. Ids are stable and never reused.

A crate with a store of its own runs all that is asked of stores with one line, `mako_conformance::store!(MySubject);`; a crate with
workflows does with `mako_conformance::workflow!(MySubject);`, one with a node with `mako_conformance::node!(MySubject);`. [docs/your-own-crate.md](docs/your-own-crate.md) shows how.
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
    ("WF", "Workflows"),
    ("AS", "Nodes, over AS4"),
];

fn all() -> impl Iterator<Item = Requirement> {
    let stores = STORE_REQUIREMENTS.iter().map(|one| one.requirement);
    stores.chain(WORKFLOW_REQUIREMENTS.iter().copied()).chain(NODE_REQUIREMENTS.iter().copied())
}

/// The text of `REQUIREMENTS.md`.
#[must_use]
pub fn requirements_markdown() -> String {
    let mut text = HEAD.to_owned();
    for (area, name) in AREAS {
        // Writing to a String cannot fail.
        let _ =
            write!(text, "\n## {area}: {name}\n\n| id | | needs | since | promise | because | source |\n|---|---|---|---|---|---|---|\n");
        for one in all().filter(|one| one.id.split('-').next() == Some(area)) {
            let (id, level, needs, since) = (one.id, one.level_now(), one.needs, one.since);
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
        for one in all() {
            assert_eq!(text.matches(&format!("\n| {} |", one.id)).count(), 1, "{}", one.id);
        }
    }
}
