//! What a reader can do with a page: look for words, look at some rows alone, go to an instant, choose light or dark.
//!
//! The controls are shown by the script, so a page without scripts, and one on paper, has none. What is chosen stands behind the `#` of
//! the address, so it can be linked: `#t=2025-12-24T23:59:59`, `#party=NB&kind=message&q=55002`.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::course::Column;
use super::row::{Kind, Row};

/// The controls of a course of `rows`.
pub(super) fn controls(columns: &[Column], rows: &[&Row]) -> Markup {
    let processes: BTreeSet<&str> = rows.iter().map(|row| row.process.as_str()).filter(|process| !process.is_empty()).collect();
    let pids: BTreeSet<&str> = rows.iter().flat_map(|row| row.pids.iter().map(String::as_str)).collect();
    let there: BTreeSet<Kind> = rows.iter().map(|row| row.kind).collect();
    let kinds = Kind::ALL.into_iter().filter(|(kind, ..)| there.contains(kind)).map(|(_, name, several)| (name, several));
    html! {
        form.controls #controls hidden aria-label="What is shown" {
            label.search { span { "Search" } input #q type="search" placeholder="words  ( / )" autocomplete="off"; }
            (choice("party", "Party", columns.iter().map(|column| same(&column.name))))
            (choice("process", "Process", processes.into_iter().map(same)))
            (choice("pid", "PID", pids.into_iter().map(same)))
            (choice("kind", "Kind", kinds))
            label { span { "Instant" } input #t type="text" placeholder="2025-12-24T23:59:59" autocomplete="off" size="19"; }
            button #clear type="button" { "Show all" }
            button #theme type="button" { "Light or dark" }
            output #shown {}
        }
    }
}

/// A value, and the words for it.
fn choice<'t>(name: &str, label: &str, values: impl IntoIterator<Item = (&'t str, &'t str)>) -> Markup {
    html! {
        label {
            span { (label) }
            select id=(name) { option value="" { "all" } @for (value, words) in values { option value=(value) { (words) } } }
        }
    }
}

const fn same(value: &str) -> (&str, &str) {
    (value, value)
}

/// The switch and the search alone, for a page that has no course.
pub(super) fn search_only() -> Markup {
    html! {
        form.controls #controls hidden aria-label="What is shown" {
            label.search { span { "Search" } input #q type="search" placeholder="words  ( / )" autocomplete="off"; }
            button #clear type="button" { "Show all" }
            button #theme type="button" { "Light or dark" }
            output #shown {}
        }
    }
}
