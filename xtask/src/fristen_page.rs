//! `cargo xtask fristen`: the page `docs/fristen.md`, rendered from the tables of every rulebook; `--write` puts it there.
//!
//! The page is never written by hand: `cargo xtask tidy` compares it with what the tables say.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use mako_engine::fristen::{LeadTime, Rulebook, RulebookId, Window, WindowKind};
use mako_engine::version::{FormatVersion, PidRow, directory_of, message_types, pid, pids, releases};

/// Where the page lies, from the root of the workspace.
pub const PAGE: &str = "docs/fristen.md";

/// What the command takes.
#[derive(clap::Args)]
pub struct Args {
    /// Write the page instead of printing it
    #[arg(long)]
    write: bool,
}

/// Prints or writes the page.
///
/// # Errors
///
/// When it cannot be written.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let page = render();
    if args.write {
        let root = crate::workspace::root()?;
        std::fs::write(root.join(PAGE), page).with_context(|| format!("writing {PAGE}"))?;
    } else {
        std::io::stdout().lock().write_all(page.as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}

const HEAD: &str = "\
# Fristen

*Rendered from `engine/rulebooks/` by `cargo xtask fristen --write`; `cargo xtask tidy` finds it out of date. Do not edit.*

Every row has its source and how sure it is: **high** was read in the primary text, or two independent sources agree; **medium** is one
source that cites the primary text; **low** one source without a citation; **ours** is not regulated but a choice of this project.

A rulebook is a directory of tables, one file per subject: `rulebook` (title, families), `calendar`, `answers`, `information`,
`acknowledgements`, `lead_times`, `mabis`, `as4`, `cutover`. It may inherit: it then states only what it changes, family by family in each
table, and its holidays are added or replaced by name. To add one, put a directory beside those in `engine/rulebooks/`, or name another
place with `--rulebooks DIR`; no code changes. What is wrong with it is told with file, line and what was expected, and it is refused unless
it is whole: a calendar, an AS4 policy, a release policy, rows of every kind, rows for every family, one ordinary APERAK and CONTRL window
per Sparte, no trigger twice, no PID that does not exist, no window that closes before it opens.

| Rule | Due |
|---|---|
| `EOD(WT+n)` | end of the n-th Werktag after the ÜT, as the next midnight, exclusive |
| `SOD(WT+n)` | beginning of the n-th Werktag after the ÜT |
| `WT+n@hh:mm` | hh:mm of the n-th Werktag after the ÜT |
| `EOD(ÜT)` | end of the day of the ÜT, exclusive |
| `ÜT@hh:mm` | hh:mm of the day of the ÜT; of the next Werktag when that has passed or the day is none |
| `Sunday@hh:mm` | hh:mm of the next such weekday |
| `EOD(WT n of M+1)`, `SOD(WT n of M+1)` | end, beginning of the n-th Werktag of the next month |
| `EOD(M+n)` | end of the n-th month after that of the ÜT, exclusive |
| `DUR 45min` | elapsed time, whatever the clocks do |

Lead times bound the ÜT by a day X that the message asks for: `X-nWT` is the n-th Werktag before X, `X+nWT` the n-th after it, `X-nM` the
same day n months before. The ÜT is the Berlin day of the receipt and does not count.
";

/// The page.
pub fn render() -> String {
    let mut page = HEAD.to_owned();
    for id in RulebookId::all() {
        rulebook(&mut page, Rulebook::of(id));
    }
    wire(&mut page);
    page
}

/// Text to a page; writing to a string cannot fail.
macro_rules! put {
    ($page:expr, $($text:tt)*) => {{ let _ = writeln!($page, $($text)*); }};
}

fn rulebook(page: &mut String, book: &Rulebook) {
    let parent = book.inherits().and_then(|name| name.parse::<RulebookId>().ok()).map(Rulebook::of);
    put!(page, "\n## `{}`\n\n{}", book.id(), upper_first(book.title()));
    if let Some(parent) = parent {
        put!(page, "\nWhat is not listed here is taken over from `{}`, and counted on this calendar.", parent.id());
    }
    let saturday = if book.calendar().saturday_is_werktag() { "a Werktag unless it is a holiday" } else { "no Werktag" };
    let source = book.calendar_source();
    put!(page, "\n**Calendar.** Saturday is {saturday}. *{} ({})*", source.source, source.confidence);
    let holidays: Vec<String> = book
        .holidays()
        .iter()
        .filter(|row| parent.is_none_or(|parent| !parent.holidays().iter().any(|other| (&other.name, &other.day) == (&row.name, &row.day))))
        .map(|row| {
            let years = match row.years {
                (None, None) => String::new(),
                (since, until) => format!("{}–{}", years(since), years(until)),
            };
            format!("| {} | `{}` | {years} | {} | {} | {} |", row.name, row.day, row.land, row.source, row.confidence)
        })
        .collect();
    table(page, "| Holiday | Day | Years | Land | Source | |", &holidays);
    for (kind, title) in [
        (WindowKind::Answer, "Answers"),
        (WindowKind::Information, "Information duties"),
        (WindowKind::Aperak, "APERAK"),
        (WindowKind::Contrl, "CONTRL"),
        (WindowKind::Mabis, "MaBiS windows"),
    ] {
        let inherited = |row: &Window| parent.is_some_and(|parent| parent.windows().iter().any(|other| same_window(row, other)));
        let rows: Vec<String> = book.windows().iter().filter(|row| row.kind == kind && !inherited(row)).map(window).collect();
        if !rows.is_empty() {
            put!(page, "\n**{title}.**");
            table(page, "| Family | Trigger | Counted from | Rule | Source | |", &rows);
        }
    }
    let inherited = |row: &LeadTime| {
        let same = |other: &LeadTime| (&other.family, &other.triggers, other.rule) == (&row.family, &row.triggers, row.rule);
        parent.is_some_and(|parent| parent.lead_times().iter().any(same))
    };
    let rows: Vec<String> = book.lead_times().iter().filter(|row| !inherited(row)).map(lead_time).collect();
    if !rows.is_empty() {
        put!(page, "\n**Lead times.**");
        table(page, "| Family | Trigger | X | Rule | Source | |", &rows);
    }
    policies(page, book, parent);
}

fn policies(page: &mut String, book: &Rulebook, parent: Option<&Rulebook>) {
    let retry = book.as4_retry();
    if parent.is_none_or(|parent| parent.as4_retry() != retry) {
        let intervals: Vec<String> = retry.intervals_s.iter().map(u32::to_string).collect();
        put!(
            page,
            "\n**AS4.** Repeated after {} s, then every {} s, for {} h; a duplicate is recognised for {} h. *{} ({})*",
            intervals.join(", "),
            retry.interval_s(u32::MAX),
            retry.horizon_s / 3600,
            retry.dedup_window_s / 3600,
            retry.source,
            retry.confidence
        );
    }
    let (policy, provenance) = book.release_policy();
    if parent.is_none_or(|parent| parent.release_policy().0 != policy) {
        put!(
            page,
            "\n**Cutover.** A release is judged by `{policy}` where a message was on its way at midnight. *{} ({})*",
            provenance.source,
            provenance.confidence
        );
    }
    if let Some(tolerance) = book.tolerance().filter(|_| parent.is_none()) {
        put!(
            page,
            "\n**Tolerance.** A CONTRL or APERAK that is due from {} h before a cutover until {} day after its midnight may be late until then; \
             in years beyond the last known format version cutovers are taken to be on {}. *{} ({})*",
            tolerance.hours_before,
            tolerance.days_after,
            tolerance.standing_days.join(" and "),
            tolerance.source,
            tolerance.confidence
        );
    }
}

fn same_window(one: &Window, other: &Window) -> bool {
    (one.kind, &one.family, &one.triggers, one.rule, one.received_saturday)
        == (other.kind, &other.family, &other.triggers, other.rule, other.received_saturday)
}

fn window(row: &Window) -> String {
    let opens = row.opens.map(|rule| format!("from `{rule}` ")).unwrap_or_default();
    let saturday = row.received_saturday.map(|rule| format!(", received on a Saturday `{rule}`")).unwrap_or_default();
    let case: Vec<String> = row.sparte.iter().map(ToString::to_string).chain(row.messages.clone()).chain(row.pids.clone()).collect();
    let case = if case.is_empty() { String::new() } else { format!(" ({})", case.join(", ")) };
    let from = if row.clock_start.is_empty() { "its ÜT" } else { &row.clock_start };
    let (family, triggers) = (&row.family, row.triggers.join(", "));
    format!("| {family} | {triggers}{case} | {from} | {opens}`{}`{saturday} | {} | {} |", row.rule, row.source, row.confidence)
}

fn lead_time(row: &LeadTime) -> String {
    let triggers = row.triggers.join(", ");
    format!("| {} | {triggers} | {} | `{}` | {} | {} |", row.family, row.anchor, row.rule, row.source, row.confidence)
}

/// What holds under every rulebook: releases and PIDs are a matter of the wire.
fn wire(page: &mut String) {
    put!(
        page,
        "\n## Format versions and the wire\n\nThese hold under every rulebook. A format version begins at 00:00 Berlin of its first day."
    );
    let known: Vec<String> = FormatVersion::ALL
        .iter()
        .map(|version| {
            let of =
                |in_force: &dyn Fn(&PidRow) -> bool| pids().filter(|row| in_force(row) && pid(row.pid, *version, None).is_ok()).count();
            format!("| {version} | {} | {} | {} |", version.valid_from(), of(&|row| !row.strom.is_empty()), of(&|row| !row.gas.is_empty()))
        })
        .collect();
    table(page, "| Format version | In force from | PIDs in Strom | PIDs in Gas |", &known);
    put!(page, "\nPIDs that come or go (all others are known throughout; what FV2025-06-06 and older had is an assumption):\n");
    for row in pids().filter(|row| row.from.is_some() || row.until.is_some()) {
        let from = row.from.map(|day| format!(" from {day}")).unwrap_or_default();
        let until = row.until.map(|day| format!(" until {day} (exclusive)")).unwrap_or_default();
        put!(page, "- {} {}{from}{until}", row.pid, row.message);
    }
    let rows: Vec<String> = releases()
        .iter()
        .map(|row| {
            let sparte = row.sparte.map(|sparte| sparte.to_string()).unwrap_or_default();
            let directory = directory_of(&row.message).unwrap_or_default();
            format!(
                "| {} | {sparte} | {directory} | {} | {} | {} | {} |",
                row.message, row.release, row.first_day, row.source, row.confidence
            )
        })
        .collect();
    put!(page, "\nReleases of the {} message types; each is valid until the next of the same row begins.", message_types().count());
    table(page, "| Message | Sparte | Directory | Release | From | Source | |", &rows);
}

fn table(page: &mut String, head: &str, rows: &[String]) {
    if rows.is_empty() {
        return;
    }
    put!(page, "\n{head}\n{}", "|---".repeat(head.matches('|').count() - 1) + "|");
    for row in rows {
        put!(page, "{row}");
    }
}

fn years(year: Option<i32>) -> String {
    year.map(|year| year.to_string()).unwrap_or_default()
}

fn upper_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_regulation_stands_on_the_page_with_its_source() {
        let page = render();
        let book = Rulebook::of(RulebookId::BK6_24_174);
        for row in book.windows() {
            assert!(page.lines().any(|line| line == window(row)), "{row:?}");
        }
        for row in book.lead_times() {
            assert!(page.lines().any(|line| line == lead_time(row)), "{row:?}");
        }
        for row in book.holidays() {
            assert!(page.lines().any(|line| line.contains(&row.name) && line.contains(&row.source)), "{row:?}");
        }
    }

    #[test]
    fn a_rulebook_that_inherits_lists_what_it_changes_and_no_more() {
        let page = render();
        let (_, product) = page.split_once("\n## `mako-engine`\n").unwrap();
        let (product, _) = product.split_once("\n## ").unwrap();
        assert!(product.contains("| GPKE | any, 17115,") && product.contains("**AS4.**"));
        assert!(!product.contains("**APERAK.**") && !product.contains("Karfreitag"));
    }
}
