//! The envelope on its way in: other prefixes, other order and more elements than ours are fine, missing values are not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use mako_engine::Timestamp;

use super::{DS, EB, EBBP, Header, SHA256, SOAP, Unreadable};
use crate::as4::error_code::ErrorCode;
use crate::as4::message::{Digest, ErrorSignal, PartyId, Receipt, Severity, Signal, UserMessage};
use crate::as4::xml::{self, Element};

/// Reads the envelope of a user message.
///
/// # Errors
///
/// When it is not one: the error carries the code to answer with and, where it could be read, the id of the message.
pub fn read_user_message(envelope: &str) -> Result<Header, Unreadable> {
    let root = xml::parse(envelope).map_err(Unreadable::header)?;
    let mut messages = messaging(&root)?.children_named(EB, "UserMessage");
    let element = messages.next().ok_or_else(|| Unreadable::header("eb:Messaging holds no eb:UserMessage"))?;
    if messages.next().is_some() {
        return Err(Unreadable::new(ErrorCode::PROCESSING_MODE_MISMATCH, "more than one eb:UserMessage; the profile sends one at a time"));
    }
    let message_id = required(element, &["MessageInfo", "MessageId"])?.to_owned();
    user_message(element, &message_id).map_err(|error| Unreadable { ref_to_message_id: Some(message_id), ..error })
}

fn user_message(element: &Element, message_id: &str) -> Result<Header, Unreadable> {
    let mut parts = element.child(EB, "PayloadInfo").into_iter().flat_map(|info| info.children_named(EB, "PartInfo"));
    let part = parts.next();
    if parts.next().is_some() {
        return Err(Unreadable::new(ErrorCode::PROCESSING_MODE_MISMATCH, "more than one eb:PartInfo; the profile has one payload"));
    }
    let mut properties = Vec::new();
    for property in part.and_then(|part| part.child(EB, "PartProperties")).into_iter().flat_map(|all| all.children_named(EB, "Property")) {
        let name = property.attribute("name").filter(|name| !name.is_empty());
        properties.push((name.ok_or_else(|| Unreadable::header("an eb:Property without a name"))?.to_owned(), property.text.clone()));
    }
    let payload_href = match part {
        None => None,
        Some(part) => {
            let href = part.attribute("href").filter(|href| href.starts_with("cid:"));
            let missing = || Unreadable::new(ErrorCode::VALUE_INCONSISTENT, "eb:PartInfo without a `cid:` reference to a MIME part");
            Some(href.ok_or_else(missing)?.to_owned())
        }
    };
    let message = UserMessage {
        message_id: message_id.to_owned(),
        sent_at: instant(element)?,
        from: party(element, "From")?,
        to: party(element, "To")?,
        service: required(element, &["CollaborationInfo", "Service"])?.to_owned(),
        action: required(element, &["CollaborationInfo", "Action"])?.to_owned(),
        agreement: required(element, &["CollaborationInfo", "AgreementRef"])?.to_owned(),
        conversation_id: element.descend(EB, &["CollaborationInfo", "ConversationId"]).map(|id| id.text.clone()).unwrap_or_default(),
        properties,
        payload: Vec::new(),
    };
    Ok(Header { message, payload_href })
}

/// Reads the envelope of a receipt or an error. Where a partner sends both, a failure outweighs a receipt, and a receipt a warning.
///
/// # Errors
///
/// When it is neither, or a receipt without the digest of a payload.
pub fn read_signal(envelope: &str) -> Result<Signal, Unreadable> {
    let root = xml::parse(envelope).map_err(Unreadable::header)?;
    let mut found: Option<Signal> = None;
    for message in messaging(&root)?.children_named(EB, "SignalMessage") {
        let at = instant(message)?;
        let about = message.descend(EB, &["MessageInfo", "RefToMessageId"]).map(|id| id.text.as_str()).filter(|id| !id.is_empty());
        for error in message.children_named(EB, "Error") {
            let error = error_signal(error, at, about)?;
            if error.severity == Severity::Failure {
                return Ok(Signal::Error(error));
            }
            found.get_or_insert(Signal::Error(error));
        }
        if let Some(receipt) = message.child(EB, "Receipt") {
            let ref_to_message_id = about.ok_or_else(|| Unreadable::header("a receipt without eb:RefToMessageId"))?.to_owned();
            found = Some(Signal::Receipt(Receipt { ref_to_message_id, received_at: at, digest: payload_digest(receipt)? }));
        }
    }
    found.ok_or_else(|| Unreadable::header("neither an eb:Receipt nor an eb:Error in eb:Messaging"))
}

