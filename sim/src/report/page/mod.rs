//! A run as one page to look at: the parties as columns, virtual time down the page, messages as arrows.
//!
//! A page is a function of the run alone, the same bytes for the same run. It is one file that loads nothing, and every text in it is
//! escaped by [maud](https://maud.lambda.xyz): what a message or a scenario says is text and never markup. What can be done with it (look
//! for words, look at some rows alone, go to an instant) is done by `page.js`; a page is whole without it, on paper too.
//!
//! - `row` makes rows of the lines that a timetable has, `frist` says what became of each Frist, `fold` what lies in a silence;
//! - `head`, `controls`, `course` and `register` write them, `anchor` names them, `shell` puts a document around them;
//! - `diff` shows two runs in one course, `index` lists the pages of many.

mod anchor;
mod controls;
mod course;
mod diff;
mod fold;
mod frist;
mod head;
mod index;
mod register;
mod row;
mod shell;

use mako_engine::fristen::Rulebook;
use maud::{Markup, html};

use super::names::Names;
use crate::edifact::MpId;
use crate::plan::Plan;
use crate::run::Outcome;

use course::{Column, Side, Step, Told, course};
use frist::Fristen;

pub use diff::{Differences, diff, differences};
pub use index::{Listed, index};

/// `outcome` as a page; `findings` is what whoever judged it found.
#[must_use]
pub fn page(outcome: &Outcome, findings: &[String]) -> String {
    let names = Names::of(&outcome.plan, outcome.trace.entries());
    let fristen = Fristen::of(outcome, &names);
    let rows = row::rows(outcome, &names, &fristen);
    let columns = columns(&outcome.plan, &names);
    let steps: Vec<Step<'_>> = rows.iter().map(|row| Step::Row(Told { row, side: Side::Both })).collect();
    let calendar = Rulebook::of(outcome.plan.rulebook).calendar();
    let body = html! {
        a.skip href="#course" { "To the course of the run" }
        main {
            (head::head(outcome, &names, &fristen, findings.is_empty() && outcome.passed()))
            (head::trouble(findings, outcome, &names, &rows))
            (controls::controls(&columns, &rows.iter().collect::<Vec<_>>()))
            section #course {
                h2 { "The course" }
                (course(&columns, calendar, &steps, "What happened, in order of virtual time; each column is a party."))
            }
            (register::fristen(&fristen))
            (register::messages(outcome.trace.entries(), &names))
            (head::tail(outcome, &names))
            (legend())
        }
    };
    shell::document(&names.veil(&outcome.plan.title), &body)
}

/// The columns of a plan's parties.
fn columns(plan: &Plan, names: &Names) -> Vec<Column> {
    let mp_id = |id: MpId| if id == MpId::NOBODY { String::new() } else { id.to_string() };
    let column =
        |party: &crate::plan::Party| Column { name: names.veil(&party.name), role: names.veil(&party.role), mp_id: mp_id(party.mp_id) };
    plan.parties.iter().map(column).collect()
}

/// What signs and words mean.
const LEGEND: [(&str, &str); 8] = [
    (
        "Arrow",
        "A message that arrived, with its Prüfidentifikator and format release; below it, its receipt. The ÜT is the day on which it \
         counts as received.",
    ),
    ("Broken arrow", "A try that came to nothing. Tries that say nothing new are one row: how many, why, and when the last one was."),
    (
        "Frist, awaits, watch",
        "A legal duty of the party itself, one of the partner it asked, and a timer at which nobody owes anything. Each says when it was \
         due, why then, and by how much it was met or missed.",
    ),
    ("due", "The instant at which a Frist would have fired that was met before."),
    ("Broken line under a party", "Its node is down or stands still."),
    ("pass, until", "Time in which nothing is told, folded; the days in it that are no Werktage are shaded."),
    (
        "#1, A-1",
        "Messages are numbered in the order in which they appear. A process has the letter of its conversation, the same at every party.",
    ),
    (
        "Keys",
        "/ searches, Esc shows all again, j and k go from row to row. Each time is a link to its row; #t=2025-12-24T23:59:59 behind the \
         address goes to an instant.",
    ),
];

