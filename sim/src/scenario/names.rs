//! The names that a scenario file declares: parties and objects.
//!
//! A name starts with a letter and goes on with letters, digits, `-` and `_`; it is none of the words that stand where a name may
//! stand. A name that is declared badly otherwise is known all the same, so that its other mentions are not errors too.

use super::error::ScenarioError;
use super::line::{Line, Word};

/// Words that cannot be names, because they begin something else.
const RESERVED: [&str; 6] = ["no", "check", "calm", "file", "bytes", "x"];

/// The names that a file declares.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    pub(super) parties: Vec<String>,
    pub(super) objects: Vec<String>,
}

impl Names {
    pub(super) fn parties_expected(&self) -> String {
        format!("one of {}", listed(&self.parties))
    }

    pub(super) fn parties_advice(&self) -> String {
        format!("name one of {}", listed(&self.parties))
    }
}

/// `word` as a name that is not among `known` yet.
pub(super) fn new_name(line: &Line<'_>, word: Word<'_>, known: &[String]) -> Result<String, ScenarioError> {
    let mut chars = word.text.chars();
    let formed = chars.next().is_some_and(char::is_alphabetic) && chars.all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    if !formed || RESERVED.contains(&word.text) {
        let expected = "a letter, then letters, digits, `-` and `_`";
        return Err(line.error(word, format!("`{}` is no name", word.text), expected, "choose another name"));
    }
    if known.iter().any(|name| name == word.text) {
        return Err(line.error(word, format!("`{}` is declared twice", word.text), "a name of its own", "choose another name"));
    }
    Ok(word.text.to_owned())
}

/// `"LFN, NB"`, or that there are none.
pub(super) fn listed<T: AsRef<str>>(names: &[T]) -> String {
    if names.is_empty() {
        return "those that the file declares, which are none".to_owned();
    }
    names.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ")
}

/// The question whether one of `known` was meant, when one is near.
pub(super) fn did_you_mean<T: AsRef<str>>(word: &str, known: &[T]) -> Option<String> {
    known
        .iter()
        .map(|name| (distance(word, name.as_ref()), name.as_ref()))
        .filter(|&(distance, name)| distance <= 2 && distance < name.chars().count())
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, name)| format!("did you mean `{name}`?"))
}

/// How many letters must be put in, taken out or exchanged (Levenshtein); capitals count as small letters.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<_>, Vec<_>) = (a.to_lowercase().chars().collect(), b.to_lowercase().chars().collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut left = i + 1;
        let mut next = vec![left];
        for (to, above) in b.iter().zip(row.windows(2)) {
            let [diagonal, above] = above else { continue };
            left = (diagonal + usize::from(from != to)).min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_offered() {
        assert_eq!(did_you_mean("LNF", &["LFN", "NB"]), Some("did you mean `LFN`?".into()));
        assert_eq!(did_you_mean("nb", &["LFN", "NB"]), Some("did you mean `NB`?".into()));
        assert_eq!(did_you_mean("Messstellenbetreiber", &["LFN", "NB"]), None);
        assert_eq!((distance("", "abc"), distance("kitten", "sitting")), (3, 3));
    }
}
