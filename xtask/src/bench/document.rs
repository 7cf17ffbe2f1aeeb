//! `docs/performance.md`, from `benches/performance.md` and what was kept of the measurements.
//!
//! The frame is written by hand: how it was measured, what is fair and what is not, where we lose and why. Every figure in it comes from a
//! measurement; a line `{{name}}` of the frame is replaced by the table of that name.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail};

use super::aims::{Aims, Judged, read};
use super::measured::{Point, Report};
use super::peers::{RATE, Row};
use super::table::{bound, measured, ratio};
use super::{Kept, kept, plots, shown};

/// Workloads with a plot of their own, and the names of the plots.
const PLOTTED: [(&str, &str); 4] = [
    ("commit of 1 event", "commit-alone"),
    ("commit by one of 64 writers", "commit-64-writers"),
    ("replay of 1000 events", "replay-1000"),
    ("replay of 10000 events", "replay-10000"),
];
/// What the curve shows.
const CURVE: [&str; 6] = [
    "commit",
    "commit, all threads",
    "replay of an old process, per event",
    "replay of a young process, per event",
    "outbox due",
    "deadlines due",
];

/// Everything that was kept.
struct Sources {
    aims: Aims,
    report: Option<Kept<Report>>,
    rows: Option<Kept<Vec<Row>>>,
    growth: Option<Kept<Vec<Point>>>,
}

/// Writes the document and its plots.
///
/// # Errors
///
/// When the frame names a table that there is not, or a file cannot be read or written.
pub fn write(root: &Path) -> anyhow::Result<()> {
    let sources = Sources { aims: read(root)?, report: kept(root, "measured")?, rows: kept(root, "peers")?, growth: kept(root, "growth")? };
    let frame = std::fs::read_to_string(root.join("benches/performance.md")).context("benches/performance.md")?;
    let mut text = "<!-- Written by `cargo xtask bench --peers` from benches/performance.md; change it there. -->\n".to_owned();
    for line in frame.lines() {
        match line.strip_prefix("{{").and_then(|line| line.strip_suffix("}}")) {
            Some(name) => text.push_str(&table(name, &sources)?),
            None => text.push_str(line),
        }
        text.push('\n');
    }
    std::fs::write(root.join("docs/performance.md"), text).context("docs/performance.md")?;
    let plot = |name: &str| root.join("docs/performance").join(format!("{name}.svg"));
    if let Some(rows) = &sources.rows {
        for (workload, name) in PLOTTED {
            let rows: Vec<&Row> = rows.measured.iter().filter(|row| row.workload == workload).collect();
            plots::bars(&plot(name), workload, &rows)?;
        }
    }
    if let Some(growth) = &sources.growth {
        plots::curve(&plot("growth"), "one store, as it grows", &growth.measured, &CURVE)?;
    }
    Ok(())
}

fn table(name: &str, sources: &Sources) -> anyhow::Result<String> {
    let missing = || "*Not measured yet.*".to_owned();
    let report = sources.report.as_ref();
    Ok(match name {
        "aims" => aims(sources),
        "figures" => report.map_or_else(missing, |report| figures(&report.measured)),
        "peers" => sources.rows.as_ref().map_or_else(missing, |rows| peers(&rows.measured)),
        "settings" => sources.rows.as_ref().map_or_else(missing, |rows| settings(&rows.measured)),
        "behind" => sources.rows.as_ref().map_or_else(missing, |rows| behind(&rows.measured)),
        "worlds" => sources.rows.as_ref().map_or_else(missing, |rows| worlds(&rows.measured)),
        "growth" => sources.growth.as_ref().map_or_else(missing, |growth| curve(&growth.measured)),
        "circumstances" => circumstances(sources),
        _ => bail!("benches/performance.md names the table {name}, which there is not"),
    })
}

