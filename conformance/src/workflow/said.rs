//! What a violation says: the history that shows it, both sides, the first place where they differ, and what to do.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::history::History;
use crate::Violation;

/// So much of a value is shown, and so much of a command among others.
const SHOWN: usize = 600;
const SHOWN_AMONG_OTHERS: usize = 160;

/// A value as text, cut where nobody would read on.
pub(super) fn shown(value: &impl fmt::Debug) -> String {
    cut(format!("{value:?}"), SHOWN)
}

/// As [`shown`], shorter.
pub(super) fn shown_among_others(value: &impl fmt::Debug) -> String {
    cut(format!("{value:?}"), SHOWN_AMONG_OTHERS)
}

fn cut(text: String, at: usize) -> String {
    match text.char_indices().nth(at) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// Both sides of a difference.
pub(super) fn differ<T: fmt::Debug + Serialize>(left: (&str, &T), right: (&str, &T)) -> Violation {
    let mut text = format!("{}: {}\n  {}: {}", left.0, shown(left.1), right.0, shown(right.1));
    if let (Ok(one), Ok(other)) = (serde_json::to_value(left.1), serde_json::to_value(right.1))
        && let Some(place) = first_difference("", &one, &other)
    {
        text.push_str(&format!("\n  first difference: {place}"));
    }
    Violation::new(text)
}

/// As [`differ`], for what has no stored form.
pub(super) fn differ_in_words(left: (&str, &impl fmt::Debug), right: (&str, &impl fmt::Debug)) -> Violation {
    Violation::new(format!("{}: {}\n  {}: {}", left.0, shown(left.1), right.0, shown(right.1)))
}

/// The same violation, with the history that shows it in front.
pub(super) fn on_history<C: fmt::Debug>(history: &History<C>, violation: &Violation) -> Violation {
    Violation::new(format!("history: {history}\n  {violation}"))
}

/// The first place where two values differ, and what stands there.
pub(super) fn first_difference(place: &str, one: &Value, other: &Value) -> Option<String> {
    if one == other {
        return None;
    }
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let keys = one.keys().chain(other.keys().filter(|key| !one.contains_key(*key)));
            keys.map(|key| (key, one.get(key), other.get(key))).find_map(|(key, one, other)| match (one, other) {
                (Some(one), Some(other)) => first_difference(&format!("{place}/{key}"), one, other),
                (one, other) => Some(format!("{place}/{key}: {} | {}", there(one), there(other))),
            })
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let mut pairs = one.iter().zip(other).enumerate();
            pairs.find_map(|(index, (one, other))| first_difference(&format!("{place}/{index}"), one, other))
        }
        (one, other) => Some(format!("{}: {one} | {other}", if place.is_empty() { "all of it" } else { place })),
    }
}

fn there(value: Option<&Value>) -> String {
    value.map_or_else(|| "(not there)".to_owned(), Value::to_string)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_difference_is_named_with_its_place() {
        let one = json!({"a": [1, {"b": 2}], "c": 3});
        assert_eq!(first_difference("", &one, &one), None);
        let other = json!({"a": [1, {"b": 7}], "c": 4});
        assert_eq!(first_difference("", &one, &other).unwrap(), "/a/1/b: 2 | 7");
        assert_eq!(first_difference("", &one, &json!({"a": [1], "c": 3})).unwrap(), "/a: [1,{\"b\":2}] | [1]");
        assert_eq!(first_difference("", &one, &json!({"a": [1, {"b": 2}]})).unwrap(), "/c: 3 | (not there)");
        assert_eq!(first_difference("", &json!(1), &json!(2)).unwrap(), "all of it: 1 | 2");
    }
}
