//! Does source text name a door to the world? Tokens, not text: what stands in comments, strings and tests is not looked at.
//!
//! It finds what a path or a `use` says by name. A door behind a re-export of another crate is not seen here; WF-PUR-02 and WF-DET-01
//! look at what the code does.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::subject::Source;

/// Paths by the names that follow each other in them, and why not.
const DOORS: &[(&[&str], &str)] = &[
    (&["SystemTime"], "reads a clock"),
    (&["Instant"], "reads a clock"),
    (&["SystemClock"], "reads a clock"),
    (&["now"], "reads a clock"),
    (&["now_utc"], "reads a clock"),
    (&["now_local"], "reads a clock"),
    (&["std", "time"], "has clocks; mako_engine::Timestamp is an instant"),
    (&["SystemIds"], "draws ids"),
    (&["new_v4"], "draws ids"),
    (&["now_v7"], "draws ids"),
    (&["rand"], "is chance"),
    (&["fastrand"], "is chance"),
    (&["getrandom"], "is chance"),
    (&["thread_rng"], "is chance"),
    (&["OsRng"], "is chance"),
    (&["RandomState"], "is seeded by the machine"),
    (&["HashMap"], "is iterated in another order in every run; BTreeMap"),
    (&["HashSet"], "is iterated in another order in every run; BTreeSet"),
    (&["std", "env"], "reads the environment"),
    (&["std", "fs"], "reads files"),
    (&["std", "net"], "is the network"),
    (&["std", "process"], "starts or ends programs"),
    (&["std", "thread"], "is scheduled by the machine"),
    (&["std", "io"], "is the outside world"),
    (&["tokio"], "needs a runtime"),
    (&["reqwest"], "is the network"),
    (&["thread_local"], "is a global that can change"),
    (&["OnceLock"], "is a global that can change"),
    (&["LazyLock"], "is a global that can change"),
    (&["OnceCell"], "can change behind a shared reference"),
    (&["RefCell"], "can change behind a shared reference"),
    (&["Cell"], "can change behind a shared reference"),
    (&["Mutex"], "can change behind a shared reference"),
    (&["RwLock"], "can change behind a shared reference"),
    (&["atomic"], "can change behind a shared reference"),
    (&["unsafe"], "can do anything"),
];

/// What a source names that a workflow must not, as `file:line: name, why`.
pub(super) fn impurities(source: &Source) -> Vec<String> {
    let Source { path, text } = source;
    let tokens: TokenStream = match text.parse() {
        Ok(tokens) => tokens,
        Err(error) => return vec![format!("{path}: it cannot be read as Rust: {error}")],
    };
    let mut found: Vec<(usize, String, String)> = Vec::new();
    look(tokens, &mut |line, name, why| {
        // `std::time`, then `std::time::SystemTime`: one door, by its longest name.
        found.retain(|(at, shorter, _)| *at != line || !name.starts_with(&format!("{shorter}::")));
        found.push((line, name.to_owned(), why.to_owned()));
    });
    found.into_iter().map(|(line, name, why)| format!("{path}:{line}: `{name}` {why}")).collect()
}

/// Tells `report` of every door that `tokens` name.
fn look(tokens: TokenStream, report: &mut dyn FnMut(usize, &str, &str)) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut path: Vec<String> = Vec::new();
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        index += 1;
        match token {
            TokenTree::Ident(ident) => {
                let follows = is_path(&tokens, index.saturating_sub(3));
                if !follows {
                    path.clear();
                }
                path.push(ident.to_string());
                let line = ident.span().start().line;
                if ident == "static" && is_ident(tokens.get(index), "mut") {
                    report(line, "static mut", "is a global that can change");
                }
                // A field or method of that name is nobody's door; a path or a macro is.
                let is_member = index >= 2 && is_punct(tokens.get(index - 2), '.') && !is_punct(tokens.get(index.wrapping_sub(3)), '.');
                if !is_member {
                    door(&path, line, is_path(&tokens, index), report);
                }
            }
            TokenTree::Group(group) => {
                let under = is_path(&tokens, index.saturating_sub(3)) && group.delimiter() == Delimiter::Brace;
                if under {
                    // `use std::{env, fs}`: each name goes on from the path in front.
                    grouped(&path, group.stream(), report);
                } else {
                    look(group.stream(), report);
                }
                path.clear();
            }
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                if is_test_only(tokens.get(index)) {
                    index = after_item(&tokens, index + 1);
                    path.clear();
                } else if matches!(tokens.get(index), Some(TokenTree::Group(_))) {
                    // Attributes: derives and serde's strings are no code.
                    index += 1;
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => {}
            TokenTree::Punct(_) | TokenTree::Literal(_) => path.clear(),
        }
    }
}