fn circumstances(sources: &Sources) -> String {
    let of = |what: &str, kept: Option<&super::Circumstances>| {
        kept.map(|kept| format!("<sub>{what}: {}, {}.</sub>", kept.date, kept.machine)).unwrap_or_default()
    };
    let lines = [
        of("Figures and aims", sources.report.as_ref().map(|kept| &kept.circumstances)),
        of("Others", sources.rows.as_ref().map(|kept| &kept.circumstances)),
        of("Growth", sources.growth.as_ref().map(|kept| &kept.circumstances)),
    ];
    lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("<br>\n")
}

fn judged(sources: &Sources) -> Vec<Judged> {
    let figures = sources.report.as_ref().map(|kept| kept.measured.figures.as_slice()).unwrap_or_default();
    let rows = sources.rows.as_ref().map(|kept| kept.measured.as_slice()).unwrap_or_default();
    let growth = sources.growth.as_ref().map(|kept| kept.measured.as_slice()).unwrap_or_default();
    let of_figures = sources.aims.aim.iter().map(|aim| aim.judge(figures));
    let beside = sources.aims.beside.iter().map(|aim| aim.judge(rows));
    of_figures.chain(beside).chain(sources.aims.growth.iter().map(|aim| aim.judge(growth))).collect()
}

/// A table, then a paragraph per aim.
fn aims(sources: &Sources) -> String {
    let judged = judged(sources);
    let mut text = "| aim | bound | measured | |\n|---|---:|---:|---|\n".to_owned();
    for aim in &judged {
        let reached = if aim.reached { "reached" } else { "**missed**" };
        let _ = writeln!(text, "| {} | {} | {} | {reached} |", aim.what, bound(aim), measured(aim));
    }
    for aim in &judged {
        let by = match aim.measured {
            None => "it was not measured".to_owned(),
            Some(value) if aim.reached => {
                let factor = if value > aim.bound { value / aim.bound } else { aim.bound / value };
                format!("reached, with {} ({} times to spare)", measured(aim), ratio(factor))
            }
            Some(_) => format!("missed, with {}", measured(aim)),
        };
        let why = if aim.reached || aim.in_the_way.is_empty() { String::new() } else { format!(" {}", aim.in_the_way) };
        let _ = write!(text, "\n**{}** ({}): {by}.{why}\n", aim.what, aim.source);
    }
    text.trim_end().to_owned()
}

fn figures(report: &Report) -> String {
    let mut text = "| what | ratio | to | <sub>measured</sub> | <sub>floor</sub> |\n|---|---:|---|---:|---:|\n".to_owned();
    for figure in &report.figures {
        let (value, floor) = (shown(figure.value, &figure.unit), shown(figure.floor_value, &figure.unit));
        let (id, to) = (&figure.id, &figure.floor);
        let _ = writeln!(text, "| {id} | {} | {to} | <sub>{value}</sub> | <sub>{floor}</sub> |", ratio(figure.ratio));
    }
    text.trim_end().to_owned()
}

fn unique<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut unique = Vec::new();
    for name in names {
        if !unique.contains(&name) {
            unique.push(name);
        }
    }
    unique
}

/// The durable one of ours, and the one in memory, by what the peer is.
fn counterpart(peer: &str) -> &'static str {
    if peer.ends_with("memory") { "mako (this repository), memory" } else { "mako (this repository), fjall" }
}

fn find<'a>(rows: &'a [Row], workload: &str, peer: &str) -> Option<&'a Row> {
    rows.iter().find(|row| row.workload == workload && row.peer == peer)
}

