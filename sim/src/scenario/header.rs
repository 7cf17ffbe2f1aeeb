//! The header of a scenario file: what it is about, who takes part, which rules govern.
//!
//! Header lines may stand in any order and anywhere; each but `party`, `object` and `variants` stands once. Only `seed` may be left
//! out. Above all the rulebook is never implied: two rulebooks give two timetables.

use std::collections::BTreeMap;

use mako_engine::Timestamp;
use mako_engine::fristen::{RulebookId, Sparte};

use super::error::ScenarioError;
use super::line::{Line, Read, Word};
use super::moment::take_moment;
use super::names::{Names, did_you_mean, listed, new_name};
use crate::edifact::identifier::{InvalidIdentifier, Issuer, MaloId, MeloId, MpId, NeloId};
use crate::plan::{Behaviour, Object, Party, Variant};

/// The words that begin a header line.
pub(super) const KEYWORDS: [&str; 9] = ["scenario", "source", "zone", "rulebook", "seed", "party", "object", "until", "variants"];

/// Kinds of objects whose ids are checked.
const CHECKED_KINDS: [&str; 3] = ["MaLo", "MeLo", "NeLo"];

/// Something that is said once: the line that says it, and the value unless it is bad.
#[derive(Debug)]
pub(super) struct Once<T> {
    pub(super) line: Option<u32>,
    pub(super) value: Option<T>,
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self { line: None, value: None }
    }
}

impl<T> Once<T> {
    fn say<'t>(&mut self, line: &mut Line<'t>, keyword: Word<'_>, read: impl FnOnce(&mut Line<'t>) -> Read<Option<T>>) -> Read<()> {
        if let Some(first) = self.line {
            let found = format!("a second `{}` line", keyword.text);
            return Err(line.error(keyword, found, &format!("only that of line {first}"), "take one of the two out"));
        }
        self.line = Some(line.number);
        self.value = read(line)?;
        Ok(())
    }
}

/// What the header lines said so far.
#[derive(Debug, Default)]
pub(super) struct Header {
    pub(super) title: Once<String>,
    pub(super) source: Once<String>,
    pub(super) zone: Once<()>,
    pub(super) rulebook: Once<RulebookId>,
    pub(super) seed: Once<u64>,
    pub(super) until: Once<Timestamp>,
    pub(super) parties: Vec<Party>,
    pub(super) objects: Vec<Object>,
    pub(super) variants: Vec<Variant>,
    /// The names that are declared, also where the declaration is bad otherwise.
    pub(super) names: Names,
}

impl Header {
    /// Reads a line that begins with one of [`KEYWORDS`].
    pub(super) fn read(&mut self, line: &mut Line<'_>) -> Read<()> {
        let keyword = line.take("a keyword", "")?;
        match keyword.text {
            "scenario" => self.title.say(line, keyword, |line| take_prose(line, "a title", "say what the scenario shows")),
            "source" => self.source.say(line, keyword, |line| take_prose(line, "a source", "name the rule that the scenario shows")),
            "zone" => self.zone.say(line, keyword, take_zone),
            "rulebook" => self.rulebook.say(line, keyword, |line| take_rulebook(line).map(Some)),
            "seed" => self.seed.say(line, keyword, take_seed),
            "until" => self.until.say(line, keyword, take_moment),
            "party" => take_party(line, &mut self.names.parties, &self.parties).map(|party| self.parties.extend(party)),
            "object" => take_object(line, &mut self.names.objects).map(|object| self.objects.push(object)),
            _ => take_variants(line, &mut self.variants),
        }?;
        line.take_end()
    }

    /// An error for everything that must be said and was not. `first` is the file's first line.
    pub(super) fn missing(&self, first: &str) -> Vec<ScenarioError> {
        let rulebooks = rulebooks();
        let parties = self.names.parties.first().map(|_| 1);
        let lines = [
            (self.title.line, "`scenario`", "`scenario` and a title".to_owned(), "say what the scenario shows"),
            (self.source.line, "`source`", "`source` and a rule".to_owned(), "name the rule that the scenario shows"),
            (self.zone.line, "`zone`", "`zone Europe/Berlin`".to_owned(), "say in which zone the times are"),
            (self.rulebook.line, "`rulebook`", format!("`rulebook` and one of {rulebooks}"), "say which rules govern; none is implied"),
            (parties, "`party`", "`party NB Netzbetreiber 9999000002010 strom` or the like".to_owned(), "say who takes part"),
            (self.until.line, "`until`", "`until` with a day and a time".to_owned(), "say when the run ends"),
        ];
        let absent = lines.into_iter().filter(|(said, ..)| said.is_none());
        absent
            .map(|(_, keyword, expected, advice)| ScenarioError {
                line: 1,
                column: 1,
                found: format!("the file has no {keyword} line"),
                expected,
                advice: advice.to_owned(),
                source_line: first.to_owned(),
            })
            .collect()
    }
}

