//! The pages of many runs, listed: how each went, and where to look.

use maud::html;

use super::super::table::{Row, summary};
use super::super::words::span;
use super::{controls, shell};

/// A run that has a page of its own.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The name of its files, without extension.
    pub file: String,
    /// What it is about.
    pub title: String,
    /// Its row in the table.
    pub row: Row,
    /// What was found in it; empty when it passed.
    pub findings: Vec<String>,
}

/// `runs` as a page that stands beside their pages.
#[must_use]
pub fn index(runs: &[Listed]) -> String {
    let failed = runs.iter().filter(|run| !run.findings.is_empty()).count();
    let body = html! {
        main {
            header {
                p.verdict.passed[failed == 0].failed[failed > 0] { (summary(runs.len() - failed, failed)) }
                h1 { "Runs" }
            }
            (controls::search_only())
            section.register { div.wide { table {
                thead { tr {
                    @for head in ["Scenario", "What it shows", "Virtual time", "Messages", "Commits", "Checks", "Result", "Also as"] {
                        th scope="col" { (head) }
                    }
                } }
                // Those that failed come first: one looks for them.
                tbody { @for bad in [true, false] { @for run in runs.iter().filter(|run| run.findings.is_empty() != bad) {
                    tr.row id={ "run=" (run.file) } data-kind="run" {
                        th scope="row" { a href={ (run.file) ".html" } { (run.file) } }
                        td { (run.title) @if bad { ul.findings { @for finding in &run.findings { li { (finding) } } } } }
                        td { (span(u64::try_from(run.row.virtual_span.as_millis()).unwrap_or(u64::MAX))) }
                        td { (run.row.messages) } td { (run.row.commits) } td { (run.row.checks_held) "/" (run.row.checks) }
                        td.good[!bad].bad[bad] { (run.row.result) }
                        td { @for kind in ["txt", "mmd", "jsonl"] { a href={ (run.file) "." (kind) } { (kind) } " " } }
                    }
                } } }
            } } }
        }
    };
    shell::document("Runs", &body)
}

#[cfg(test)]
mod tests {
    use super::super::super::example;
    use super::*;

    #[test]
    fn a_run_that_failed_stands_first_and_its_findings_are_text() {
        let listed = |file: &str, findings: &[&str]| {
            let row =
                Row { result: if findings.is_empty() { "passed" } else { "FAILED" }.to_owned(), ..Row::of(file, &example::christmas()) };
            Listed {
                file: file.to_owned(),
                title: "over <Christmas>".to_owned(),
                row,
                findings: findings.iter().map(|f| (*f).to_owned()).collect(),
            }
        };
        let page = index(&[listed("good", &[]), listed("bad", &["<script>"])]);
        assert!(page.contains("1 passed, 1 failed") && page.contains("<li>&lt;script&gt;</li>"), "{page}");
        assert!(page.find("bad.html").unwrap() < page.find("good.html").unwrap(), "{page}");
        assert!(page.contains("over &lt;Christmas&gt;") && page.matches("<script").count() == 1, "{page}");
    }
}
