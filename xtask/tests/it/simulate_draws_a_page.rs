//! `simulate --html FILE`: one run as one self-contained page, from which nothing of its trace is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::testing::{CONVERSATION, SCENARIO, scenario, workspace, xtask};

const CHRISTMAS: &str = "scenarios/gpke/lieferbeginn_christmas.scenario";

/// A page of `scenario`, and its trace.
fn drawn(scenario: &str) -> (String, Vec<Value>) {
    let directory = tempfile::tempdir().unwrap();
    let (page, report) = (directory.path().join("page.html"), directory.path().join("report"));
    let (page_name, report_name) = (page.to_str().unwrap(), report.to_str().unwrap());
    let said = xtask(&workspace(), &["simulate", scenario, "--html", page_name, "--report", report_name]).exits(0);
    said.prints(&[&format!("\npage in {page_name}\n")]);
    let name = Path::new(scenario).file_stem().unwrap().to_str().unwrap();
    let lines = fs::read_to_string(report.join(format!("{name}.jsonl"))).unwrap();
    let trace = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (fs::read_to_string(page).unwrap(), trace)
}

/// What stands between `before` and the next quotation mark, wherever it does.
fn values<'p>(page: &'p str, before: &str) -> Vec<&'p str> {
    page.split(before).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// Every entry of one kind, with its party.
fn entries<'t>(trace: &'t [Value], kind: &str) -> Vec<(&'t str, &'t Value)> {
    trace.iter().filter_map(|line| Some((line["party"].as_str()?, line["what"].get(kind)?))).collect()
}

#[test]
fn every_message_every_try_and_every_frist_of_the_trace_is_on_the_page() {
    for scenario in [CHRISTMAS, "scenarios/gpke/lieferbeginn_lfa_silent.scenario", "scenarios/gpke/lieferbeginn_receipt_lost.scenario"] {
        let (page, trace) = drawn(scenario);
        let tries = entries(&trace, "try-begins");
        let messages: BTreeSet<&str> = tries.iter().map(|(_, what)| what["message_id"].as_str().unwrap()).collect();
        let numbered: BTreeSet<&str> = values(&page, "data-message=\"").into_iter().collect();
        assert_eq!((numbered.len(), values(&page, "data-message=\"").len()), (messages.len(), messages.len()), "{scenario}");

        // Each try has an arrow, or is counted at one.
        let arrows = page.split("<td class=\"arrow ").skip(1).map(|rest| rest.split("</td>").next().unwrap());
        let sent = arrows.filter(|arrow| arrow.contains(" arrives\"") || arrow.contains(" lost\""));
        let shown: usize = sent
            .map(|arrow| {
                arrow.split(" more</span>").next().filter(|_| arrow.contains(" more</span>")).map_or(1, |before| {
                    let words = before.rsplit('>').next().unwrap();
                    words.split(' ').next().unwrap().parse().unwrap()
                })
            })
            .sum();
        assert_eq!(shown, tries.len(), "{scenario}");

        let fristen: BTreeSet<(&str, &str, &str)> = entries(&trace, "frist-set")
            .into_iter()
            .map(|(party, what)| (party, what["stream"].as_str().unwrap(), what["label"].as_str().unwrap()))
            .collect();
        assert_eq!(values(&page, "data-frist=\"").len(), fristen.len(), "{scenario}");
    }
}

#[test]
fn a_page_says_when_a_frist_was_due_why_then_and_by_how_much_it_was_met_or_missed() {
    let (page, _) = drawn(CHRISTMAS);
    for text in [
        "due Mon 29.12. 11:00</li>",
        "(24.–26.12. holidays, 27./28. weekend)",
        "met Sat 27.12. 12:15:01 by #3, 1 d 22 h 44 min before due",
        "4 Fristen: 4 met, 0 missed",
    ] {
        assert!(page.contains(text), "no `{text}`");
    }
    let (page, _) = drawn("scenarios/gpke/lieferbeginn_lfa_silent.scenario");
    assert!(page.contains("MISSED by 1 h 30 min: there Fri 7.11. 10:30:0"), "{page}");
    assert!(page.contains("id=\"trouble\""), "a Frist was missed, and nothing at the top says where");
}

