//! `--rulebooks DIR`: a third rulebook is a directory, and what is wrong with one is told with its line.

use std::fs;

use tempfile::TempDir;

use crate::testing::{workspace, xtask};

/// A shelf with one rulebook: Saturday counts, and an Anmeldung is answered until noon.
fn shelf(answers: &str) -> TempDir {
    let shelf = tempfile::tempdir().unwrap();
    let book = shelf.path().join("six-days");
    fs::create_dir(&book).unwrap();
    let head = "[rulebook]\ntitle = \"six days a week\"\ninherits = \"bk6-24-174\"\nsource = \"this test\"\n";
    fs::write(book.join("rulebook.toml"), head).unwrap();
    let calendar = "[calendar]\nsaturday_is_werktag = true\nsource = \"this test\"\nconfidence = \"ours\"\n";
    fs::write(book.join("calendar.toml"), calendar).unwrap();
    fs::write(book.join("answers.toml"), answers).unwrap();
    shelf
}

const ANSWERS: &str =
    "[[answer]]\nfamily = \"GPKE\"\ntriggers = [\"55001\"]\nrule = \"WT+1@12:00\"\nsource = \"this test\"\nconfidence = \"ours\"\n";

#[test]
fn a_directory_is_a_rulebook_for_every_command() {
    let shelf = shelf(ANSWERS);
    let books = shelf.path().display().to_string();
    let ask = ["frist", "55001", "--received", "2025-11-07T10:00:00+01:00", "--rulebook", "six-days", "--rulebooks", &books];
    xtask(&workspace(), &ask).exits(0).prints(&["due       Sat 8.11. 12:00", "source    this test (ours)"]);
    let days = ["--rulebooks", &books, "calendar", "2026", "--rulebook", "six-days"];
    xtask(&workspace(), &days).exits(0).prints(&["68 days of 2026 under six-days"]);
    let talk = ["replay", "scenarios/conversations/gpke_lieferbeginn_happy", "--rulebook", "six-days", "--rulebooks", &books];
    xtask(&workspace(), &talk).exits(1).prints(&["rulebook six-days", "DIFFERS"]);
}

#[test]
fn what_is_wrong_is_told_with_file_and_line_before_anything_runs() {
    let shelf = shelf(&ANSWERS.replace("@12:00", "@25:00"));
    let books = shelf.path().display().to_string();
    let said = xtask(&workspace(), &["calendar", "2026", "--rulebook", "bk6-24-174", "--rulebooks", &books]);
    said.exits(2).complains(&["six-days/answers.toml:1: `WT+1@25:00` is no rule: expected `EOD(WT+n)`"]);
    let said = xtask(&workspace(), &["calendar", "2026", "--rulebook", "bk6-24-174", "--rulebooks", "/nowhere"]);
    said.exits(2).complains(&["/nowhere: "]);
}
