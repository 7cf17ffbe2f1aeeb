//! What a seed chose, for whoever wonders why a plan looks as it does.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Every sampled choice, in the order of drawing: what was chosen, and how it came out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices(Vec<(String, String)>);

impl Choices {
    /// Notes one choice.
    pub(super) fn note(&mut self, what: &str, came: impl Into<String>) {
        self.0.push((what.to_owned(), came.into()));
    }

    /// Every choice, in the order of drawing.
    #[must_use]
    pub fn all(&self) -> &[(String, String)] {
        &self.0
    }
}

impl fmt::Display for Choices {
    /// One line per choice.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (what, came)) in self.0.iter().enumerate() {
            let line_break = if number > 0 { "\n" } else { "" };
            write!(f, "{line_break}{what:<18} {came}")?;
        }
        Ok(())
    }
}