#[test]
fn silence_is_folded_with_its_days_and_a_day_says_why_it_does_not_count() {
    let (page, _) = drawn(CHRISTMAS);
    for text in [
        "<b>1 d 22 h 47 min</b> pass, until Fri 26.12. 08:00",
        "<li class=\"closed\">Thu 25.12. Erster Weihnachtstag</li>",
        "no Werktag: Heiligabend",
        "S2.1</span>",
        "tries 2–98",
        "duplicate: receipt, no effect",
        "■ crash",
        "▶ restart",
    ] {
        assert!(page.contains(text), "no `{text}`");
    }
}

#[test]
fn a_page_loads_nothing_and_every_link_in_it_is_unique_and_leads_somewhere() {
    let (page, _) = drawn(CHRISTMAS);
    for elsewhere in ["http:", "https:", "<link", "<img", "<iframe", " src=", "url(", "@import", "style=\""] {
        assert!(!page.contains(elsewhere), "`{elsewhere}`");
    }
    assert!(page.contains("Content-Security-Policy\" content=\"default-src 'none';"), "{page}");
    let ids = values(&page, " id=\"");
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len());
    assert!(unique.contains("t=2025-12-24T09:12:00~2"), "{ids:?}");
    let rows = page.matches("<tr class=\"row ").count();
    assert_eq!(values(&page, "data-kind=\"").len(), rows);
    assert_eq!(unique.iter().filter(|id| id.starts_with("t=")).count(), rows, "every row has an anchor");
    let dead: Vec<&str> = values(&page, "href=\"#").into_iter().filter(|to| !unique.contains(to) && !to.starts_with("t=")).collect();
    assert_eq!(dead, [""; 0]);
}

#[test]
fn what_messages_and_scenarios_say_is_text() {
    let hostile = "<script>alert(1)</script>";
    // Who sent an interchange is told as the interchange says it.
    let directory = scenario("UNOC:3+9999000001012:500", &format!("UNOC:3+{hostile}:500"));
    let file = directory.path().join("a.scenario");
    let text = fs::read_to_string(&file).unwrap();
    let text = text.replace("A Prüfidentifikator that", &format!("{hostile} \"><img src=x onerror=alert(1)> that"));
    fs::write(&file, text.replace("LFN  Lieferant", &format!("LFN  {hostile}"))).unwrap();
    let arguments = ["simulate", "--accept", "a.scenario", "--html", "a.html", "--report", "report", "--mermaid", "a.md"];
    xtask(directory.path(), &arguments).exits(1);
    let page = fs::read_to_string(directory.path().join("a.html")).unwrap();
    assert_eq!((page.matches("<script").count(), page.matches("<img").count()), (1, 0), "{page}");
    let escaped = page.matches("&lt;script&gt;alert(1)&lt;/script&gt;").count();
    assert!(escaped >= 5, "title twice, role, refusal, dead letter: {escaped}");
    assert_eq!(fs::read_to_string(directory.path().join("report/a.html")).unwrap(), page);
    assert!(!fs::read_to_string(directory.path().join("a.md")).unwrap().contains('<'));
}

#[test]
fn every_store_and_transport_draws_the_same_bytes() {
    let page = |foundation: &[&str]| {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("page.html");
        xtask(&workspace(), &[&["simulate", SCENARIO, "--html", file.to_str().unwrap()], foundation].concat()).exits(0);
        fs::read(file).unwrap()
    };
    let one = page(&[]);
    assert!(page(&[]) == one && page(&["--store", "memory", "--transport", "memory"]) == one);
}

#[test]
fn a_run_that_fails_says_on_its_page_what_does_not_hold() {
    let directory = scenario("exactly one CONTRL", "exactly two CONTRL");
    xtask(directory.path(), &["simulate", "--accept", "a.scenario", "--html", "a.html"]).exits(1).prints(&["page in a.html"]);
    let page = fs::read_to_string(directory.path().join("a.html")).unwrap();
    let trouble = page.split("id=\"trouble\"").nth(1).and_then(|rest| rest.split("</section>").next()).unwrap();
    assert!(page.contains(">FAILED</p>") && trouble.contains("line 13: NB sends exactly two CONTRL: found 1 were delivered"), "{trouble}");
    assert!(trouble.contains("href=\"#t=2025-11-06T00:00:00\""), "{trouble}");
}

