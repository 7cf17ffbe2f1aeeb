//! A run as one self-contained page: the timetable on an axis of days, those that are no Werktage shaded.
//!
//! Nothing is loaded from elsewhere and nothing runs; every text is escaped.

use std::fmt::Write as _;

use mako_engine::fristen::{Calendar, Rulebook, berlin};
use time::Date;

use super::end::end;
use super::line::{Line, Place};
use super::names::Names;
use super::story::story;
use super::timetable::numbers;
use super::words::clock;
use crate::run::Outcome;

/// Quiet days between two busy ones are shown one by one up to this many, then summed up.
const QUIET_DAYS: usize = 31;

const STYLE: &str = include_str!("page.css");

/// What happened in `outcome`, as a page.
#[must_use]
pub fn html(outcome: &Outcome) -> String {
    let names = Names::of(&outcome.plan, outcome.trace.entries());
    let calendar = Rulebook::of(outcome.plan.rulebook).calendar();
    let (title, source) = (escaped(&names.veil(&outcome.plan.title)), escaped(&names.veil(&outcome.plan.source)));
    let numbers = escaped(&numbers(outcome));
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\n<style>\n{STYLE}</style></head>\n\
         <body>\n<h1>{title}</h1>\n<p class=\"numbers\">{numbers}<br>{source}</p>\n"
    );
    let mut today: Option<Date> = None;
    for line in story(outcome, &names) {
        let day = berlin::day(line.at);
        if today != Some(day) {
            if let Some(before) = today {
                page.push_str("</section>\n");
                quiet(&mut page, calendar, before, day);
            }
            open_day(&mut page, calendar, day);
        }
        today = Some(day);
        push_line(&mut page, &line);
    }
    page.push_str(if today.is_some() { "</section>\n<dl>\n" } else { "<dl>\n" });
    for line in end(outcome, &names) {
        let class = if line.is_good { "good" } else { "bad" };
        let _ = writeln!(page, "<dt class=\"{class}\">{}</dt><dd class=\"{class}\">{}</dd>", line.heading, escaped(&line.text));
    }
    page.push_str("</dl>\n</body></html>\n");
    page
}

/// The days strictly between two on which nothing happened.
fn quiet(page: &mut String, calendar: &Calendar, before: Date, after: Date) {
    let days = std::iter::successors(before.next_day(), |day| day.next_day()).take_while(|day| *day < after);
    let days: Vec<Date> = days.take(QUIET_DAYS + 1).collect();
    if days.len() > QUIET_DAYS {
        let _ = writeln!(page, "<section class=\"quiet\"><h2>{} quiet days</h2></section>", (after - before).whole_days() - 1);
        return;
    }
    for day in days {
        open_day(page, calendar, day);
        page.push_str("</section>\n");
    }
}

fn open_day(page: &mut String, calendar: &Calendar, day: Date) {
    let (class, why) = match calendar.why_not(day) {
        Some(why) => ("closed", format!(" <em>{}</em>", escaped(&why.to_string()))),
        None => ("werktag", String::new()),
    };
    let _ = writeln!(page, "<section class=\"{class}\"><h2>{}{why}</h2>", berlin::day_text(day));
}

fn push_line(page: &mut String, line: &Line) {
    let place = match &line.place {
        Place::At(party) => escaped(party),
        Place::Between { from, link, to } => format!("{} {} {}", escaped(from), link.sign(), escaped(to)),
    };
    let (class, clock) = (line.tone.class(), clock(line.at));
    let (what, mark, tell) = (escaped(&line.what), escaped(&line.mark), escaped(&line.tell));
    let _ = writeln!(
        page,
        "<div class=\"{class}\"><time>{clock}</time><b>{place}</b><span>{what}</span><i>{mark}</i><span>{tell}</span></div>"
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn days_that_do_not_count_are_shaded_and_say_why_also_when_nothing_happened() {
        let page = html(&example::christmas());
        assert!(page.contains("<section class=\"werktag\"><h2>Tue 23.12.2025</h2>"), "{page}");
        assert!(page.contains("<section class=\"closed\"><h2>Wed 24.12.2025 <em>Heiligabend</em></h2>"), "{page}");
        assert!(page.contains("<section class=\"closed\"><h2>Thu 25.12.2025 <em>Erster Weihnachtstag</em></h2>\n</section>"), "{page}");
        assert_eq!(page.matches("<section").count(), page.matches("</section>").count());
    }

    #[test]
    fn no_text_becomes_markup_and_nothing_is_loaded() {
        let mut outcome = example::bad_day();
        outcome.plan.title = "<script src='https://example.org'>".to_owned();
        let page = html(&outcome);
        assert!(page.contains("<h1>&lt;script src=&#39;https://example.org&#39;&gt;</h1>"), "{page}");
        assert!(!page.contains("<script") && !page.contains("<link") && !page.contains("url("), "{page}");
        assert!(page.contains("<dd class=\"bad\">the run broke off: NB panicked in A-1</dd>"), "{page}");
    }
}
