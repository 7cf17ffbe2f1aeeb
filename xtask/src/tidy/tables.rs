//! Promises about TOML: a dependency has its reason, a row of a rulebook has its source, and there are no example targets.
//!
//! A row is a table in an array of tables (`[[frist]]`) or an inline table in an array. It may take its source from a table around it,
//! so that a file whose rows all come from one document says so once.

use toml::Value;

use super::source_text::line_of;
use super::{File, Finding};

pub(super) fn check(file: &File, findings: &mut Vec<Finding>) {
    if file.path == "Cargo.toml" {
        dependencies(file, findings);
    }
    if file.path == "Cargo.toml" || file.path.ends_with("/Cargo.toml") {
        for (index, _) in file.text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("[[example]]")) {
            findings.push(file.finding(
                index + 1,
                "an example target".to_owned(),
                "examples live in the documentation where they are run",
                "make it a doc example or a test",
            ));
        }
    }
    if file.path.starts_with("engine/rulebooks/") && file.path.ends_with(".toml") {
        rulebook(file, findings);
    }
}

fn dependencies(file: &File, findings: &mut Vec<Finding>) {
    let lines = file.text.lines().enumerate().skip_while(|(_, line)| line.trim() != "[workspace.dependencies]").skip(1);
    let mut depth = 0;
    for (index, line) in lines.take_while(|(_, line)| !line.starts_with('[')) {
        let (entry, reason) = split_comment(line);
        let starts_entry = depth == 0 && !entry.trim().is_empty();
        depth += entry.matches(['[', '{']).count();
        depth = depth.saturating_sub(entry.matches([']', '}']).count());
        // A room of the house needs no reason; a guest does.
        if starts_entry && reason.trim().is_empty() && !entry.contains("path =") {
            let name = entry.split(['=', '.']).next().unwrap_or_default().trim();
            findings.push(file.finding(
                index + 1,
                format!("dependency `{name}` without a reason"),
                "every dependency is a decision",
                "write `# what it is for` behind it",
            ));
        }
    }
}

/// A line of TOML and the comment behind it; a `#` between quotes is no comment.
fn split_comment(line: &str) -> (&str, &str) {
    let mut quoted = false;
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '#' if !quoted => return (&line[..at], &line[at + 1..]),
            _ => {}
        }
    }
    (line, "")
}

fn rulebook(file: &File, findings: &mut Vec<Finding>) {
    match file.text.parse::<toml::Table>() {
        Err(error) => {
            let line = error.span().map_or(1, |span| line_of(&file.text, span.start));
            findings.push(file.finding(line, format!("no TOML ({})", error.message()), "rulebooks are data files", "mend the syntax"));
        }
        Ok(table) => rows_without_source(file, &Value::Table(table), "", false, findings),
    }
}

fn rows_without_source(file: &File, value: &Value, name: &str, has_source: bool, findings: &mut Vec<Finding>) {
    match value {
        Value::Table(table) => {
            let has_source = has_source || table.get("source").and_then(Value::as_str).is_some_and(|source| !source.trim().is_empty());
            for (key, value) in table {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                rows_without_source(file, value, &name, has_source, findings);
            }
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                if let Value::Table(row) = value
                    && !has_source
                    && row.get("source").and_then(Value::as_str).is_none_or(|source| source.trim().is_empty())
                {
                    findings.push(file.finding(
                        row_line(&file.text, name, index),
                        format!("row {} of `{name}` without `source`", index + 1),
                        "no rule without the document it comes from",
                        "add `source = \"document, section\"`",
                    ));
                }
                rows_without_source(file, value, name, has_source, findings);
            }
        }
        _ => {}
    }
}

/// Where the row begins if the array is written as `[[name]]`, else where the array begins.
fn row_line(text: &str, name: &str, index: usize) -> usize {
    let header = format!("[[{name}]]");
    let mut headers = text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with(&header));
    let key = name.rsplit('.').next().unwrap_or_default();
    let array = || text.lines().enumerate().find(|(_, line)| line.trim_start().starts_with(key));
    headers.nth(index).or_else(array).map_or(1, |(line, _)| line + 1)
}

#[cfg(test)]
mod tests {
    use super::super::tests::plant;

    #[test]
    fn a_dependency_without_a_reason_is_found() {
        let manifest = "[package]\nname = \"x\"\n[workspace.dependencies]\n# ours\nours = { path = \"ours\" }\na = \"1\" # why\n\
                        b = \"1\"\nc = { version = \"1#\", features = [\n    \"x\",\n] }\nd.version = \"1\" #\n[profile.dev]\ne = 1\n";
        assert_eq!(
            plant("Cargo.toml", manifest),
            ["7: dependency `b` without a reason", "8: dependency `c` without a reason", "11: dependency `d` without a reason"]
        );
        assert_eq!(plant("sim/Cargo.toml", manifest), [""; 0]);
    }

    #[test]
    fn an_example_target_is_found() {
        assert_eq!(plant("sim/Cargo.toml", "[package]\n\n[[example]]\nname = \"x\"\n"), ["3: an example target"]);
    }

    #[test]
    fn a_row_without_a_source_is_found() {
        let text = "name = \"b\"\n[[frist]]\nsource = \"GPKE 1\"\n[[frist]]\nsource = \" \"\n[[frist.step]]\nn = 1\n";
        assert_eq!(
            plant("engine/rulebooks/a.toml", text),
            ["4: row 2 of `frist` without `source`", "6: row 1 of `frist.step` without `source`"]
        );
        assert_eq!(plant("engine/rulebooks/b/a.toml", "x = [\n  { n = 1 },\n]\n"), ["1: row 1 of `x` without `source`"]);
        assert_eq!(plant("engine/rulebooks/a.toml", "x = [{ n = 1, source = \"s\" }]\nwords = [\"a\"]\n"), [""; 0]);
        assert_eq!(plant("engine/rulebooks/a.toml", "source = \"s\"\n[[frist]]\nn = 1\n"), [""; 0]);
        assert_eq!(plant("engine/other/a.toml", "[[frist]]\nn = 1\n"), [""; 0]);
    }

    #[test]
    fn a_rulebook_that_is_no_toml_is_found() {
        let findings = plant("engine/rulebooks/a.toml", "a = 1\nb = \n");
        assert!(findings.first().is_some_and(|finding| finding.starts_with("2: no TOML")), "{findings:?}");
    }
}