fn error_signal(element: &Element, raised_at: Timestamp, about: Option<&str>) -> Result<ErrorSignal, Unreadable> {
    let code = element.attribute("errorCode").filter(|code| !code.is_empty());
    let detail = element.child(EB, "ErrorDetail").or_else(|| element.child(EB, "Description"));
    Ok(ErrorSignal {
        code: ErrorCode::from_wire(code.ok_or_else(|| Unreadable::header("an eb:Error without errorCode"))?),
        ref_to_message_id: element.attribute("refToMessageInError").filter(|id| !id.is_empty()).or(about).map(str::to_owned),
        severity: if element.attribute("severity").is_some_and(|s| s.eq_ignore_ascii_case("warning")) {
            Severity::Warning
        } else {
            Severity::Failure
        },
        raised_at,
        detail: detail.map(|detail| detail.text.clone()).unwrap_or_default(),
    })
}

/// A signed receipt refers to several parts; the one that counts here is the payload, a reference by `cid:`.
fn payload_digest(receipt: &Element) -> Result<Digest, Unreadable> {
    let parts = receipt.child(EBBP, "NonRepudiationInformation").into_iter();
    let mut references = parts
        .flat_map(|information| information.children_named(EBBP, "MessagePartNRInformation"))
        .filter_map(|part| part.child(DS, "Reference"))
        .filter(|reference| reference.attribute("URI").is_some_and(|uri| uri.starts_with("cid:")));
    let reference = references.next().ok_or_else(|| Unreadable::header("a receipt that refers to no payload part"))?;
    let algorithm = reference.child(DS, "DigestMethod").and_then(|method| method.attribute("Algorithm"));
    if algorithm != Some(SHA256) {
        return Err(Unreadable::header(format!("a receipt with the digest algorithm {algorithm:?}; the profile demands {SHA256}")));
    }
    let value = reference.child(DS, "DigestValue").map(|value| value.text.split_ascii_whitespace().collect::<String>());
    let bytes = value.and_then(|value| BASE64.decode(value).ok()).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    bytes.map(Digest).ok_or_else(|| Unreadable::header("a receipt whose ds:DigestValue is not the base64 text of 32 bytes"))
}

fn messaging(root: &Element) -> Result<&Element, Unreadable> {
    if !root.is(SOAP, "Envelope") {
        return Err(Unreadable::header("the root is no SOAP 1.2 envelope"));
    }
    let header = root.child(SOAP, "Header").and_then(|header| header.child(EB, "Messaging"));
    header.ok_or_else(|| Unreadable::header("the SOAP header holds no eb:Messaging"))
}

fn instant(message: &Element) -> Result<Timestamp, Unreadable> {
    required(message, &["MessageInfo", "Timestamp"])?.trim().parse().map_err(|error| Unreadable::header(format!("eb:Timestamp: {error}")))
}

fn party(message: &Element, side: &str) -> Result<PartyId, Unreadable> {
    let path = ["PartyInfo", side, "PartyId"];
    let id = required(message, &path)?.to_owned();
    let id_type = message.descend(EB, &path).and_then(|party| party.attribute("type")).unwrap_or_default().to_owned();
    Ok(PartyId { id, id_type })
}

fn required<'a>(message: &'a Element, path: &[&str]) -> Result<&'a str, Unreadable> {
    let element = message.descend(EB, path).filter(|element| !element.text.is_empty());
    element.map(|element| element.text.as_str()).ok_or_else(|| Unreadable::header(format!("eb:{} is missing or empty", path.join("/eb:"))))
}
