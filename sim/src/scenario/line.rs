//! One line of a scenario file: its words with their columns, taken from left to right.
//!
//! Any number of blanks separates words. A quote keeps blanks inside a word, with the escapes of [`quoted`](super::quoted). A `#` at the
//! start of a word begins a comment. After `scenario` and `source` the rest of the line is prose, in which nothing has a meaning.
//!
//! An error that leaves the rest of the line without meaning ends the line (`Err`); one that concerns a value only is noted and the
//! line is read on.

use super::error::ScenarioError;
use super::names::{Names, did_you_mean};
use super::quoted;

/// A word as it stands in the file, quotes included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'t> {
    pub(super) column: u32,
    pub(super) text: &'t str,
}

/// A line that is being read.
#[derive(Debug)]
pub(super) struct Line<'t> {
    pub(super) number: u32,
    source: &'t str,
    words: Vec<Word<'t>>,
    taken: usize,
    noted: Vec<ScenarioError>,
}

/// What reading a part of a line comes to.
pub(super) type Read<T> = Result<T, ScenarioError>;

impl<'t> Line<'t> {
    /// The line, or `None` when there is nothing on it.
    pub(super) fn read(number: u32, source: &'t str) -> Read<Option<Self>> {
        let source = source.trim_end();
        let mut line = Self { number, source, words: Vec::new(), taken: 0, noted: Vec::new() };
        let mut rest = source.trim_start();
        let prose = rest.split_whitespace().next().is_some_and(|first| matches!(first, "scenario" | "source"));
        while !rest.is_empty() && (!rest.starts_with('#') || (prose && !line.words.is_empty())) {
            let column = line.column_of(rest);
            let Some(length) = (if prose { prose_length(rest, &line.words) } else { word_length(rest) }) else {
                return Err(line.error_at(column, "a quote that does not end", "a `\"` at the end of the text", "close the quote"));
            };
            let (text, after) = rest.split_at(length);
            line.words.push(Word { column, text });
            rest = after.trim_start();
        }
        Ok((!line.words.is_empty()).then_some(line))
    }

    /// Whether the first word is one of `keywords`.
    pub(super) fn begins_with(&self, keywords: &[&str]) -> bool {
        self.words.first().is_some_and(|word| keywords.contains(&word.text))
    }

    /// Whether the line begins as a date does.
    pub(super) fn begins_with_digit(&self) -> bool {
        self.words.first().is_some_and(|word| word.text.starts_with(|c: char| c.is_ascii_digit()))
    }