fn grouped(front: &[String], tokens: TokenStream, report: &mut dyn FnMut(usize, &str, &str)) {
    let mut path = front.to_vec();
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                path.push(ident.to_string());
                door(&path, ident.span().start().line, false, report);
            }
            TokenTree::Group(group) => grouped(&path, group.stream(), report),
            TokenTree::Punct(punct) if punct.as_char() == ',' => path = front.to_vec(),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// Reports the door at the end of `path`, if there is one. Names that are common words need to be part of a path.
fn door(path: &[String], line: usize, goes_on: bool, report: &mut dyn FnMut(usize, &str, &str)) {
    for (names, why) in DOORS {
        let is_word = matches!(*names, ["now" | "rand" | "atomic" | "tokio" | "reqwest" | "fastrand" | "getrandom"]);
        let ends = path.len() >= names.len() && path.iter().rev().zip(names.iter().rev()).all(|(one, other)| one == other);
        if ends && (!is_word || goes_on || path.len() > 1) {
            report(line, &path.join("::"), why);
        }
    }
}

fn is_punct(token: Option<&TokenTree>, c: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == c)
}

fn is_ident(token: Option<&TokenTree>, name: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == name)
}

/// Whether `::` stands at `index`.
fn is_path(tokens: &[TokenTree], index: usize) -> bool {
    is_punct(tokens.get(index), ':') && is_punct(tokens.get(index + 1), ':')
}

fn is_test_only(attribute: Option<&TokenTree>) -> bool {
    matches!(attribute, Some(TokenTree::Group(group)) if group.stream().to_string().replace(' ', "") == "cfg(test)")
}

/// Behind the item that begins at `index`: its block, or its semicolon.
fn after_item(tokens: &[TokenTree], index: usize) -> usize {
    let is_end =
        |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace) || is_punct(Some(token), ';');
    let rest = tokens.iter().skip(index).position(is_end);
    rest.map_or(tokens.len(), |end| index + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &'static str) -> Vec<String> {
        impurities(&Source { path: "a.rs", text })
    }

    #[test]
    fn every_door_is_found_by_its_name_and_line() {
        for (names, why) in DOORS {
            let name = names.join("::");
            let text: &'static str = Box::leak(format!("//! x\nfn f() {{ let x = a::{name}::y(); }}").into_boxed_str());
            assert_eq!(found(text), [format!("a.rs:2: `a::{name}` {why}")]);
        }
        assert_eq!(found("static mut N: u8 = 0;"), ["a.rs:1: `static mut` is a global that can change"]);
    }

    #[test]
    fn a_door_is_found_in_a_use_with_braces_and_in_a_macro() {
        assert_eq!(found("use std::{fmt, env};"), ["a.rs:1: `std::env` reads the environment"]);
        assert_eq!(found("use std::{collections::{BTreeMap, HashMap}, fmt};").len(), 1);
        assert_eq!(found("fn f() { format!(\"{}\", rand::random()) }"), ["a.rs:1: `rand` is chance"]);
        assert_eq!(found("thread_local! { static N: u8 = 0; }").len(), 1);
    }

    #[test]
    fn talk_and_tests_and_members_are_no_doors() {
        for text in [
            "// SystemTime::now()\n/// HashMap\nfn f() { let x = \"std::env\"; }",
            "#[cfg(test)]\nmod tests { use std::fs; }\nfn f() {}",
            "fn f(now: u8) { let tokio = now; x.now(); x.rand; }",
            "#[serde(rename = \"HashMap\")]\nstruct S;",
            "use mako_engine::Timestamp; static N: u8 = 0;",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
        assert_eq!(found("#[cfg(test)]\nmod tests { use std::fs; }\nuse std::env;").len(), 1);
    }
}
