//! Recorded conversations: messages as they went between parties, with the Fristen that they started.
//!
//! A conversation is a directory with a `manifest.json` and one `.edi` file per message. The manifest says who sent what, when it was
//! received, and until when it must be acknowledged and answered. Where it gives no instant — nothing, `null`, or a rule in words — the
//! Frist is [unchecked](Due::Unchecked), never guessed. Fields that are not known here are left alone: manifests say more than a run
//! needs.
//!
//! Only `steps`, and in a step `file`, `from_role`, `to_role`, `message` and `receipt_utc`, must be there. A file that is missing is
//! kept as such: what it means is for the reader of the conversation to say.

#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use mako_engine::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

const MANIFEST: &str = "manifest.json";

/// A recorded conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Its manifest, with the steps in the order of their receipts.
    pub manifest: Manifest,
    /// What was sent, one payload per step of the manifest; `None` where the file cannot be read.
    pub payloads: Vec<Option<Vec<u8>>>,
}

/// What a manifest says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct Manifest {
    /// The conversation's name, that of its directory.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// The family of processes, such as `GPKE`.
    pub family: String,
    /// What a reader should know.
    pub notes: String,
    /// The rulebook that governs, if it names one.
    pub rulebook: Option<String>,
    /// The messages.
    pub steps: Vec<RecordedStep>,
}

/// A message that was sent and received.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct RecordedStep {
    /// The file with its bytes.
    pub file: String,
    /// Who sent it, such as `LFN`.
    pub from_role: String,
    /// Who received it.
    pub to_role: String,
    /// The message type, such as `UTILMD`.
    pub message: String,
    /// The Prüfidentifikator; APERAK and CONTRL have none.
    pub pid: Option<String>,
    /// The format version, such as `FV2510`.
    pub fv: String,
    /// The reference of the interchange.
    pub interchange: String,
    /// When it was sent (`sent_berlin`), if that is known.
    pub sent: Option<Timestamp>,
    /// When its receipt was sent (`receipt_utc`): the ÜZ.
    pub receipt: Timestamp,
    /// Until when an APERAK is due.
    pub aperak_due: Due,
    /// Until when the answer is due.
    pub answer_due: Due,
    /// Until when it had to be received.
    pub latest_receipt: Due,
    /// Until when a CONTRL is due.
    pub contrl_due: Due,
    /// What is expected in return, in words, such as `55002|55003`.
    pub expect: Option<String>,
    /// Whether it falls under what is relaxed around a change of the format version.
    pub cutover_relaxation: bool,
    /// The error code of an APERAK that refuses.
    pub erc: Option<String>,
    /// The error code of a CONTRL that refuses the interchange.
    pub uci: Option<String>,
    /// The error code of a CONTRL that refuses the message.
    pub ucm: Option<String>,
}

/// When something is due, as far as the manifest knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// At this instant.
    At(Timestamp),
    /// The manifest gives no instant; `rule` is what it says instead.
    Unchecked {
        /// The rule in words, if there is one.
        rule: Option<String>,
    },
}

impl Due {
    /// The instant, if there is one.
    #[must_use]
    pub const fn at(&self) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(*at),
            Self::Unchecked { .. } => None,
        }
    }
}

/// Why a conversation could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConversationError {
    /// A file or the directory cannot be read.
    #[error("{} cannot be read: {source}; a conversation is a directory with a {MANIFEST} and the .edi files that it names", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The manifest is not what a manifest is.
    #[error("{}: {reason}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// The field and what is wrong with it.
        reason: String,
    },
}

/// Reads the conversation in `dir`.
///
/// # Errors
///
/// [`ConversationError`], which names the file, and the field if there is one.
pub fn load(dir: &Path) -> Result<Conversation, ConversationError> {
    let path = dir.join(MANIFEST);
    let text = fs::read(&path).map_err(|source| ConversationError::Unreadable { path: path.clone(), source })?;
    let mut manifest: Manifest =
        serde_json::from_slice(&text).map_err(|error| ConversationError::Manifest { path: path.clone(), reason: error.to_string() })?;
    if manifest.name.is_empty() {
        manifest.name = dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    }
    manifest.steps.sort_by_key(|step| step.receipt);
    let payloads = manifest.steps.iter().map(|step| fs::read(dir.join(&step.file)).ok()).collect();
    Ok(Conversation { manifest, payloads })
}

