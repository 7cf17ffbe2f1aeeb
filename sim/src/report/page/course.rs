//! The course of a run as a table: the parties are columns, time runs down, messages are arrows between columns.
//!
//! It is a table for whoever hears it, too: each row has its time as its heading, and says in words who told whom. What happens at one
//! party stands in that party's column; what concerns nobody alone spans all of them. Each day is a group of rows.

use std::collections::BTreeSet;

use mako_engine::fristen::{Calendar, berlin};
use maud::{Markup, PreEscaped, html};
use time::Date;

use super::super::line::{Link, Place, Tone};
use super::super::words::clock;
use super::anchor::{Anchors, local};
use super::fold::Fold;
use super::row::{Kind, Mood, Power, Row};

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) role: String,
    pub(super) mp_id: String,
}

/// A row, and in which of two runs it is; on a page of one run, in the only one.
pub(super) struct Told<'r> {
    pub(super) row: &'r Row,
    pub(super) side: Side,
}

/// In which run a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Both,
    First,
    Second,
}

/// What a course is made of.
pub(super) enum Step<'r> {
    Row(Told<'r>),
    /// Rows that are alike in both runs and not shown.
    Alike(usize),
}

/// The course of `steps`.
pub(super) fn course(columns: &[Column], calendar: &Calendar, steps: &[Step<'_>], caption: &str) -> Markup {
    let body = Body { columns, calendar, anchors: Anchors::default(), off: BTreeSet::new(), today: None, before: None };
    html! {
        table.course data-columns=(columns.len()) {
            caption { (caption) }
            thead {
                tr {
                    th.clock scope="col" { "Berlin" }
                    @for column in columns {
                        th scope="col" {
                            b { (column.name) }
                            @if !column.role.is_empty() { " " span { (column.role) } }
                            @if !column.mp_id.is_empty() { " " small { (column.mp_id) } }
                        }
                    }
                }
            }
            (body.rows(steps))
        }
    }
}

struct Body<'c> {
    columns: &'c [Column],
    calendar: &'c Calendar,
    anchors: Anchors,
    /// Columns whose node is down or stands still.
    off: BTreeSet<usize>,
    today: Option<Date>,
    /// The row before.
    before: Option<mako_engine::Timestamp>,
}

impl Body<'_> {
    fn rows(mut self, steps: &[Step<'_>]) -> Markup {
        let mut text = String::new();
        for step in steps {
            match step {
                Step::Row(told) => self.row(told, &mut text),
                Step::Alike(n) => {
                    self.open_group(&mut text);
                    text.push_str(&self.alike(*n).into_string());
                    self.before = None;
                }
            }
        }
        if self.today.is_some() || !text.is_empty() {
            text.push_str("</tbody>\n");
        }
        // Every part of it came out of `html!`, and what opens and closes a group is written here.
        PreEscaped(text)
    }

    fn row(&mut self, told: &Told<'_>, text: &mut String) {
        let (row, day) = (told.row, berlin::day(told.row.at));
        if let Some(fold) = self.before.and_then(|before| Fold::between(self.calendar, before, row.at)) {
            text.push_str(&self.fold(&fold).into_string());
        }
        if self.today != Some(day) {
            if !text.is_empty() {
                text.push_str("</tbody>\n");
            }
            text.push_str(&self.day(row, day));
        }
        let is_new = self.before.is_none_or(|before| before.unix_ms() / 1_000 != row.at.unix_ms() / 1_000) || self.today != Some(day);
        (self.today, self.before) = (Some(day), Some(row.at));
        let id = self.anchors.next("t", row.at);
        text.push_str(&self.tr(told, &id, is_new).into_string());
        text.push('\n');
        if let (Some(power), Place::At(party)) = (row.power, &row.place)
            && let Some(place) = self.column(party)
        {
            match power {
                Power::Off => drop(self.off.insert(place)),
                Power::On => drop(self.off.remove(&place)),
            }
        }
    }

    fn open_group(&self, text: &mut String) {
        if text.is_empty() {
            text.push_str("<tbody>\n");
        }
    }

    fn width(&self) -> usize {
        self.columns.len().max(1)
    }

    fn column(&self, party: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == party)
    }

    /// The beginning of a group, with its heading.
    fn day(&mut self, row: &Row, day: Date) -> String {
        let why_not = self.calendar.why_not(day).map(|why| why.to_string());
        let class = if why_not.is_some() { "closed" } else { "werktag" };
        let id = self.anchors.next("day", berlin::midnight(day));
        let heading = html! {
            tr.day id=(id) data-local=(format!("{}T00:00:00", berlin::day(row.at))) {
                th colspan=(self.width() + 1) scope="rowgroup" {
                    (berlin::day_text(day)) " "
                    @match &why_not {
                        Some(why) => span { "no Werktag: " (why) },
                        None => span { "Werktag" },
                    }
                }
            }
        };
        format!("<tbody class=\"{class}\">\n{}\n", heading.into_string())
    }

    fn fold(&mut self, fold: &Fold) -> Markup {
        let id = self.anchors.next("fold", fold.from);
        html! {
            tr.fold id=(id) data-local=(local(fold.from)) {
                th.clock scope="row" { a href={"#" (id)} title="link to this fold" { "⋮" } }
                td colspan=(self.width()) {
                    b { (fold.span) } " pass, until " (fold.until)
                    @if !fold.days.is_empty() {
                        ul.days { @for (day, is_werktag) in &fold.days { li.closed[!is_werktag] { (day) } " " } }
                    }
                }
            }
        }
    }

    fn alike(&self, n: usize) -> Markup {
        html! { tr.alike { td colspan=(self.width() + 1) { (n) @if n == 1 { " row" } @else { " rows" } " alike in both runs" } } }
    }

    fn tr(&self, told: &Told<'_>, id: &str, is_new: bool) -> Markup {
        let row = told.row;
        let side = match told.side {
            Side::Both => "",
            Side::First => " first",
            Side::Second => " second",
        };
        let kind = match (row.tone, row.word.as_str()) {
            (Tone::Alarm, _) => format!("{} alarm", row.kind.name()),
            (_, "due") => format!("{} due", row.kind.name()),
            _ => row.kind.name().to_owned(),
        };
        let pids: Vec<&str> = row.pids.iter().map(String::as_str).collect();
        html! {
            tr class={ "row " (kind) (side) } id=(id) tabindex="-1" data-local=(local(row.at)) data-kind=(row.kind.name())
                data-party=(row.parties().join("\n")) data-process=(row.process) data-pid=(pids.join(" ")) {
                th.clock.again[!is_new] scope="row" {
                    a href={"#" (id)} title="link to this row" { time datetime=(berlin::rfc3339(row.at)) { (clock(row.at)) } }
                    @match told.side {
                        Side::Both => {},
                        Side::First => span.side { "−" span.aloud { " only in the first run" } },
                        Side::Second => span.side { "+" span.aloud { " only in the second run" } },
                    }
                }
                (self.cells(row))
            }
        }
    }

    fn cells(&self, row: &Row) -> Markup {
        match &row.place {
            Place::At(party) => match self.column(party) {
                Some(place) => {
                    html! {
                        (self.empty(0, place))
                        td.at.off[self.off.contains(&place)] { (card(row)) }
                        (self.empty(place + 1, self.width()))
                    }
                }
                None => self.across(row, party),
            },
            Place::Between { from, link, to } => match (self.column(from), self.column(to)) {
                (Some(a), Some(b)) if a != b => {
                    let (left, right) = (a.min(b), a.max(b));
                    html! { (self.empty(0, left)) (arrow(row, *link, a < b, right - left + 1)) (self.empty(right + 1, self.width())) }
                }
                _ => self.across(row, &format!("{from} {} {to}", link.sign())),
            },
        }
    }

    /// The columns in which nothing happens.
    fn empty(&self, from: usize, to: usize) -> Markup {
        html! { @for place in from..to { td.off[self.off.contains(&place)] {} } }
    }

    /// A row that belongs to no column.
    fn across(&self, row: &Row, who: &str) -> Markup {
        html! { td.across colspan=(self.width()) { @if !who.is_empty() { span.who { (who) } " " } (card(row)) } }
    }
}

