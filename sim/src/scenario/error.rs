//! What is wrong with a scenario file, so that its author can mend it without reading code.
//!
//! Every error names the place, what was found there, what was expected, and what to do; it shows the line with a caret under the
//! column. A file is read to its end, so one run shows all that is wrong with it; what follows from an error is not reported again.

use std::fmt;

/// One thing that is wrong with a scenario file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioError {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// What was found.
    pub found: String,
    /// What was expected.
    pub expected: String,
    /// What to do.
    pub advice: String,
    /// The line as it stands in the file.
    pub source_line: String,
}

/// Everything that is wrong with a scenario file, in the order of its lines; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioErrors {
    file: String,
    errors: Vec<ScenarioError>,
}

impl ScenarioErrors {
    pub(super) fn new(file: &str, mut errors: Vec<ScenarioError>) -> Self {
        errors.sort_by_key(|error| (error.line, error.column));
        Self { file: file.to_owned(), errors }
    }

    /// The file's name.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The errors, in the order of the lines.
    #[must_use]
    pub fn errors(&self) -> &[ScenarioError] {
        &self.errors
    }
}

impl fmt::Display for ScenarioErrors {
    /// `file:line:column: found; expected …; advice`, the line, and a caret; one after the other.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, error) in self.errors.iter().enumerate() {
            if place > 0 {
                writeln!(f)?;
            }
            writeln!(f, "{}:{}:{}: {}; expected {}; {}", self.file, error.line, error.column, error.found, error.expected, error.advice)?;
            writeln!(f, "    {}", error.source_line)?;
            write!(f, "    {}^", error.indent())?;
        }
        Ok(())
    }
}

impl std::error::Error for ScenarioErrors {}

impl ScenarioError {
    /// What stands before the column, as blanks of the same width.
    fn indent(&self) -> String {
        let before = (self.column as usize).saturating_sub(1);
        let mut indent: String = self.source_line.chars().take(before).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let missing = before.saturating_sub(indent.chars().count());
        indent.extend(std::iter::repeat_n(' ', missing));
        indent
    }
}