impl TryFrom<Map<String, Value>> for Manifest {
    type Error = String;

    fn try_from(mut fields: Map<String, Value>) -> Result<Self, String> {
        let steps: Vec<Value> = required(&mut fields, "steps")?;
        let steps = steps.into_iter().zip(1..).map(|(step, number)| {
            // The file name tells a reader more than the number; the number is there when it is the file name that is wrong.
            let file = step.get("file").and_then(Value::as_str).map_or_else(String::new, |file| format!(" ({file})"));
            serde_json::from_value(step).map_err(|error| format!("step {number}{file}: {error}"))
        });
        Ok(Self {
            name: optional::<Option<String>>(&mut fields, "name")?.unwrap_or_default(),
            title: optional::<Option<String>>(&mut fields, "title")?.unwrap_or_default(),
            family: optional::<Option<String>>(&mut fields, "family")?.unwrap_or_default(),
            notes: optional::<Option<String>>(&mut fields, "notes")?.unwrap_or_default(),
            rulebook: optional(&mut fields, "rulebook")?,
            steps: steps.collect::<Result<_, String>>()?,
        })
    }
}

impl TryFrom<Map<String, Value>> for RecordedStep {
    type Error = String;

    fn try_from(mut fields: Map<String, Value>) -> Result<Self, String> {
        let fields = &mut fields;
        Ok(Self {
            file: file_name(required(fields, "file")?)?,
            from_role: required(fields, "from_role")?,
            to_role: required(fields, "to_role")?,
            message: required(fields, "message")?,
            pid: pid(fields.remove("pid").unwrap_or_default())?,
            fv: optional::<Option<String>>(fields, "fv")?.unwrap_or_default(),
            interchange: optional::<Option<String>>(fields, "interchange")?.unwrap_or_default(),
            sent: optional(fields, "sent_berlin")?,
            receipt: required(fields, "receipt_utc")?,
            aperak_due: optional(fields, "aperak_due")?,
            answer_due: optional(fields, "answer_due")?,
            latest_receipt: optional(fields, "latest_receipt")?,
            contrl_due: optional(fields, "contrl_due")?,
            expect: optional(fields, "expect")?,
            cutover_relaxation: optional::<Option<bool>>(fields, "cutover_relaxation")?.unwrap_or_default(),
            erc: optional(fields, "erc")?,
            uci: optional(fields, "uci")?,
            ucm: optional(fields, "ucm")?,
        })
    }
}

/// A Prüfidentifikator, written as text or as a number.
fn pid(value: Value) -> Result<Option<String>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(pid) => Ok(Some(pid)),
        Value::Number(pid) => Ok(Some(pid.to_string())),
        other => Err(format!("the field `pid`: `{other}` is no Prüfidentifikator")),
    }
}

fn required<T: DeserializeOwned>(fields: &mut Map<String, Value>, name: &str) -> Result<T, String> {
    let value = fields.remove(name).ok_or_else(|| format!("the field `{name}` is missing"))?;
    serde_json::from_value(value).map_err(|error| format!("the field `{name}`: {error}"))
}

fn optional<T: DeserializeOwned>(fields: &mut Map<String, Value>, name: &str) -> Result<T, String> {
    let value = fields.remove(name).unwrap_or_default();
    serde_json::from_value(value).map_err(|error| format!("the field `{name}`: {error}"))
}

/// A conversation names files in its own directory only.
fn file_name(file: String) -> Result<String, String> {
    if Path::new(&file).file_name().is_some_and(|name| name.to_str() == Some(&file)) {
        Ok(file)
    } else {
        Err(format!("the field `file`: `{file}` is no name of a file beside the manifest"))
    }
}

impl<'de> Deserialize<'de> for Due {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Null => Ok(Self::Unchecked { rule: None }),
            // An instant may stand there as it is; any other words are a rule.
            Value::String(text) => Ok(text.parse().map_or(Self::Unchecked { rule: Some(text) }, Self::At)),
            Value::Object(mut fields) => required(&mut fields, "iso_utc").map(Self::At).map_err(serde::de::Error::custom),
            other => Err(serde::de::Error::custom(format!("`{other}` is neither an object with `iso_utc`, nor words, nor null"))),
        }
    }
}
