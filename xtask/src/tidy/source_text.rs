//! Rust source with comments and literals blanked: enough of a lexer to tell code from talk about code.
//!
//! Lines and columns stay where they were. Line, block (nested) and doc comments, strings, raw strings, byte and C strings and
//! character literals are blanked; lifetimes are not.

/// `source` with every character of a comment or literal replaced by a blank; line feeds stay.
pub(super) fn code_only(source: &str) -> String {
    let characters: Vec<char> = source.chars().collect();
    let at = |index: usize| characters.get(index).copied().unwrap_or('\0');
    let mut out = String::with_capacity(source.len());
    let mut index = 0;
    while index < characters.len() {
        let end = match at(index) {
            '/' if at(index + 1) == '/' => line_end(&characters, index),
            '/' if at(index + 1) == '*' => block_comment_end(&characters, index),
            '"' => string_end(&characters, index),
            'r' if !is_name(at(index.wrapping_sub(1))) || matches!(at(index.wrapping_sub(1)), 'b' | 'c') => {
                raw_string_end(&characters, index).unwrap_or(index)
            }
            '\'' if at(index + 1) == '\\' || at(index + 2) == '\'' => character_end(&characters, index),
            _ => index,
        };
        if end == index {
            out.push(at(index));
            index += 1;
        } else {
            out.extend(characters.iter().skip(index).take(end - index).map(|c| if *c == '\n' { '\n' } else { ' ' }));
            index = end;
        }
    }
    out
}

/// Whether a character can be part of a name.
pub(super) fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Byte positions at which `word` stands in `text` as a word of its own, not as part of a longer name.
pub(super) fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = text[..*at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        let ends_in_name = word.chars().next_back().is_some_and(is_name);
        !(before.is_some_and(is_name) || ends_in_name && after.is_some_and(is_name))
    })
}

/// The line, counted from one, that holds the byte at `position`.
pub(super) fn line_of(text: &str, position: usize) -> usize {
    text.bytes().take(position).filter(|byte| *byte == b'\n').count() + 1
}

fn line_end(characters: &[char], from: usize) -> usize {
    characters.iter().skip(from).position(|c| *c == '\n').map_or(characters.len(), |length| from + length)
}

fn block_comment_end(characters: &[char], from: usize) -> usize {
    let mut depth = 0;
    let mut index = from;
    while index < characters.len() {
        match characters.get(index..index + 2) {
            Some(['/', '*']) => depth += 1,
            Some(['*', '/']) => depth -= 1,
            _ => {
                index += 1;
                continue;
            }
        }
        index += 2;
        if depth == 0 {
            break;
        }
    }
    index
}

fn string_end(characters: &[char], from: usize) -> usize {
    let mut index = from + 1;
    while let Some(c) = characters.get(index) {
        match c {
            '\\' => index += 2,
            '"' => return index + 1,
            _ => index += 1,
        }
    }
    characters.len()
}

fn raw_string_end(characters: &[char], from: usize) -> Option<usize> {
    let hashes = characters.iter().skip(from + 1).take_while(|c| **c == '#').count();
    let open = from + 1 + hashes;
    if characters.get(open) != Some(&'"') {
        return None;
    }
    let mut index = open + 1;
    while index < characters.len() {
        let closing = characters.iter().skip(index + 1).take(hashes);
        if characters.get(index) == Some(&'"') && closing.filter(|c| **c == '#').count() == hashes {
            return Some(index + 1 + hashes);
        }
        index += 1;
    }
    Some(characters.len())
}

fn character_end(characters: &[char], from: usize) -> usize {
    let skip = if characters.get(from + 1) == Some(&'\\') { 3 } else { 2 };
    characters.iter().skip(from + skip).position(|c| *c == '\'').map_or(characters.len(), |length| from + skip + length + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_and_nothing_moves() {
        for (source, expected) in [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            ("f(\"x \\\" // y\") g", "f(           ) g"),
            ("r#\"a\" b\"# c", "          c"),
            ("br\"a\" c", "b     c"),
            ("'\"' 'a' '\\'' 'b: &'c str", "             'b: &'c str"),
            ("for r in x", "for r in x"),
            ("\"a\nb\" c", "  \n   c"),
            ("\"open", "     "),
        ] {
            assert_eq!(code_only(source), expected, "{source}");
        }
    }

    #[test]
    fn a_word_is_not_part_of_a_longer_name() {
        let text = "Map MyMap Maps Map::new(Map)";
        assert_eq!(words(text, "Map").collect::<Vec<_>>(), [0, 15, 24]);
    }
}