fn take_prose(line: &mut Line<'_>, expected: &str, advice: &str) -> Read<Option<String>> {
    line.take(expected, advice).map(|prose| Some(prose.text.to_owned()))
}

fn take_zone(line: &mut Line<'_>) -> Read<Option<()>> {
    let advice = "write times in Berlin's local time; the market knows no other";
    line.take_exactly("Europe/Berlin", advice).map(Some)
}

fn rulebooks() -> String {
    listed(&RulebookId::all().map(RulebookId::name).collect::<Vec<_>>())
}

/// The name of a rulebook.
pub(super) fn take_rulebook(line: &mut Line<'_>) -> Read<RulebookId> {
    let (expected, advice) = (format!("one of {}", rulebooks()), "say which rules govern; none is implied");
    let word = line.take(&expected, advice)?;
    let known: Vec<_> = RulebookId::all().map(RulebookId::name).collect();
    word.text.parse().map_err(|_| {
        let advice = did_you_mean(word.text, &known).unwrap_or_else(|| advice.to_owned());
        line.error(word, format!("no rulebook is called `{}`", word.text), &expected, &advice)
    })
}

fn take_seed(line: &mut Line<'_>) -> Read<Option<u64>> {
    let (expected, advice) = ("a whole number", "leave the line out for seed 1");
    let word = line.take(expected, advice)?;
    word.text.parse().map(Some).map_err(|_| line.unexpected(word, expected, advice))
}

/// `NAME role MP-ID [sparte] [behaviour]`; a Sparte that is not said is that of the MP-ID's issuer.
fn take_party(line: &mut Line<'_>, names: &mut Vec<String>, others: &[Party]) -> Read<Option<Party>> {
    let word = line.take("a name such as `NB`", "name the party")?;
    let name = new_name(line, word, names)?;
    names.push(name.clone());
    let role = line.take_bare("a role such as `Netzbetreiber`", "say which role the party has")?.to_owned();
    let word = line.take("an MP-ID", "give the party its thirteen digits")?;
    let mp_id = noted(line, word, word.text.parse::<MpId>());
    if let Some(other) = others.iter().find(|other| Some(other.mp_id) == mp_id) {
        let found = format!("`{}` is the MP-ID of {} already", word.text, other.name);
        line.note(line.error(word, found, "an MP-ID of its own", "give every role of a company its own MP-ID"));
    }
    let said = ["strom", "gas"].into_iter().find(|sparte| line.take_if(sparte)).and_then(|sparte| sparte.parse().ok());
    let by_issuer = || if mp_id.is_some_and(|id| id.issuer() == Issuer::Dvgw) { Sparte::Gas } else { Sparte::Strom };
    let sparte = said.unwrap_or_else(by_issuer);
    let behaviour = take_behaviour(line)?;
    Ok(mp_id.map(|mp_id| Party { name, role, mp_id, sparte, behaviour }))
}

fn take_behaviour(line: &mut Line<'_>) -> Read<Behaviour> {
    const NAMES: [&str; 7] = ["conformant", "silent", "late", "phase4", "holodeck", "new-message-id", "wrong-release"];
    let Some(word) = line.peek() else { return Ok(Behaviour::default()) };
    let expected = format!("`strom` or `gas`, then one of {}", listed(&NAMES));
    let behaviour = match word.text {
        "conformant" => Behaviour::Conformant,
        "silent" => Behaviour::Silent,
        "late" => return take_late(line),
        "phase4" => Behaviour::Phase4,
        "holodeck" => Behaviour::Holodeck,
        "new-message-id" => Behaviour::NewMessageId,
        "wrong-release" => Behaviour::WrongRelease,
        _ => {
            let known: Vec<&str> = NAMES.into_iter().chain(["strom", "gas"]).collect();
            let advice = did_you_mean(word.text, &known).unwrap_or_else(|| "leave it out for a conformant party".to_owned());
            return Err(line.unexpected(word, &expected, &advice));
        }
    };
    line.take("a behaviour", "")?;
    Ok(behaviour)
}

