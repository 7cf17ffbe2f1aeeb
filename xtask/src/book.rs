//! `cargo xtask book [--open]`: the pages of the repository as a book, by mdBook, in `target/book/html`.
//!
//! `docs/SUMMARY.md` is its table of contents. The pages are copied as they lie in the repository, with every file that one of them links,
//! so a link that works in the repository works in the book; a link to a directory becomes plain text. What is missing is refused here,
//! and by `cargo xtask tidy`.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, bail};

use crate::markdown::{Link, links};
use crate::workspace::root;

/// The table of contents, relative to the root.
pub const CONTENTS: &str = "docs/SUMMARY.md";

/// What the command takes.
#[derive(clap::Args)]
pub struct Args {
    /// Show it in a browser
    #[arg(long)]
    open: bool,
}

/// Assembles and builds.
///
/// # Errors
///
/// When a linked file is missing, or mdBook is not to be had or fails.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let root = root()?;
    let book = root.join("target/book");
    if book.exists() {
        fs::remove_dir_all(&book).with_context(|| book.display().to_string())?;
    }
    let pages = assemble(root, &book.join("src"))?;
    fs::copy(root.join("docs/book.toml"), book.join("book.toml")).context("docs/book.toml")?;
    let mut mdbook = Command::new("mdbook");
    mdbook.args(["build", "--dest-dir"]).arg(book.join("html")).arg(&book).args(args.open.then_some("--open"));
    let status = mdbook.status().context("mdbook is not to be had: `cargo install mdbook --version ^0.5` installs it")?;
    if !status.success() {
        bail!("mdbook ends with {status}; the pages it was given are in {}", book.join("src").display());
    }
    writeln!(std::io::stdout(), "{pages} pages in {}", book.join("html/index.html").display())?;
    Ok(ExitCode::SUCCESS)
}

/// The pages of the book, relative to the root, in the order of its contents.
///
/// # Errors
///
/// When there are no contents, or one of them lies outside the repository.
pub fn pages(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let contents = fs::read_to_string(root.join(CONTENTS)).context(CONTENTS)?;
    links(&contents).iter().map(|link| beside(Path::new(CONTENTS), &link.target)).collect()
}

/// Where `target`, as it stands on `page`, is, relative to the root.
///
/// # Errors
///
/// When it leads out of the repository.
pub fn beside(page: &Path, target: &str) -> anyhow::Result<PathBuf> {
    let mut path = page.parent().map(Path::to_owned).unwrap_or_default();
    for part in Path::new(target).components() {
        match part {
            Component::CurDir => {}
            Component::Normal(name) => path.push(name),
            Component::ParentDir if path.pop() => {}
            _ => bail!("{}: {target} leads out of the repository", page.display()),
        }
    }
    Ok(path)
}

/// Copies contents, pages and what they link to `to`, and counts the pages.
fn assemble(root: &Path, to: &Path) -> anyhow::Result<usize> {
    let pages = pages(root)?;
    let contents = fs::read_to_string(root.join(CONTENTS)).context(CONTENTS)?;
    let here = |link: &Link| Ok(Some(format!("[{}]({})", link.text, beside(Path::new(CONTENTS), &link.target)?.display())));
    put(&to.join("SUMMARY.md"), rewritten(&contents, here)?.as_bytes())?;
    let mut linked = BTreeSet::new();
    for page in &pages {
        let text = fs::read_to_string(root.join(page)).with_context(|| page.display().to_string())?;
        let text = rewritten(&text, |link| {
            let target = beside(page, &link.target)?;
            if root.join(&target).is_dir() {
                return Ok(Some(link.text.clone()));
            }
            linked.insert(target);
            Ok(None)
        })?;
        put(&to.join(page), text.as_bytes())?;
    }
    for file in linked.iter().filter(|file| !pages.contains(file)) {
        let bytes = fs::read(root.join(file)).with_context(|| format!("a page links {}", file.display()))?;
        put(&to.join(file), &bytes)?;
    }
    Ok(pages.len())
}

/// `page` with those links replaced for which `by` has something else.
fn rewritten(page: &str, mut by: impl FnMut(&Link) -> anyhow::Result<Option<String>>) -> anyhow::Result<String> {
    let mut text = String::with_capacity(page.len());
    let mut end = 0;
    for link in links(page) {
        if let Some(new) = by(&link)? {
            text.push_str(&page[end..link.place.start]);
            text.push_str(&new);
            end = link.place.end;
        }
    }
    text.push_str(&page[end..]);
    Ok(text)
}

fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    fs::create_dir_all(path.parent().context("a file is in a directory")?)?;
    fs::write(path, bytes).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_keep_their_places_and_bring_what_they_link() {
        let repository = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| put(&repository.path().join(path), text.as_bytes()).unwrap();
        write("docs/SUMMARY.md", "# Book\n\n- [First](first.md)\n- [The map](../MAP.md)\n");
        write("docs/first.md", "see [the map](../MAP.md), [code](../src/a.rs) and [a room](../src)\n");
        write("MAP.md", "back to [first](docs/first.md)\n");
        write("src/a.rs", "//! a\n");
        let book = tempfile::tempdir().unwrap();
        assert_eq!(assemble(repository.path(), book.path()).unwrap(), 2);
        let read = |path: &str| fs::read_to_string(book.path().join(path)).unwrap();
        assert_eq!(read("SUMMARY.md"), "# Book\n\n- [First](docs/first.md)\n- [The map](MAP.md)\n");
        assert_eq!(read("docs/first.md"), "see [the map](../MAP.md), [code](../src/a.rs) and a room\n");
        assert_eq!(read("src/a.rs"), "//! a\n");

        write("MAP.md", "[gone](docs/gone.png)\n");
        assert_eq!(assemble(repository.path(), book.path()).unwrap_err().to_string(), "a page links docs/gone.png");
    }

    #[test]
    fn a_link_out_of_the_repository_is_refused() {
        let error = beside(Path::new("docs/a.md"), "../../b.md").unwrap_err().to_string();
        assert_eq!(error, "docs/a.md: ../../b.md leads out of the repository");
    }
}
