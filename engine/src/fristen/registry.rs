//! The rulebooks that exist, by name. A rulebook that does not exist cannot be named: an id comes from here or from parsing.
//!
//! Three are built in. Others are directories that a program names once at its start ([`load_rulebooks`]); they need no code. What is
//! built in is never replaced: a directory of the same name must say the same.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;
use std::str::FromStr;
use std::sync::OnceLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::files::{RawBook, RulebookError, SourceFile};
use super::rulebook::Rulebook;
use super::tables::Tables;

macro_rules! built_in {
    ($name:literal: $($subject:literal),*) => {
        ($name, &[$(($subject, include_str!(concat!("../../rulebooks/", $name, "/", $subject, ".toml")))),*])
    };
}

/// Name, and name and text of every file, of the rulebooks that the program brings along.
const BUILT_IN: [(&str, &[(&str, &str)]); 3] = [
    built_in!("bk6-24-174": "rulebook", "calendar", "answers", "information", "acknowledgements", "lead_times", "mabis", "as4", "cutover"),
    built_in!("mako-engine": "rulebook", "calendar", "answers", "as4"),
    built_in!("sonderfeiertag": "rulebook", "calendar"),
];

/// Rulebooks that were loaded at the start.
static LOADED: OnceLock<Vec<Rulebook>> = OnceLock::new();

/// The name of a rulebook that exists.
///
/// ```
/// use mako_engine::fristen::RulebookId;
/// let error = "bk6".parse::<RulebookId>().unwrap_err();
/// assert_eq!(error.to_string(), "no rulebook is called `bk6`; known: bk6-24-174, mako-engine, sonderfeiertag");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RulebookId(usize);

impl RulebookId {
    /// The regulation: GPKE, WiM, GeLi Gas in the version of BK6-24-174 and its siblings.
    pub const BK6_24_174: Self = Self(0);
    /// The product's table. Not regulatory.
    pub const MAKO_ENGINE: Self = Self(1);
    /// The regulation, with holidays that were announced later. Nobody has: it shows what an announcement moves.
    pub const SONDERFEIERTAG: Self = Self(2);
    /// The rulebooks that every program has, whatever it loads.
    pub const BUILT_IN: [Self; BUILT_IN.len()] = [Self::BK6_24_174, Self::MAKO_ENGINE, Self::SONDERFEIERTAG];

    /// Every rulebook there is: those built in, then those loaded, by name.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..BUILT_IN.len() + loaded().len()).map(Self)
    }

    /// The name, as in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match BUILT_IN.get(self.0) {
            Some((name, _)) => name,
            None => self.loaded().map_or("", Rulebook::name),
        }
    }

    /// The rulebook, if it was loaded.
    pub(super) fn loaded(self) -> Option<&'static Rulebook> {
        loaded().get(self.0.checked_sub(BUILT_IN.len())?)
    }

    pub(super) const fn place(self) -> usize {
        self.0
    }
}

fn loaded() -> &'static [Rulebook] {
    LOADED.get().map_or(&[], Vec::as_slice)
}

/// The rulebooks that are built in, in their order.
pub(super) fn build_built_in() -> Result<Vec<Rulebook>, RulebookError> {
    let shelf = Shelf::built_in();
    RulebookId::BUILT_IN.into_iter().map(|id| Ok(Rulebook::new(id, id.name().to_owned(), shelf.tables(id.name())?))).collect()
}

/// Adds the rulebooks in `directory` to those built in: one for each directory in it that has a `rulebook.toml`, called like it.
///
/// A program calls it at most once, before it names any rulebook of that directory. A copy of a rulebook that is built in is passed
/// over when it says the same.
///
/// ```
/// use mako_engine::fristen::{Rulebook, RulebookId, load_rulebooks};
/// let shelf = tempfile::tempdir().unwrap();
/// std::fs::create_dir(shelf.path().join("six-days")).unwrap();
/// std::fs::write(shelf.path().join("six-days/rulebook.toml"), "[rulebook]\ntitle = \"t\"\ninherits = \"bk6-24-174\"\nsource = \"s\"\n").unwrap();
/// let calendar = "[calendar]\nsaturday_is_werktag = true\nsource = \"s\"\nconfidence = \"ours\"\n";
/// std::fs::write(shelf.path().join("six-days/calendar.toml"), calendar).unwrap();
/// assert_eq!(load_rulebooks(shelf.path()).unwrap().len(), 1);
/// let rulebook = Rulebook::of("six-days".parse::<RulebookId>().unwrap());
/// let friday = "2025-11-07T10:00:00+01:00".parse().unwrap();
/// assert_eq!(rulebook.answer_frist("55001", None, friday).unwrap().to_string(), "Sat 8.11. 11:00");
/// ```
///
/// # Errors
///
/// [`RulebookError`]: a file cannot be read, a line is wrong, a rulebook is not whole, or some were loaded before.
pub fn load_rulebooks(directory: &Path) -> Result<Vec<RulebookId>, RulebookError> {
    let mut shelf = Shelf::built_in();
    let names = shelf.take(directory)?;
    let mut books = Vec::new();
    for (place, name) in names.iter().enumerate() {
        books.push(Rulebook::new(RulebookId(BUILT_IN.len() + place), name.clone(), shelf.tables(name)?));
    }
    LOADED.set(books).map_err(|_| RulebookError::LoadedTwice { path: directory.display().to_string() })?;
    Ok((0..names.len()).map(|place| RulebookId(BUILT_IN.len() + place)).collect())
}

