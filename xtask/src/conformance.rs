//! `cargo xtask conformance`: every requirement asked of every subject of the house, as a matrix, with reports for machines.
//!
//! The checks are those that the tests run (`cargo test`, nextest); here they are linked, so that one command shows all of them. With
//! `--from` nothing is run: the records that tests left behind, in this or another crate or in shards of a CI, are judged in the same
//! way. Found, with exit 1: a must that is not kept, a requirement without a result, a skip that nobody explains, an exemption that is
//! over.
//!
//! With `--slatedb` the store in a bucket is asked, which no default build has: its tests are run with the feature of that name.
//!
//! With `--published` the crates that others published are asked (`published.rs`); nothing of the house is.

mod judgement;
mod matrix;
mod published;
mod published_page;
mod reports;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use mako_conformance::subjects::{Fjall, Memory, Subject};
use mako_scenarios::subjects::SUBJECTS;

use judgement::Asked;

/// What the command takes.
#[derive(clap::Args)]
pub struct Args {
    /// Ask this subject only; may be given more than once
    #[arg(long, value_name = "S", conflicts_with = "list")]
    subject: Vec<String>,
    /// Print every requirement as Markdown; checks nothing
    #[arg(long)]
    list: bool,
    /// Write report.json, report.md and report.xml (JUnit) there
    #[arg(long, value_name = "DIR", conflicts_with = "list")]
    report: Option<PathBuf>,
    /// Run nothing: judge the records that tests left in DIR, a directory per subject (target/conformance)
    #[arg(long, value_name = "DIR", conflicts_with = "list")]
    from: Option<PathBuf>,
    /// Ask the published domain crates instead, in a workspace of their own: what holds, what does not, and whether that is what is known
    #[arg(long, conflicts_with_all = ["subject", "list", "from"])]
    published: bool,
    /// Ask the store over object storage instead, which is built for it: the requirements, its own tests, and three nodes of which one is lost
    #[arg(long, conflicts_with_all = ["subject", "list", "from", "published", "report"])]
    slatedb: bool,
    /// Write docs/published-crates.md from what came out
    #[arg(long, requires = "published")]
    accept: bool,
}

/// Every subject of the house.
fn house() -> Vec<Subject> {
    let stores = [Subject::store::<Memory>(), Subject::store::<Fjall>()];
    stores.into_iter().chain(SUBJECTS.iter().copied()).collect()
}

/// Asks, prints what came out, and says whether all is well.
///
/// # Errors
///
/// When a subject is named that there is not, records cannot be read, or reports cannot be written.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    if args.list {
        out.write_all(mako_conformance::requirements_markdown().as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.published {
        return published::run(args.report.as_deref(), args.accept);
    }
    if args.slatedb {
        return slatedb();
    }
    let mut asked: Vec<Asked> = match &args.from {
        Some(directory) => judgement::left_behind(directory)?,
        None => {
            let wanted = |subject: &Subject| args.subject.is_empty() || args.subject.iter().any(|name| name == subject.name);
            house().iter().filter(|subject| wanted(subject)).map(judgement::ask).collect()
        }
    };
    if args.from.is_some() && !args.subject.is_empty() {
        asked.retain(|asked| args.subject.contains(&asked.subject));
    }
    if let Some(unknown) = args.subject.iter().find(|name| !asked.iter().any(|asked| asked.subject == **name)) {
        let known: Vec<&str> = house().iter().map(|subject| subject.name).collect();
        bail!("there is no subject `{unknown}`; the subjects of the house are {}", known.join(", "));
    }
    let problems: Vec<String> = asked.iter().flat_map(Asked::problems).collect();
    out.write_all(matrix::text(&asked, &problems).as_bytes())?;
    if let Some(directory) = &args.report {
        reports::write(directory, &asked, &problems)?;
        writeln!(out, "reports in {}", directory.display())?;
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The tests that need the feature `slatedb`: of the backend, of the requirements on stores, and of tenants over several nodes.
const SLATEDB: [(&str, &str); 3] = [("mako-engine", "slatedb"), ("mako-conformance", "slatedb"), ("mako-sim", "scale")];

/// Runs them, one after the other, and all of them, whatever the first one says.
fn slatedb() -> anyhow::Result<ExitCode> {
    let root = crate::workspace::root()?;
    let mut passed = true;
    for (package, test) in SLATEDB {
        let arguments = ["test", "--package", package, "--features", "slatedb", "--test", test];
        passed &= crate::workspace::cargo(root).args(arguments).status()?.success();
    }
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
