//! A page in a real browser: what stands behind the `#` of its address chooses what is shown.
//!
//! The browser is the program that `MAKO_CHROMIUM` names, or a Chromium or Chrome on the path. Without one nothing can be seen, and the
//! test says so and ends.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::testing::{spawned, workspace, xtask};

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("MAKO_CHROMIUM").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = || std::env::split_paths(&path).flat_map(|dir| NAMES.map(|name| dir.join(name))).find(|file| file.is_file());
    named.or_else(on_path)
}

/// The page as `browser` has it when its script has run.
fn seen(browser: &Path, directory: &Path, hash: &str) -> String {
    let mut command = Command::new(browser);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--timeout=60000", "--dump-dom"]);
    command.arg(format!("--user-data-dir={}", directory.join("profile").display()));
    command.arg(format!("file://{}#{hash}", directory.join("page.html").display()));
    let child = spawned(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()));
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

/// The rows that are shown, by their anchors, with what is said of them.
fn shown(dom: &str) -> (Vec<&str>, &str) {
    let rows = dom.split("<tr class=\"row ").skip(1).map(|rest| rest.split('>').next().unwrap());
    let shown = rows.filter(|row| !row.contains(" hidden=\"\"")).filter_map(|row| row.split("id=\"").nth(1)?.split('"').next());
    let said = dom.split("id=\"shown\">").nth(1).and_then(|rest| rest.split('<').next());
    (shown.collect(), said.expect("the script did not run"))
}

#[test]
fn a_link_into_a_page_filters_searches_or_goes_to_an_instant() {
    let Some(browser) = browser() else {
        println!("skipped: no browser is here; name one in MAKO_CHROMIUM");
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let page = directory.path().join("page.html");
    xtask(&workspace(), &["simulate", "scenarios/gpke/lieferbeginn_christmas.scenario", "--html", page.to_str().unwrap()]).exits(0);
    let all = fs::read_to_string(&page).unwrap().matches("<tr class=\"row ").count();
    let look = |hash: &str| seen(&browser, directory.path(), hash);

    let dom = look("");
    let (rows, said) = shown(&dom);
    assert_eq!((rows.len(), said.to_owned()), (all, format!("{all} rows")));

    let dom = look("kind=message&party=NB&pid=55002");
    let (rows, said) = shown(&dom);
    assert!(rows.len() > 2 && said == format!("{} of {all} rows", rows.len()), "{said} {rows:?}");
    assert!(
        dom.contains("<tr class=\"fold\"")
            && !dom.split("<tr class=\"fold\"").skip(1).any(|fold| !fold.split('>').next().unwrap().contains("hidden"))
    );

    let dom = look("process=A-1&kind=decision");
    assert_eq!(shown(&dom).0, [""; 0], "a decision of a back office is of no process");

    let dom = look("q=heute%20nicht");
    assert_eq!(shown(&dom), (Vec::new(), format!("0 of {all} rows").as_str()));
    let dom = look("q=crash");
    assert_eq!(shown(&dom).0, ["t=2025-12-23T16:00:01"]);

    for (hash, here, said) in [
        ("t=2025-12-25T12:00:00", "fold=2025-12-24T09:13:00", "2025-12-25T12:00:00 lies in this silence"),
        ("t=2025-12-25T11:00:00Z", "fold=2025-12-24T09:13:00", "2025-12-25T12:00:00 lies in this silence"),
        ("t=2025-12-23T16:20:00", "t=2025-12-23T16:00:01~3", "2025-12-23T16:20:00 lies behind this row"),
        ("t=2025-12-27T12:15", "t=2025-12-27T12:15:00", "2025-12-27T12:15:00: this row"),
        ("t=2024-01-01", "t=2025-12-23T16:00:00", "2024-01-01T00:00:00 is before this first row"),
    ] {
        let dom = look(hash);
        let marked: Vec<&str> =
            dom.split("<tr ").skip(1).map(|row| row.split('>').next().unwrap()).filter(|row| row.contains(" here\"")).collect();
        assert!(marked.len() == 1 && marked[0].contains(&format!("id=\"{here}\"")), "{hash}: {marked:?}");
        assert_eq!(shown(&dom).1, said, "{hash}");
    }
    let dom = look("t=tomorrow");
    assert!(shown(&dom).1.contains("is no instant"));
}
