//! Pictures of a run: a page to look at, a diagram for Markdown.
//!
//! Each is one file of one run. Whoever wants pictures of several takes `--report DIR`, which has an index; that is said before anything
//! runs.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use mako_sim::report::{page, sequence_diagram};
use mako_sim::run::Outcome;

/// Which pictures, and where.
#[derive(clap::Args)]
pub struct Pictures {
    /// Write the run as one self-contained page to this file; of one run only, for several there is --report
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the messages of the run as a Mermaid sequence diagram to this file; into a .md file as a block of Markdown
    #[arg(long, value_name = "FILE")]
    mermaid: Option<PathBuf>,
}

impl Pictures {
    /// Whether there are any.
    pub fn are_asked_for(&self) -> bool {
        self.html.is_some() || self.mermaid.is_some()
    }

    /// Refuses to draw more than one run; `what` is what to name one of.
    pub fn are_of_one(&self, runs: usize, what: &str) -> anyhow::Result<()> {
        if self.are_asked_for() && runs != 1 {
            bail!(
                "--html and --mermaid are of one run, and this is about {runs}: name one {what}; --report DIR writes a page for each \
                 scenario and an index"
            );
        }
        Ok(())
    }

    /// Refuses to draw what has no trace of its own.
    pub fn have_a_trace(&self, path: &Path) -> anyhow::Result<()> {
        if self.are_asked_for() && path.is_dir() {
            bail!(
                "{} is a recorded conversation: it has no run to show; name a .scenario file, or ask `cargo xtask replay`",
                path.display()
            );
        }
        Ok(())
    }

    /// Writes them.
    pub fn draw(&self, outcome: &Outcome, findings: &[String]) -> anyhow::Result<()> {
        if let Some(file) = &self.html {
            write(file, &page(outcome, findings))?;
        }
        if let Some(file) = &self.mermaid {
            let diagram = sequence_diagram(outcome);
            let in_markdown = file.extension().is_some_and(|extension| extension == "md");
            write(file, &if in_markdown { format!("```mermaid\n{diagram}```\n") } else { diagram })?;
        }
        Ok(())
    }

    /// Says where they are.
    pub fn say(&self, out: &mut impl Write) -> anyhow::Result<()> {
        for (what, file) in [("page", &self.html), ("diagram", &self.mermaid)] {
            if let Some(file) = file {
                writeln!(out, "\n{what} in {}", file.display())?;
            }
        }
        Ok(())
    }
}

/// Writes `text` to `file`.
pub fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(file, text).with_context(|| format!("writing {}", file.display()))
}
