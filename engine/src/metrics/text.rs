//! The Prometheus text format, version 0.0.4: `# HELP`, `# TYPE`, then the samples of the family.

use std::fmt::{Display, Write as _};

/// What a family is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A name of a label and its value.
pub(super) type Label<'a> = (&'static str, &'a str);

/// Text as it grows.
#[derive(Default)]
pub(super) struct Text(pub(super) String);

impl Text {
    /// Begins the family `name`.
    pub(super) fn family(&mut self, kind: Kind, name: &str, help: &str) {
        self.line(format_args!("# HELP {name} {help}\n# TYPE {name} {}", kind.name()));
    }

    /// One sample.
    pub(super) fn sample(&mut self, name: &str, labels: &[Label<'_>], value: impl Display) {
        let labels: Vec<String> = labels.iter().map(|(label, value)| format!("{label}=\"{}\"", escaped(value))).collect();
        match labels.join(",") {
            none if none.is_empty() => self.line(format_args!("{name} {value}")),
            labels => self.line(format_args!("{name}{{{labels}}} {value}")),
        }
    }

    /// A family of one sample without labels.
    pub(super) fn single(&mut self, kind: Kind, name: &str, help: &str, value: impl Display) {
        self.family(kind, name, help);
        self.sample(name, &[], value);
    }

    fn line(&mut self, line: impl Display) {
        // Writing to a String does not fail.
        let _ = writeln!(self.0, "{line}");
    }
}

/// Milliseconds as seconds.
pub(super) fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1_000, ms % 1_000)
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_a_label_cannot_leave_its_quotes() {
        let mut text = Text::default();
        text.sample("x", &[("channel", "a\"b\\c\nd")], 1);
        assert_eq!(text.0, "x{channel=\"a\\\"b\\\\c\\nd\"} 1\n");
        assert_eq!((seconds(0), seconds(61_005)), ("0.000".to_owned(), "61.005".to_owned()));
    }
}