/// Peers by workloads: how many times as long they take as we do, durable beside durable and memory beside memory.
fn peers(rows: &[Row]) -> String {
    let rows: Vec<Row> = rows.iter().filter(|row| row.workload != RATE).cloned().collect();
    let workloads = unique(rows.iter().map(|row| row.workload.as_str()));
    let names = unique(rows.iter().map(|row| row.peer.as_str()));
    let mut text = format!("| | {} |\n|---|{}\n", workloads.join(" | "), "---:|".repeat(workloads.len()));
    for peer in names {
        let cell = |workload: &&str| {
            let Some(row) = find(&rows, workload, peer) else { return "–".to_owned() };
            let small = format!("<sub>{} ({})</sub>", shown(row.value, "s"), shown(row.p10, "s"));
            match find(&rows, workload, counterpart(peer)) {
                Some(ours) if ours.peer != row.peer => format!("{} × {small}", ratio(row.value / ours.value)),
                _ => format!("1 {small}"),
            }
        };
        let _ = writeln!(text, "| {peer} | {} |", workloads.iter().map(cell).collect::<Vec<_>>().join(" | "));
    }
    text.trim_end().to_owned()
}

fn settings(rows: &[Row]) -> String {
    let mut text = "| who | settings |\n|---|---|\n".to_owned();
    for peer in unique(rows.iter().map(|row| row.peer.as_str())) {
        let settings = rows.iter().find(|row| row.peer == peer).map_or("", |row| row.settings.as_str());
        let _ = writeln!(text, "| {peer} | {settings} |");
    }
    text.trim_end().to_owned()
}

/// Where somebody takes less than we do.
fn behind(rows: &[Row]) -> String {
    let mut text = String::new();
    for row in rows.iter().filter(|row| row.workload != RATE) {
        let Some(ours) = find(rows, &row.workload, counterpart(&row.peer)) else { continue };
        if row.value < ours.value {
            let share = ratio(row.value / ours.value);
            let _ = writeln!(text, "- {}: {} takes {share} of our time.", row.workload, row.peer);
        }
    }
    if text.is_empty() { "- Nowhere in this run.".to_owned() } else { text.trim_end().to_owned() }
}

fn worlds(rows: &[Row]) -> String {
    let mut text = "| who | virtual seconds per second of one core | what it did |\n|---|---:|---|\n".to_owned();
    for row in rows.iter().filter(|row| row.workload == RATE) {
        let _ = writeln!(text, "| {} | {:.3e} | {} |", row.peer, row.value, row.settings);
    }
    text.trim_end().to_owned()
}

fn curve(points: &[Point]) -> String {
    let names = unique(points.iter().flat_map(|point| point.costs.iter().map(|(name, _)| name.as_str())));
    let mut text = format!("| events | {} |\n|---:|{}\n", names.join(" | "), "---:|".repeat(names.len()));
    for point in points {
        let cell = |name: &&str| match point.cost(name) {
            None => "–".to_owned(),
            Some(megabytes) if name.starts_with("MB") => format!("{megabytes:.0}"),
            Some(cost) => shown(cost, "s"),
        };
        let _ = writeln!(text, "| {} | {} |", point.events, names.iter().map(cell).collect::<Vec<_>>().join(" | "));
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(peer: &str, value: f64) -> Row {
        Row { workload: "commit".to_owned(), peer: peer.to_owned(), settings: "as it comes".to_owned(), value, p10: value }
    }

    #[test]
    fn others_stand_as_factors_of_what_we_take_and_memory_beside_memory() {
        let rows = [
            row("mako (this repository), fjall", 1e-4),
            row("mako (this repository), memory", 1e-6),
            row("somebody", 1e-3),
            row("somebody else, memory", 5e-7),
        ];
        let text = peers(&rows);
        assert!(text.contains("| somebody | 10.00 × "), "{text}");
        assert!(text.contains("| somebody else, memory | 0.50 × "), "{text}");
        assert_eq!(behind(&rows), "- commit: somebody else, memory takes 0.50 of our time.");
    }

    #[test]
    fn a_table_that_there_is_not_is_an_error() {
        let aims = Aims { aim: Vec::new(), beside: Vec::new(), growth: Vec::new() };
        let sources = Sources { aims, report: None, rows: None, growth: None };
        assert!(table("figures", &sources).is_ok());
        assert_eq!(table("figurs", &sources).unwrap_err().to_string(), "benches/performance.md names the table figurs, which there is not");
    }
}