#[test]
fn a_page_is_of_one_run_and_that_is_said_before_anything_runs() {
    let nothing = |directory: &TempDir| fs::read_dir(directory.path()).unwrap().all(|entry| entry.unwrap().file_name() == "a.scenario");
    let directory = scenario("", "");
    let several = ["simulate", "a.scenario", "a.scenario", "--html", "a.html"];
    xtask(directory.path(), &several).exits(2).complains(&["of one run, and this is about 2", "name one scenario file", "--report DIR"]);
    xtask(directory.path(), &["simulate", "--html", "a.html"]).exits(2).complains(&["of one run"]);
    xtask(directory.path(), &["simulate", "--seeds", "0..3", "--mermaid", "a.mmd"]).exits(2).complains(&["about 3", "--seeds 5..6"]);
    assert!(nothing(&directory));
    let recorded = workspace().join(CONVERSATION);
    let said = xtask(directory.path(), &["simulate", recorded.to_str().unwrap(), "--html", "a.html"]).exits(2);
    said.complains(&["recorded conversation", "cargo xtask replay"]);
}

#[test]
fn a_seed_has_a_page_too() {
    let directory = tempfile::tempdir().unwrap();
    let arguments = ["simulate", "--seeds", "3..4", "--store", "memory", "--transport", "memory", "--html", "3.html", "--mermaid", "3.mmd"];
    xtask(directory.path(), &arguments).exits(0).prints(&["page in 3.html", "diagram in 3.mmd"]);
    let page = fs::read_to_string(directory.path().join("3.html")).unwrap();
    assert!(page.contains("<li>seed 3</li>") && page.contains("data-message=\"1\""), "{page}");
}

#[test]
fn a_diagram_for_markdown_stands_in_a_block() {
    let directory = scenario("", "");
    xtask(directory.path(), &["simulate", "--accept", "a.scenario", "--mermaid", "a.md"]).exits(0).prints(&["diagram in a.md"]);
    xtask(directory.path(), &["simulate", "a.scenario", "--mermaid", "a.mmd"]).exits(0);
    let read = |name: &str| fs::read_to_string(directory.path().join(name)).unwrap();
    let diagram = read("a.mmd");
    assert!(diagram.starts_with("sequenceDiagram\n") && diagram.contains("UTILMD 55001 Anmeldung #"), "{diagram}");
    assert_eq!(read("a.md"), format!("```mermaid\n{diagram}```\n"));
}

#[test]
fn reports_of_scenarios_that_share_a_name_stand_side_by_side_with_an_index() {
    let directory = tempfile::tempdir().unwrap();
    let report = directory.path().join("report");
    let files = ["scenarios/gpke/kuendigung_confirmed.scenario", "scenarios/geli_gas/kuendigung_confirmed.scenario", SCENARIO];
    xtask(&workspace(), &[&["simulate", "--report", report.to_str().unwrap()], &files[..]].concat()).exits(0);
    let mut by_extension: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in fs::read_dir(&report).unwrap() {
        let path = entry.unwrap().path();
        let text = |part: Option<&std::ffi::OsStr>| part.unwrap().to_str().unwrap().to_owned();
        by_extension.entry(text(path.extension())).or_default().push(text(path.file_stem()));
    }
    by_extension.values_mut().for_each(|names| names.sort());
    let names = ["geli_gas_kuendigung_confirmed", "gpke_kuendigung_confirmed", "index", "unknown_pid"];
    assert_eq!(by_extension["html"], names);
    assert_eq!(by_extension["jsonl"], ["geli_gas_kuendigung_confirmed", "gpke_kuendigung_confirmed", "unknown_pid"]);
    let index = fs::read_to_string(report.join("index.html")).unwrap();
    for link in values(&index, "<a href=\"") {
        assert!(report.join(link).is_file(), "{link}");
    }
    assert!(index.contains("3 passed, 0 failed"), "{index}");
}