/// Whether files make a rulebook called `name`, next to those built in; nothing is added. A file is its path and its text.
///
/// ```
/// use mako_engine::fristen::check_rulebook;
/// let text = "[rulebook]\ntitle = \"t\"\ninherits = \"bk6-24-174\"\nsource = \"s\"\n";
/// assert_eq!(check_rulebook("new", [("new/rulebook.toml".to_owned(), text.to_owned())]), Ok(()));
/// ```
///
/// # Errors
///
/// [`RulebookError`] with the first line that is wrong, or with what is missing.
pub fn check_rulebook(name: &str, files: impl IntoIterator<Item = (String, String)>) -> Result<(), RulebookError> {
    let mut shelf = Shelf::built_in();
    shelf.0.insert(name.to_owned(), files.into_iter().map(|(path, text)| SourceFile { path, text }).collect());
    shelf.tables(name).map(drop)
}

/// Files of rulebooks by name.
struct Shelf(BTreeMap<String, Vec<SourceFile>>);

/// A rulebook may inherit from one that inherits, so often.
const MOST_ANCESTORS: usize = 8;

impl Shelf {
    fn built_in() -> Self {
        let file =
            |name: &str, (subject, text): &(&str, &str)| SourceFile { path: format!("{name}/{subject}.toml"), text: (*text).to_owned() };
        Self(BUILT_IN.iter().map(|(name, files)| ((*name).to_owned(), files.iter().map(|f| file(name, f)).collect())).collect())
    }

    /// Takes what is in `directory`, and says what is new, in order of name.
    fn take(&mut self, directory: &Path) -> Result<Vec<String>, RulebookError> {
        let unreadable = |path: &Path, problem: &dyn fmt::Display| RulebookError::Unreadable {
            path: path.display().to_string(),
            problem: problem.to_string(),
        };
        let mut names = Vec::new();
        let entries = fs::read_dir(directory).map_err(|error| unreadable(directory, &error))?;
        for entry in entries {
            let path = entry.map_err(|error| unreadable(directory, &error))?.path();
            if !path.join("rulebook.toml").is_file() {
                continue;
            }
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
                return Err(unreadable(&path, &"expected a name of small letters, digits and hyphens"));
            }
            let files = files(&path).map_err(|error| unreadable(&path, &error))?;
            match self.0.get(&name) {
                None => {
                    self.0.insert(name.clone(), files);
                    names.push(name);
                }
                Some(own) if same(own, &files) => {}
                Some(_) => {
                    return Err(unreadable(&path, &"a rulebook of that name is built in and says something else: expected another name"));
                }
            }
        }
        names.sort();
        Ok(names)
    }

    fn tables(&self, name: &str) -> Result<Tables, RulebookError> {
        Tables::of(name, &self.read(name, MOST_ANCESTORS)?)
    }

    fn read(&self, name: &str, ancestors: usize) -> Result<RawBook, RulebookError> {
        let incomplete = |problem| RulebookError::Incomplete { rulebook: name.to_owned(), problem };
        let files = self.0.get(name).ok_or_else(|| incomplete("there are no files of that name".to_owned()))?;
        let mut book = RawBook::read(files)?;
        let Some((head, parent)) = book.head.as_ref().and_then(|head| head.is.inherits.clone().map(|parent| (head, parent))) else {
            return Ok(book);
        };
        if !self.0.contains_key(&parent) {
            let known: Vec<&str> = self.0.keys().map(String::as_str).filter(|other| *other != name).collect();
            return Err(head.wrong(format!("no rulebook is called `{parent}`: expected to inherit from one of {}", known.join(", "))));
        }
        if ancestors == 0 {
            return Err(head.wrong("expected an end of inheriting: the rulebooks inherit from each other, or too many do"));
        }
        book.inherit(&self.read(&parent, ancestors - 1)?);
        Ok(book)
    }
}

