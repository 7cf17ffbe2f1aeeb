//! APERAK as a value: Anerkennungsmeldung (BGM 312) or Verarbeitbarkeitsfehler (BGM 313).
//!
//! Correlation (APERAK AHB 1.1): RFF+ACE is the interchange, DTM+171 the time of the original document, RFF+ACW its message
//! reference, RFF+AGO its document number, RFF+TN its Vorgangsnummer.

use serde::{Deserialize, Serialize};

use mako_engine::Timestamp;

use super::erc::Erc;
use super::interchange::{Interchange, Message, Segment, find};
use super::message::FieldError;
use super::processability::ProcessabilityError;
use super::wire_time::parse_303;

/// The acknowledgement of one Geschäftsvorfall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aperak {
    /// BGM 1004 of the APERAK itself.
    pub document: String,
    /// RFF+ACE: UNB 0020 of the original.
    pub original_interchange: String,
    /// DTM+171: DTM+137 of the original.
    pub original_time: Timestamp,
    /// RFF+AGO: BGM 1004 of the original.
    pub original_document: String,
    /// RFF+TN: the Vorgang, where the original has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_vorgang: Option<String>,
    /// 312 or 313.
    pub finding: Finding,
}

/// Whether the original is recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Finding {
    /// BGM 312.
    Recognised,
    /// BGM 313.
    Failed {
        /// RFF+ACW: UNH 0062 of the original.
        original_message: String,
        /// ERC and what belongs to it; at least one.
        errors: Vec<AperakError>,
    },
}

/// One error of a Fehlermeldung.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AperakError {
    /// ERC.
    pub code: Erc,
    /// FTX+ABO: the error in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// FTX+Z02: where the error is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// RFF+Z08: who runs the grid area now (Z16).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
}

/// What an APERAK answers: one message of an interchange, or one Vorgang of it.
#[derive(Debug, Clone, Copy)]
pub struct Geschaeftsvorfall<'a> {
    /// The interchange that was received.
    pub interchange: &'a Interchange,
    /// Place of the message in it.
    pub message: usize,
    /// Place of the Vorgang in the message, where it has Vorgänge.
    pub transaction: Option<usize>,
}

impl Geschaeftsvorfall<'_> {
    fn answer(self, document: &str, received: Timestamp, finding: impl FnOnce(&Message) -> Finding) -> Option<Aperak> {
        let original = self.interchange.messages.get(self.message)?;
        Some(Aperak {
            document: document.to_owned(),
            original_interchange: self.interchange.address.reference.clone(),
            original_time: original.document_time().unwrap_or(received),
            original_document: original.document.clone(),
            original_vorgang: self.transaction.and_then(|t| original.transactions.get(t)).map(|t| t.vorgang.clone()),
            finding: finding(original),
        })
    }
}

impl From<&ProcessabilityError> for AperakError {
    /// Names the place only where the code demands it.
    fn from(error: &ProcessabilityError) -> Self {
        let location = error.erc.needs_location().then(|| error.location.clone());
        Self { code: error.erc, text: None, location, successor: None }
    }
}

impl Aperak {
    /// The Anerkennungsmeldung for a Geschäftsvorfall of `interchange`; `None` when there is no such message.
    ///
    /// `document` is the number of the APERAK itself. Where the original has no readable document time, `received` stands in.
    #[must_use]
    pub fn recognising(vorfall: Geschaeftsvorfall<'_>, document: &str, received: Timestamp) -> Option<Self> {
        vorfall.answer(document, received, |_| Finding::Recognised)
    }

    /// The Fehlermeldung with `errors`; otherwise as [`Aperak::recognising`].
    #[must_use]
    pub fn failing(vorfall: Geschaeftsvorfall<'_>, document: &str, received: Timestamp, errors: &[ProcessabilityError]) -> Option<Self> {
        vorfall.answer(document, received, |original| Finding::Failed {
            original_message: original.reference.clone(),
            errors: errors.iter().map(AperakError::from).collect(),
        })
    }

    /// Reads an APERAK.
    ///
    /// # Errors
    /// RFF+ACE, RFF+AGO or DTM+171 is missing or malformed, the document code is neither 312 nor 313, or an ERC is not in the list.
    pub fn read(message: &Message) -> Result<Self, FieldError> {
        let segments = message.segments.as_slice();
        let need = |tag: &str, qualifier: &str| {
            find(segments, tag, qualifier)
                .map(|s| s.text(0, 1).to_owned())
                .filter(|t| !t.is_empty())
                .ok_or_else(|| FieldError::missing(format!("{tag}+{qualifier}"), message.position()))
        };
        let time = need("DTM", "171")?;
        let finding = match message.document_code.as_str() {
            "312" => Finding::Recognised,
            "313" => Finding::Failed { original_message: need("RFF", "ACW")?, errors: errors(segments)? },
            other => {
                return Err(FieldError::malformed("BGM", message.position(), format!("document code `{other}` is neither 312 nor 313")));
            }
        };
        Ok(Self {
            document: message.document.clone(),
            original_interchange: need("RFF", "ACE")?,
            original_time: parse_303(&time)
                .ok_or_else(|| FieldError::malformed("DTM+171", message.position(), format!("`{time}`: expected CCYYMMDDHHMM+00")))?,
            original_document: need("RFF", "AGO")?,
            original_vorgang: find(segments, "RFF", "TN").map(|s| s.text(0, 1).to_owned()),
            finding,
        })
    }
}

/// One error per ERC; what stands between two of them belongs to the first.
fn errors(segments: &[Segment]) -> Result<Vec<AperakError>, FieldError> {
    let mut errors: Vec<AperakError> = Vec::new();
    for segment in segments {
        if segment.tag == "ERC" {
            let code = segment.text(0, 0);
            let code = code
                .parse()
                .map_err(|e: super::identifier::InvalidIdentifier| FieldError::malformed("ERC", segment.bytes.start, e.to_string()))?;
            errors.push(AperakError { code, text: None, location: None, successor: None });
        }
        let Some(last) = errors.last_mut() else { continue };
        if segment.is("FTX", "ABO") {
            last.text = Some(segment.text(3, 0).to_owned());
        } else if segment.is("FTX", "Z02") {
            last.location = Some(segment.text(3, 0).to_owned());
        } else if segment.is("RFF", "Z08") {
            last.successor = Some(segment.text(0, 1).to_owned());
        }
    }
    Ok(errors)
}