/// What happened at one party.
fn card(row: &Row) -> Markup {
    html! {
        div.card {
            div.what {
                @if !row.word.is_empty() { span.word { (row.word) } " " }
                @match row.frist.filter(|_| row.kind == Kind::Frist) {
                    Some(number) => a href={"#f" (number)} { (row.what) },
                    None => b { (row.what) },
                }
                @if !row.message.is_empty() { " " (message_link(&row.message)) }
            }
            (parts(row))
        }
    }
}

/// What went, or did not go, from one party to another; it spans `columns`.
fn arrow(row: &Row, link: Link, to_the_right: bool, columns: usize) -> Markup {
    let (from, to) = match &row.place {
        Place::Between { from, to, .. } => (from.as_str(), to.as_str()),
        Place::At(party) => (party.as_str(), ""),
    };
    let direction = if to_the_right { "right" } else { "left" };
    let (class, verb) = match (link, row.tone) {
        (Link::Message, Tone::Lost) => ("lost", "does not reach"),
        (Link::Message, Tone::Fault) => ("twice", "reaches again"),
        (Link::Message, _) => ("arrives", "to"),
        (Link::Cut, _) => ("cut", "cut off from"),
        (Link::Fault, _) => ("trouble", "on the way to"),
    };
    html! {
        td class={ "arrow " (direction) " " (class) } colspan=(columns) {
            span.aloud { (from) " " (verb) " " (to) ": " }
            div.what {
                b { (row.what) }
                @if !row.message.is_empty() { " " (message_link(&row.message)) }
                @if !row.release.is_empty() { " " span.release title="format release" { (row.release) } }
                @if !row.word.is_empty() { " " span.word { (row.word) } }
            }
            div.line aria-hidden="true" { span {} }
            (parts(row))
        }
    }
}

fn message_link(mark: &str) -> Markup {
    html! { a.number href={"#m" (mark.trim_start_matches('#'))} { (mark) } }
}

fn parts(row: &Row) -> Markup {
    html! {
        @if !row.parts.is_empty() || row.fate.is_some() {
            ul.parts {
                @for (mood, part) in row.parts.iter().chain(&row.fate) {
                    li.good[*mood == Mood::Good].bad[*mood == Mood::Bad] { (part) } " "
                }
            }
        }
    }
}
