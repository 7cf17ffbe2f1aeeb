//! A sweep as JUnit XML: a test case per seed. No wall time stands in it, so two equal sweeps have equal reports.

use std::fmt::Write as _;

use super::Sweep;

impl Sweep {
    /// The sweep as a JUnit report.
    #[must_use]
    pub fn junit(&self) -> String {
        let (passed, failed) = self.counts();
        let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let _ = writeln!(text, "<testsuite name=\"mako seeds\" tests=\"{}\" failures=\"{failed}\">", passed + failed);
        for verdict in self.verdicts() {
            let case = format!("  <testcase classname=\"seeds\" name=\"seed {}\"", verdict.seed);
            if verdict.failures.is_empty() {
                let _ = writeln!(text, "{case}/>");
                continue;
            }
            let _ = writeln!(text, "{case}>");
            for failure in &verdict.failures {
                let (oracle, detail) = (escaped(&failure.oracle), escaped(&failure.detail));
                let choices = escaped(&verdict.choices.to_string());
                let _ = writeln!(text, "    <failure type=\"{oracle}\" message=\"{detail}\">{choices}</failure>");
            }
            text.push_str("  </testcase>\n");
        }
        text.push_str("</testsuite>\n");
        text
    }
}

/// Text as XML takes it. Control characters, which XML does not take, become a question mark.
fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, c| {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            c if c.is_control() => escaped.push('?'),
            c => escaped.push(c),
        }
        escaped
    })
}
