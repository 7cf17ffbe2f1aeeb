//! Promises about Rust code: nothing unfinished, no door to time or chance but the two that are meant, no `select!` that rolls dice.
//!
//! An exception is made where it stands, on its line or the line above: `#[expect(clippy::…, reason = "…")]`, which clippy checks, or
//! `// tidy: allow(<name>) <reason>` for a name that clippy does not know. An exception without a reason is none.

use super::source_text::{code_only, line_of, words};
use super::{File, Finding};

const UNFINISHED: &[&str] = &["todo!", "unimplemented!", "dbg!"];

/// Names that bring in real time, chance, or an order that differs from run to run.
const DOORS: &[&str] = &[
    "tokio::time",
    "Instant::now",
    "SystemTime::now",
    "thread::sleep",
    "HashMap",
    "HashSet",
    "getrandom",
    "rand::rng",
    "libc::",
    "clock_gettime",
];

const SIMULATED: &[&str] = &["engine", "sim", "scenarios"];

pub(super) fn check(file: &File, findings: &mut Vec<Finding>) {
    if !file.path.ends_with(".rs") {
        return;
    }
    let code = code_only(&file.text);
    let room = file.path.split('/').next().unwrap_or_default();
    for name in UNFINISHED {
        for at in words(&code, name) {
            findings.push(file.finding(line_of(&code, at), format!("`{name}`"), "what lands is finished", "finish it or leave it out"));
        }
    }
    if !SIMULATED.contains(&room) {
        return;
    }
    for at in words(&code, "select!") {
        let body = code[at + "select!".len()..].trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '{' | '(' | '['));
        let line = line_of(&code, at);
        if !body.starts_with("biased;") && !is_allowed(&file.text, line, "select!") {
            findings.push(file.finding(
                line,
                "`select!` without `biased;`".to_owned(),
                "it polls its branches in random order",
                "write `biased;` first and order the branches on purpose",
            ));
        }
    }
    if file.path.split('/').nth(1) != Some("src") {
        return;
    }
    for name in DOORS {
        for at in words(&code, name) {
            let line = line_of(&code, at);
            if !is_allowed(&file.text, line, name) {
                findings.push(file.finding(
                    line,
                    format!("`{name}`"),
                    "time and randomness enter through Clock and IdSource only and order must not differ from run to run",
                    "use Clock, IdSource or a BTree collection, or make an exception with a reason",
                ));
            }
        }
    }
}

/// Whether the line, or the attribute or comment that ends on the line above, makes an exception for `name`.
fn is_allowed(text: &str, line: usize, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    let here = lines.get(line - 1).copied().unwrap_or_default();
    let above: &[&str] = lines.get(..line - 1).unwrap_or_default();
    let is_exception = |text: &str| is_comment_for(text, name) || is_expect_with_reason(text);
    if is_exception(here) || above.last().is_some_and(|above| is_exception(above)) {
        return true;
    }
    // rustfmt breaks a long attribute over several lines.
    let start = above.iter().rposition(|line| line.contains("#["));
    start.is_some_and(|start| {
        let attribute = above.get(start..).unwrap_or_default();
        let ends_above = attribute.iter().position(|line| line.trim_end().ends_with(")]")) == Some(attribute.len() - 1);
        ends_above && is_expect_with_reason(&attribute.join(" "))
    })
}

fn is_expect_with_reason(text: &str) -> bool {
    let attribute = text.split_once("#[expect(").or_else(|| text.split_once("#![expect("));
    attribute.is_some_and(|(_, rest)| rest.contains("clippy::disallowed_") && has_reason(rest))
}

fn has_reason(attribute: &str) -> bool {
    let value = attribute.split_once("reason").and_then(|(_, rest)| rest.trim_start().strip_prefix('='));
    value.and_then(|value| value.trim_start().strip_prefix('"')).is_some_and(|value| !value.starts_with('"'))
}

fn is_comment_for(text: &str, name: &str) -> bool {
    let comment = text.split_once("// tidy: allow(").and_then(|(_, rest)| rest.split_once(')'));
    comment.is_some_and(|(what, reason)| what.trim() == name && !reason.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::tests::plant;

    const HEAD: &str = "//! x\n";

    #[test]
    fn what_is_unfinished_is_found_everywhere() {
        for name in super::UNFINISHED {
            assert_eq!(plant("xtask/src/a.rs", &format!("{HEAD}fn f() {{ {name}() }}\n")), [format!("2: `{name}`")]);
            assert_eq!(plant("sim/tests/a.rs", &format!("// {name}()\nconst S: &str = \"{name}()\";\n")), [""; 0]);
        }
    }

    #[test]
    fn every_door_is_found_in_simulated_code_and_only_there() {
        for name in super::DOORS {
            let text = format!("{HEAD}fn f() {{\n    {name}::x();\n}}\n");
            assert_eq!(plant("engine/src/a/b.rs", &text), [format!("3: `{name}`")]);
            assert_eq!(plant("sim/src/a.rs", &text), [format!("3: `{name}`")]);
            assert_eq!(plant("scenarios/src/a.rs", &text), [format!("3: `{name}`")]);
            assert_eq!(plant("sim/tests/a.rs", &text), [""; 0]);
            assert_eq!(plant("xtask/src/a.rs", &text), [""; 0]);
        }
    }

    #[test]
    fn an_exception_needs_its_reason_and_its_place() {
        let found = ["3: `HashMap`"];
        for (line_above, line, expected) in [
            ("#[expect(clippy::disallowed_types, reason = \"never iterated\")]", "type M = HashMap;", &[][..]),
            ("", "#[expect(clippy::disallowed_types, reason = \"never iterated\")] type M = HashMap;", &[]),
            ("// tidy: allow(HashMap) never iterated", "type M = HashMap;", &[]),
            ("", "type M = HashMap; // tidy: allow(HashMap) never iterated", &[]),
            ("#[expect(clippy::disallowed_types, reason = \"\")]", "type M = HashMap;", &found),
            ("#[expect(clippy::disallowed_types)]", "type M = HashMap;", &found),
            ("#[expect(clippy::needless_return, reason = \"other\")]", "type M = HashMap;", &found),
            ("// tidy: allow(HashMap)", "type M = HashMap;", &found),
            ("// tidy: allow(HashSet) never iterated", "type M = HashMap;", &found),
        ] {
            assert_eq!(plant("engine/src/a.rs", &format!("{HEAD}{line_above}\n{line}\n")), expected, "{line_above} / {line}");
        }
        let broken =
            "#[expect(\n    clippy::disallowed_types,\n    reason = \"never iterated\"\n)]\ntype M = HashMap;\ntype N = HashMap;\n";
        assert_eq!(plant("engine/src/a.rs", &format!("{HEAD}{broken}")), ["7: `HashMap`"]);
    }

    #[test]
    fn an_unbiased_select_is_found_in_tests_too() {
        let unbiased = "fn f() {\n    tokio::select! {\n        a = b => {}\n    }\n}\n";
        for path in ["engine/tests/a.rs", "sim/tests/a.rs", "scenarios/tests/a.rs"] {
            assert_eq!(plant(path, unbiased), ["2: `select!` without `biased;`"]);
        }
        let biased = unbiased.replace("select! {", "select! {\n        // why\n        biased;");
        assert_eq!(plant("engine/tests/a.rs", &biased), [""; 0]);
    }
}
