//! CONTRL as a value: an interchange acknowledged (UCI 7) or refused (UCI 4) with one error.
//!
//! Source: CONTRL AHB 1.0 and ISO 9735. A refusal names its error at exactly one level; the levels above carry the action 4 alone.

use serde::{Deserialize, Serialize};

use super::interchange::{Address, Message, Party, Segment};
use super::message::FieldError;
use super::syntax::{Level, SyntaxError, repeatable};

/// The answer to the syntax of one interchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contrl {
    /// UCI 0020: UNB 0020 of the original.
    pub original_interchange: String,
    /// UCI S002: the sender of the original, as written there.
    pub original_sender: Party,
    /// UCI S003: the receiver of the original, as written there.
    pub original_receiver: Party,
    /// Why it is refused; absent when it is acknowledged (7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<ContrlFault>,
}

/// The error that a refusal names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContrlFault {
    /// Which CONTRL segment carries the code.
    pub level: Level,
    /// Data element 0085.
    pub code: u8,
    /// Data element 0135, at level UCI and UCM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// The message, below level UCI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<OriginalMessage>,
    /// UCS 0096, the place of the segment in the message, UNH being 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment_number: Option<usize>,
    /// UCD 0098, the place of the element in the segment, the tag being 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element_number: Option<usize>,
}

/// The message that a refusal is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OriginalMessage {
    /// UCM 0062.
    pub reference: String,
    /// UCM S009 as components.
    pub identifier: Vec<String>,
}

impl Contrl {
    /// Acknowledges the interchange at `address` (UCI 7).
    #[must_use]
    pub fn acknowledging(address: &Address) -> Self {
        let party = |p: &Party| Party { number: repeatable(&p.number), qualifier: repeatable(&p.qualifier) };
        Self {
            original_interchange: repeatable(&address.reference),
            original_sender: party(&address.sender),
            original_receiver: party(&address.receiver),
            fault: None,
        }
    }

    /// Refuses the interchange at `address` (UCI 4) because of `error`.
    #[must_use]
    pub fn refusing(address: &Address, error: &SyntaxError) -> Self {
        let fault = ContrlFault {
            level: error.level,
            code: error.code,
            segment: matches!(error.level, Level::Uci | Level::Ucm).then(|| error.segment.clone()),
            message: error.message.as_ref().map(|m| OriginalMessage {
                reference: repeatable(&m.reference),
                identifier: filled(m.identifier.iter().map(|text| repeatable(text)).collect()),
            }),
            segment_number: error.segment_number,
            element_number: error.element_number,
        };
        Self { fault: Some(fault), ..Self::acknowledging(address) }
    }

    /// Reads a CONTRL. Of several errors the first is kept.
    ///
    /// # Errors
    /// UCI is missing, its action is neither 4 nor 7, or a refusal names no error code.
    pub fn read(message: &Message) -> Result<Self, FieldError> {
        let first = |tag: &str| message.segments.iter().find(|s| s.tag == tag);
        let Some(uci) = first("UCI") else { return Err(FieldError::missing("UCI", message.position())) };
        let party = |element| Party { number: uci.text(element, 0).to_owned(), qualifier: uci.text(element, 1).to_owned() };
        let fault = match uci.text(3, 0) {
            "7" => None,
            "4" => Some(read_fault(uci, first("UCM"), first("UCS"), first("UCD"))?),
            other => return Err(FieldError::malformed("UCI", uci.position_of(3), format!("action `{other}` is neither 4 nor 7"))),
        };
        Ok(Self { original_interchange: uci.text(0, 0).to_owned(), original_sender: party(1), original_receiver: party(2), fault })
    }
}

/// An element without any text is no element.
fn filled(components: Vec<String>) -> Vec<String> {
    if components.iter().all(String::is_empty) { Vec::new() } else { components }
}

fn read_fault(uci: &Segment, ucm: Option<&Segment>, ucs: Option<&Segment>, ucd: Option<&Segment>) -> Result<ContrlFault, FieldError> {
    let code = |segment: &Segment, element: usize| segment.text(element, 0).parse::<u8>().ok();
    let tag = |segment: &Segment, element: usize| Some(segment.text(element, 0).to_owned()).filter(|t| !t.is_empty());
    let found = code(uci, 4)
        .map(|code| (Level::Uci, code, tag(uci, 5)))
        .or_else(|| ucm.and_then(|s| code(s, 3).map(|code| (Level::Ucm, code, tag(s, 4)))))
        .or_else(|| ucs.and_then(|s| code(s, 1).map(|code| (Level::Ucs, code, None))))
        .or_else(|| ucd.and_then(|s| code(s, 0).map(|code| (Level::Ucd, code, None))));
    let Some((level, code, segment)) = found else {
        return Err(FieldError::malformed("UCI", uci.bytes.start, "a refusal without an error code"));
    };
    Ok(ContrlFault {
        level,
        code,
        segment,
        message: ucm.map(|s| OriginalMessage {
            reference: s.text(0, 0).to_owned(),
            identifier: filled(s.elements.get(1).map_or_else(Vec::new, |e| e.components.clone())),
        }),
        segment_number: ucs.and_then(|s| s.text(0, 0).parse().ok()),
        element_number: ucd.and_then(|s| s.text(1, 0).parse().ok()),
    })
}