/// The `.toml` files of a rulebook, in order of name.
fn files(directory: &Path) -> std::io::Result<Vec<SourceFile>> {
    let mut paths = fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    paths.into_iter().map(|path| Ok(SourceFile { text: fs::read_to_string(&path)?, path: path.display().to_string() })).collect()
}

/// Whether two rulebooks have the same files, whatever their directories are called.
fn same(own: &[SourceFile], other: &[SourceFile]) -> bool {
    let by_subject = |files: &[SourceFile]| {
        let subject = |file: &SourceFile| file.path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        files.iter().map(|file| (subject(file), file.text.clone())).collect::<BTreeMap<_, _>>()
    };
    by_subject(own) == by_subject(other)
}

/// No rulebook has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no rulebook is called `{name}`; known: {}", names())]
pub struct UnknownRulebook {
    name: String,
}

fn names() -> String {
    RulebookId::all().map(RulebookId::name).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for RulebookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for RulebookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for RulebookId {
    type Err = UnknownRulebook;

    fn from_str(text: &str) -> Result<Self, UnknownRulebook> {
        Self::all().find(|id| id.name() == text).ok_or_else(|| UnknownRulebook { name: text.to_owned() })
    }
}

impl Serialize for RulebookId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for RulebookId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rulebook that inherits the regulation, with one more file.
    fn with(subject: &str, text: &str) -> Result<Tables, RulebookError> {
        let mut shelf = Shelf::built_in();
        let head = "[rulebook]\ntitle = \"t\"\ninherits = \"bk6-24-174\"\nsource = \"s\"\n";
        let mut files = vec![SourceFile { path: "new/rulebook.toml".to_owned(), text: head.to_owned() }];
        if subject == "rulebook" {
            files.clear();
        }
        files.push(SourceFile { path: format!("new/{subject}.toml"), text: text.to_owned() });
        shelf.0.insert("new".to_owned(), files);
        shelf.tables("new")
    }

    const ROW: &str = "[[answer]]\nfamily = \"GPKE\"\ntriggers = [\"55001\"]\nrule = \"EOD(WT+1)\"\nsource = \"s\"\nconfidence = \"low\"\n";

    #[test]
    fn what_is_wrong_names_file_line_and_what_was_expected() {
        let answers = |from: &str, to: &str| format!("# a remark\n\n{}", ROW.replace(from, to));
        for (subject, text, expected) in [
            ("answers", answers("EOD(WT+1)", "EOD(WT-1)"), "new/answers.toml:3: `EOD(WT-1)` is no rule: expected"),
            ("answers", answers("GPKE", "Wasser"), "new/answers.toml:3: no [[family]] is called `Wasser`: expected one of GPKE"),
            ("answers", answers("55001", "99999"), "new/answers.toml:3: `99999` names a PID that does not exist"),
            ("answers", answers("\"s\"", "\" \""), "new/answers.toml:3: expected a source"),
            ("answers", answers("\"55001\"", ""), "new/answers.toml:3: expected a trigger"),
            ("answers", answers("rule", "rul"), "new/answers.toml:6: unknown field `rul`, expected one of"),
            ("answers", answers("source = \"s\"\n", ""), "new/answers.toml:3: missing field `source`"),
            ("answers", answers("low", "certain"), "new/answers.toml:8: unknown variant `certain`, expected one of"),
            ("answers", answers("[[answer]]", "[[answr]]"), "new/answers.toml:3: `answr` does not belong into this file: expected answer"),
            (
                "answers",
                format!("{ROW}{ROW}"),
                "new/answers.toml:7: expected each trigger once in a family, `55001` of GPKE stands twice, here and in new/answers.toml:1",
            ),
            ("answers", format!("{ROW}pids = [\"55001\"]\n"), "new/answers.toml:1: `sparte`, `messages` and `pids` tell"),
            ("answer", ROW.to_owned(), "new/answer.toml:1: `answer` is no subject of a rulebook: expected one of rulebook, calendar"),
            ("answers", "[[answer]]\nfamily = \n".to_owned(), "new/answers.toml:2: "),
            (
                "mabis",
                ROW.replace("answer", "mabis").replace("rule =", "opens = \"SOD(WT 3 of M+1)\"\nrule =").replace("WT+1", "WT 2 of M+1"),
                "new/mabis.toml:1: `EOD(WT 2 of M+1)` is over before `SOD(WT 3 of M+1)` opens",
            ),
            (
                "calendar",
                "[[holiday]]\nname = \"x\"\nday = \"12/25\"\nland = \"all\"\nsource = \"s\"\nconfidence = \"low\"\n".to_owned(),
                "new/calendar.toml:1: `12/25` is no holiday rule: expected",
            ),
            (
                "as4",
                "[as4_retry]\nintervals_s = [1]\nhorizon_s = 2\ndedup_window_s = 1\nsource = \"s\"\nconfidence = \"low\"\n".to_owned(),
                "new/as4.toml:1: expected an interval above 0, a dedup window no shorter",
            ),
            (
                "cutover",
                "[release_policy]\npolicy = \"never\"\nsource = \"s\"\nconfidence = \"low\"\n".to_owned(),
                "new/cutover.toml:1: `never` is no release policy: expected receipt",
            ),
            (
                "rulebook",
                "[rulebook]\ntitle = \"t\"\ninherits = \"x\"\nsource = \"s\"\n".to_owned(),
                "new/rulebook.toml:1: no rulebook is called `x`",
            ),
            ("rulebook", "[rulebook]\ntitle = \"t\"\nsource = \"s\"\n".to_owned(), "rulebook new: expected a [calendar]"),
            (
                "rulebook",
                "[rulebook]\ntitle = \"t\"\ninherits = \"new\"\nsource = \"s\"\n".to_owned(),
                "new/rulebook.toml:1: expected an end",
            ),
            (
                "rulebook",
                "[rulebook]\ntitle = \"t\"\ninherits = \"bk6-24-174\"\nsource = \"s\"\n[[family]]\nname = \"Wasser\"\nsource = \"s\"\n"
                    .to_owned(),
                "rulebook new: the family `Wasser` has no row in any table",
            ),
        ] {
            let error = with(subject, &text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "expected {expected}\nfound    {error}");
        }
    }

    #[test]
    fn a_sparte_without_an_ordinary_window_is_no_whole_rulebook() {
        let row = |more: &str| {
            let text = ROW.replace("[[answer]]", "[[contrl]]").replace("GPKE", "CONTRL").replace("55001", "only");
            with("acknowledgements", &format!("{text}{more}")).unwrap_err().to_string()
        };
        assert_eq!(row("sparte = \"gas\"\n"), "rulebook new: Contrl strom: expected one row without messages and pids, found 0");
        assert_eq!(row("messages = [\"UTILMD\"]\n"), "rulebook new: Contrl strom: expected one row without messages and pids, found 0");
    }

    #[test]
    fn a_rulebook_states_only_what_it_changes() {
        let tables = with("answers", ROW).unwrap();
        let rule = |trigger: &str| {
            let window = tables.windows.iter().find(|window| window.triggers.iter().any(|own| own == trigger));
            window.map(|window| window.rule.to_string())
        };
        assert_eq!(rule("55001").as_deref(), Some("EOD(WT+1)"), "its own row");
        assert_eq!(rule("55004"), None, "a family that it names is replaced in that table");
        assert_eq!(rule("55037").as_deref(), Some("WT+1@12:00"), "but not in another table");
        assert_eq!(rule("44001").as_deref(), Some("EOD(WT+4)"), "and other families are inherited");
    }

    #[test]
    fn holidays_are_added_or_replaced_by_name() {
        let row = "[[holiday]]\nname = \"Betriebsfest\"\nday = \"07-01\"\nland = \"x\"\nsource = \"s\"\nconfidence = \"ours\"\n";
        let other = row.replace("Betriebsfest", "Silvester");
        let tables = with("calendar", &format!("{row}{other}")).unwrap();
        let holiday = |day| tables.calendar.holiday(day).map(str::to_owned);
        assert_eq!(holiday(time::macros::date!(2026 - 07 - 01)).as_deref(), Some("Betriebsfest"));
        assert_eq!(holiday(time::macros::date!(2026 - 12 - 31)), None, "Silvester was moved to the summer");
        assert_eq!(holiday(time::macros::date!(2026 - 12 - 25)).as_deref(), Some("Erster Weihnachtstag"));
    }
}