/// `late 3 WT`.
fn take_late(line: &mut Line<'_>) -> Read<Behaviour> {
    let (expected, advice) = ("a number of Werktage from 1", "write `late 3 WT`");
    line.take_exactly("late", advice)?;
    let word = line.take(expected, advice)?;
    let werktage = word.text.parse().ok().filter(|werktage| (1..=250).contains(werktage));
    let werktage = werktage.ok_or_else(|| line.unexpected(word, expected, advice))?;
    line.take_exactly("WT", advice)?;
    Ok(Behaviour::Late(werktage))
}

/// `name kind id [key=value …]`.
fn take_object(line: &mut Line<'_>, names: &mut Vec<String>) -> Read<Object> {
    let word = line.take("a name such as `malo`", "name the object")?;
    let name = new_name(line, word, names)?;
    names.push(name.clone());
    let kind = line.take("a kind such as `MaLo`", "say what the object is")?;
    if let Some(meant) = CHECKED_KINDS.iter().find(|known| known.eq_ignore_ascii_case(kind.text) && **known != kind.text) {
        line.note(line.unexpected(kind, &format!("`{meant}`"), "write the kind with its capitals"));
    }
    let id = line.take("an id", "give the object its id")?;
    if id.text.contains(['"', '=']) {
        return Err(line.unexpected(id, "an id", "give the object its id before what else is known about it"));
    }
    match kind.text {
        "MaLo" => noted(line, id, id.text.parse::<MaloId>().map(drop)),
        "MeLo" => noted(line, id, id.text.parse::<MeloId>().map(drop)),
        "NeLo" => noted(line, id, id.text.parse::<NeloId>().map(drop)),
        _ => None,
    };
    let mut attributes = BTreeMap::new();
    while line.peek().is_some() {
        take_detail(line, &mut attributes)?;
    }
    Ok(Object { name, kind: kind.text.to_owned(), id: id.text.to_owned(), attributes })
}

/// One `key=value`.
pub(super) fn take_detail(line: &mut Line<'_>, details: &mut BTreeMap<String, String>) -> Read<()> {
    let word = line.peek();
    let (key, value) = line.take_pair("`key=value`", "write the key, `=`, and the value without blanks, or the value in quotes")?;
    if let (true, Some(word)) = (details.contains_key(&key), word) {
        return Err(line.error(word, format!("`{key}` is said twice"), "every key once", "take one of the two out"));
    }
    details.insert(key, value);
    Ok(())
}

fn take_variants(line: &mut Line<'_>, variants: &mut Vec<Variant>) -> Read<()> {
    let names = Variant::ALL.map(|(name, _)| name);
    let expected = format!("one of {}", listed(&names));
    let mut next = line.take(&expected, "name a variant, or take the line out")?;
    loop {
        let Some((_, variant)) = Variant::ALL.into_iter().find(|(name, _)| *name == next.text) else {
            let advice = did_you_mean(next.text, &names).unwrap_or_else(|| "name a variant that exists".to_owned());
            return Err(line.unexpected(next, &expected, &advice));
        };
        if variants.contains(&variant) {
            return Err(line.error(next, format!("`{}` is said twice", next.text), "every variant once", "take one of the two out"));
        }
        variants.push(variant);
        let Some(_) = line.peek() else { return Ok(()) };
        next = line.take(&expected, "")?;
    }
}

/// The identifier, or `None` with a note of what is wrong with it.
fn noted<T>(line: &mut Line<'_>, word: Word<'_>, id: Result<T, InvalidIdentifier>) -> Option<T> {
    id.map_err(|error| {
        let (expected, advice) = match &error {
            InvalidIdentifier::Form { expected, .. } => ((*expected).to_owned(), "write the id in that form".to_owned()),
            InvalidIdentifier::CheckDigit { should_be, text, .. } => {
                let body: String = text.chars().take(text.chars().count().saturating_sub(1)).collect();
                ("an id with its right check digit".to_owned(), format!("look for a mistyped digit, or write {body}{should_be}"))
            }
        };
        let found = match &error {
            InvalidIdentifier::Form { kind, .. } => format!("`{}` is no {kind}", word.text),
            InvalidIdentifier::CheckDigit { .. } => error.to_string(),
        };
        line.note(line.error(word, found, &expected, &advice));
    })
    .ok()
}