fn legend() -> Markup {
    html! {
        section.legend #legend {
            h2 { "How to read this page" }
            dl { @for (sign, meaning) in LEGEND { dt { (sign) } dd { (meaning) } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::example;
    use super::*;

    /// What stands between `before` and the next quotation mark, wherever it does.
    fn values<'p>(page: &'p str, before: &str) -> Vec<&'p str> {
        page.split(before).skip(1).filter_map(|rest| rest.split('"').next()).collect()
    }

    #[test]
    fn every_message_and_every_frist_is_in_its_register_once() {
        let outcome = example::christmas();
        let page = page(&outcome, &[]);
        assert_eq!(values(&page, "data-message=\""), ["1", "2", "3", "4"]);
        assert_eq!(values(&page, "data-frist=\""), ["1", "2", "3", "4", "5"]);
        assert!(page.contains("met Sat 27.12. 12:03:21 by #3, 1 d 22 h 56 min before due"), "{page}");
    }

    #[test]
    fn every_try_is_accounted_for() {
        let page = page(&example::christmas(), &[]);
        assert!(page.contains("tries 2–40") && page.contains("39 tries more"), "{page}");
    }

    #[test]
    fn silence_is_folded_and_its_days_are_named() {
        let page = page(&example::christmas(), &[]);
        assert!(page.contains("<b>1 d 22 h 48 min</b> pass, until Fri 26.12. 08:00"), "{page}");
        assert!(page.contains("<li class=\"closed\">Thu 25.12. Erster Weihnachtstag</li>"), "{page}");
        assert!(page.contains("no Werktag: Heiligabend"), "{page}");
    }

    #[test]
    fn what_went_wrong_stands_first_and_is_linked() {
        let page = page(&example::bad_day(), &[]);
        let trouble = page.split("id=\"trouble\"").nth(1).and_then(|rest| rest.split("</section>").next()).unwrap_or_default();
        assert!(trouble.contains("the run broke off: NB panicked in A-1"), "{trouble}");
        assert!(trouble.contains("href=\"#t=2025-12-29T11:00:00\""), "{trouble}");
        assert!(page.contains("MISSED by 2 h 3 min: there Mon 29.12. 13:03:21"), "{page}");
    }

    #[test]
    fn anchors_are_unique_and_links_lead_somewhere() {
        for outcome in [example::christmas(), example::bad_day()] {
            let page = page(&outcome, &[]);
            let ids = values(&page, " id=\"");
            let unique: BTreeSet<&str> = ids.iter().copied().collect();
            assert_eq!(ids.len(), unique.len(), "{ids:?}");
            // A link to an instant at which nothing begins is followed by the script.
            let dead: Vec<&str> =
                values(&page, "href=\"#").into_iter().filter(|to| !unique.contains(to) && !to.starts_with("t=")).collect();
            assert_eq!(dead, [""; 0]);
        }
    }

    #[test]
    fn no_text_becomes_markup_and_nothing_is_loaded() {
        let mut outcome = example::bad_day();
        let hostile = "<script src='https://example.org'>alert(\"1\")</script>";
        outcome.plan.title = hostile.to_owned();
        outcome.plan.parties[0].name = "<img src=x onerror=alert(1)>".to_owned();
        outcome.plan.parties[0].role = hostile.to_owned();
        let page = page(&outcome, &[hostile.to_owned()]);
        assert!(page.contains("<h1>&lt;script src='https://example.org'&gt;alert(&quot;1&quot;)&lt;/script&gt;</h1>"), "{page}");
        assert_eq!((page.matches("<script").count(), page.matches("<img").count()), (1, 0), "{page}");
        assert!(!page.contains("<link") && !page.contains("url(") && !page.contains("style=\""), "{page}");
    }

    #[test]
    fn no_tag_says_a_thing_twice() {
        // A browser takes the first of two attributes with one name.
        let page = page(&example::bad_day(), &["found".to_owned()]);
        let body = page.split("<body>").nth(1).and_then(|rest| rest.split("<script>").next()).unwrap_or_default();
        for tag in body.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
            let names: Vec<&str> = tag.split('"').step_by(2).flat_map(str::split_whitespace).filter(|word| word.ends_with('=')).collect();
            let unique: BTreeSet<&str> = names.iter().copied().collect();
            assert_eq!(names.len(), unique.len(), "<{tag}>");
        }
        assert!(body.contains("<tr class=\"row frist due\" id=") || body.contains("<tr class=\"row frist alarm\" id="), "{body}");
    }

    #[test]
    fn the_same_run_has_the_same_bytes() {
        assert_eq!(page(&example::christmas(), &[]), page(&example::christmas(), &[]));
        let stored = crate::run::stored::read(&crate::run::stored::write(&example::bad_day(), &[])).unwrap();
        assert_eq!(page(&stored.outcome, &stored.findings), page(&example::bad_day(), &[]));
    }
}