    /// The next word, if there is one.
    pub(super) fn peek(&self) -> Option<Word<'t>> {
        self.words.get(self.taken).copied()
    }

    /// Whether one of `texts` is still to come, after the next word.
    pub(super) fn is_ahead(&self, texts: &[&str]) -> bool {
        let ahead = self.words.iter().skip(self.taken).position(|word| texts.contains(&word.text));
        ahead.is_some_and(|place| place > 0)
    }

    /// The next word when it is `text`, which is then taken.
    pub(super) fn take_if(&mut self, text: &str) -> bool {
        let is = self.peek().is_some_and(|word| word.text == text);
        self.taken += usize::from(is);
        is
    }

    /// The next word, which must be there.
    pub(super) fn take(&mut self, expected: &str, advice: &str) -> Read<Word<'t>> {
        let word = self.goes_on(expected, advice)?;
        self.taken += 1;
        Ok(word)
    }

    /// The next word, which must be there and is not taken.
    pub(super) fn goes_on(&self, expected: &str, advice: &str) -> Read<Word<'t>> {
        self.peek().ok_or_else(|| self.error_at(self.end_column(), "the line ends", expected, advice))
    }

    /// The next word, which must be `text`.
    pub(super) fn take_exactly(&mut self, text: &str, advice: &str) -> Read<()> {
        let expected = format!("`{text}`");
        let word = self.take(&expected, advice)?;
        if word.text == text { Ok(()) } else { Err(self.unexpected(word, &expected, advice)) }
    }

    /// The next word, which must be without quotes.
    pub(super) fn take_bare(&mut self, expected: &str, advice: &str) -> Read<&'t str> {
        let word = self.take(expected, advice)?;
        if word.text.contains('"') { Err(self.unexpected(word, expected, advice)) } else { Ok(word.text) }
    }

    /// The next word, which must be a text in quotes, as bytes.
    pub(super) fn take_quoted(&mut self, expected: &str, advice: &str) -> Read<Vec<u8>> {
        let word = self.take(expected, advice)?;
        let inner = quoted::inner(word.text).ok_or_else(|| self.unexpected(word, expected, advice))?;
        self.unescape(Word { column: word.column + 1, text: inner })
    }

    /// As [`Line::take_quoted`], as text.
    pub(super) fn take_quoted_text(&mut self, expected: &str, advice: &str) -> Read<String> {
        let word = self.peek();
        let bytes = self.take_quoted(expected, advice)?;
        String::from_utf8(bytes).map_err(|_| {
            let column = word.map_or(self.end_column(), |word| word.column);
            self.error_at(column, "bytes that are no text", "UTF-8", "leave out the `\\x` escapes")
        })
    }

    /// The next word as `key=value`.
    pub(super) fn take_pair(&mut self, expected: &str, advice: &str) -> Read<(String, String)> {
        let word = self.take(expected, advice)?;
        let (key, value) = word.text.split_once('=').ok_or_else(|| self.unexpected(word, expected, advice))?;
        if key.is_empty() || key.contains('"') || value.is_empty() {
            return Err(self.unexpected(word, expected, advice));
        }
        let Some(inner) = quoted::inner(value) else {
            return if value.contains('"') { Err(self.unexpected(word, expected, advice)) } else { Ok((key.to_owned(), value.to_owned())) };
        };
        let column = word.column + key.chars().count() as u32 + 2;
        let bytes = self.unescape(Word { column, text: inner })?;
        let value = String::from_utf8(bytes)
            .map_err(|_| self.error_at(column, "bytes that are no text", "UTF-8", "leave out the `\\x` escapes"))?;
        Ok((key.to_owned(), value))
    }

    /// The name of a party. One that nobody has is noted and taken as it is.
    pub(super) fn take_party(&mut self, names: &Names) -> Read<String> {
        let word = self.take("the name of a party", &names.parties_advice())?;
        if !names.parties.iter().any(|known| known == word.text) {
            let advice = did_you_mean(word.text, &names.parties).unwrap_or_else(|| "declare it with a `party` line".to_owned());
            self.note(self.error(word, format!("no party is called `{}`", word.text), &names.parties_expected(), &advice));
        }
        Ok(word.text.to_owned())
    }

    /// Nothing may be left of the line.
    pub(super) fn take_end(&self) -> Read<()> {
        match self.peek() {
            None => Ok(()),
            Some(word) => Err(self.unexpected(
                word,
                "the end of the line",
                "take out the rest of the line, or put a `#` before it if it is a comment",
            )),
        }
    }

    /// Notes an error that does not keep the line from being read on.
    pub(super) fn note(&mut self, error: ScenarioError) {
        self.noted.push(error);
    }

    /// What the line came to, when nothing is wrong with it; otherwise its errors go to `errors`.
    pub(super) fn settle<T>(&mut self, read: Read<T>, errors: &mut Vec<ScenarioError>) -> Option<T> {
        let sound = self.noted.is_empty();
        errors.append(&mut self.noted);
        match read {
            Ok(value) => sound.then_some(value),
            Err(error) => {
                errors.push(error);
                None
            }
        }
    }

    /// `word` is not what it should be.
    pub(super) fn unexpected(&self, word: Word<'_>, expected: &str, advice: &str) -> ScenarioError {
        self.error(word, format!("found `{}`", word.text), expected, advice)
    }

    /// An error at `word`.
    pub(super) fn error(&self, word: Word<'_>, found: impl Into<String>, expected: &str, advice: &str) -> ScenarioError {
        self.error_at(word.column, found, expected, advice)
    }

    /// An error at the first word.
    pub(super) fn error_at_start(&self, found: &str, expected: &str, advice: &str) -> ScenarioError {
        self.error_at(self.words.first().map_or(1, |word| word.column), found, expected, advice)
    }

    /// An error at the last word.
    pub(super) fn error_at_end(&self, found: &str, expected: &str, advice: &str) -> ScenarioError {
        self.error_at(self.words.last().map_or(1, |word| word.column), found, expected, advice)
    }

    /// The column after the last word.
    fn end_column(&self) -> u32 {
        self.source.chars().count() as u32 + 1
    }

    fn error_at(&self, column: u32, found: impl Into<String>, expected: &str, advice: &str) -> ScenarioError {
        ScenarioError {
            line: self.number,
            column,
            found: found.into(),
            expected: expected.to_owned(),
            advice: advice.to_owned(),
            source_line: self.source.to_owned(),
        }
    }

    /// `rest` is the end of the line.
    fn column_of(&self, rest: &str) -> u32 {
        self.end_column() - rest.chars().count() as u32
    }

    fn unescape(&self, inner: Word<'_>) -> Read<Vec<u8>> {
        quoted::unescape(inner.text).map_err(|before| {
            self.error_at(
                inner.column + before,
                "an escape that does not exist",
                "`\\\\`, `\\\"`, `\\n`, `\\r`, `\\t`, or `\\x` and two hexadecimal digits",
                "write a backslash itself as `\\\\`",
            )
        })
    }
}

/// How many bytes the first word of `rest` has; `None` when a quote in it does not end.
fn word_length(rest: &str) -> Option<usize> {
    let (mut quote, mut escaped) = (false, false);
    for (at, c) in rest.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote => escaped = true,
            '"' => quote = !quote,
            _ if c.is_whitespace() && !quote => return Some(at),
            _ => {}
        }
    }
    (!quote).then_some(rest.len())
}

/// A line of prose is its keyword and one word that goes to the end.
fn prose_length(rest: &str, words: &[Word<'_>]) -> Option<usize> {
    if words.is_empty() { rest.find(char::is_whitespace).or(Some(rest.len())) } else { Some(rest.len()) }
}
