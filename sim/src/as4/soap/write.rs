//! The envelope on its way out: complete, and always the same text for the same message.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{DS, EB, EBBP, SHA256, SOAP, Unwritable};
use crate::as4::message::{Digest, ErrorSignal, Receipt, Severity, Signal, UserMessage};
use crate::as4::{mime, xml};

const ROLE_FROM: &str = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/initiator";
const ROLE_TO: &str = "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/responder";

/// Writes the envelope of `message`. `payload_href` is the reference to its payload part, if it has one.
///
/// # Errors
///
/// When a field holds what XML cannot carry, or nothing where ebMS demands a value.
pub fn write_user_message(message: &UserMessage, payload_href: Option<&str>) -> Result<String, Unwritable> {
    let mut out = Writer::envelope();
    out.open("<eb:UserMessage>");
    out.open("<eb:MessageInfo>");
    out.element("eb:Timestamp", &message.sent_at.to_string())?;
    out.required("eb:MessageId", &message.message_id)?;
    out.open("</eb:MessageInfo><eb:PartyInfo>");
    for (side, party, role) in [("From", &message.from, ROLE_FROM), ("To", &message.to, ROLE_TO)] {
        let _ = write!(out.0, "<eb:{side}><eb:PartyId");
        out.attribute("type", &party.id_type)?;
        out.open(">");
        out.text("eb:PartyId", not_empty("eb:PartyId", &party.id)?)?;
        let _ = write!(out.0, "</eb:PartyId><eb:Role>{role}</eb:Role></eb:{side}>");
    }
    out.open("</eb:PartyInfo><eb:CollaborationInfo>");
    out.required("eb:AgreementRef", &message.agreement)?;
    out.required("eb:Service", &message.service)?;
    out.required("eb:Action", &message.action)?;
    out.element("eb:ConversationId", &message.conversation_id)?;
    out.open("</eb:CollaborationInfo>");
    if let Some(href) = payload_href {
        out.open("<eb:PayloadInfo><eb:PartInfo");
        out.attribute("href", href)?;
        out.open(">");
        if !message.properties.is_empty() {
            out.open("<eb:PartProperties>");
            for (name, value) in &message.properties {
                out.open("<eb:Property");
                out.attribute("name", not_empty("name", name)?)?;
                out.open(">");
                out.text("eb:Property", value)?;
                out.open("</eb:Property>");
            }
            out.open("</eb:PartProperties>");
        }
        out.open("</eb:PartInfo></eb:PayloadInfo>");
    }
    out.open("</eb:UserMessage>");
    Ok(out.finish())
}

/// Writes the envelope of a receipt or an error.
///
/// # Errors
///
/// When a field holds what XML cannot carry, or nothing where ebMS demands a value.
pub fn write_signal(signal: &Signal) -> Result<String, Unwritable> {
    let mut out = Writer::envelope();
    out.open("<eb:SignalMessage><eb:MessageInfo>");
    let (at, about, kind) = match signal {
        Signal::Receipt(receipt) => (receipt.received_at, Some(receipt.ref_to_message_id.as_str()), "receipt"),
        Signal::Error(error) => (error.raised_at, error.ref_to_message_id.as_deref(), "error"),
    };
    out.element("eb:Timestamp", &at.to_string())?;
    // A signal needs an id of its own; derived from what it answers, it is the same in every run.
    let own = Digest::of(format!("{kind}\n{at}\n{}", about.unwrap_or_default()).as_bytes());
    out.element("eb:MessageId", &format!("{kind}-{own:.32}@mako.invalid"))?;
    if let Some(about) = about {
        out.required("eb:RefToMessageId", about)?;
    }
    out.open("</eb:MessageInfo>");
    match signal {
        Signal::Receipt(receipt) => out.receipt(receipt)?,
        Signal::Error(error) => out.error(error)?,
    }
    out.open("</eb:SignalMessage>");
    Ok(out.finish())
}

struct Writer(String);

impl Writer {
    fn envelope() -> Self {
        Self(format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<S12:Envelope xmlns:S12=\"{SOAP}\" xmlns:eb=\"{EB}\"><S12:Header>\
             <eb:Messaging S12:mustUnderstand=\"true\">"
        ))
    }

    fn finish(mut self) -> String {
        self.0.push_str("</eb:Messaging></S12:Header><S12:Body/></S12:Envelope>");
        self.0
    }

    /// Appends markup of ours, as it is.
    fn open(&mut self, markup: &str) {
        self.0.push_str(markup);
    }

    fn text(&mut self, field: &'static str, text: &str) -> Result<(), Unwritable> {
        if let Some(character) = text.chars().find(|c| !xml::is_character(*c)) {
            return Err(Unwritable::Character { field, character });
        }
        xml::escape_into(&mut self.0, text);
        Ok(())
    }

    fn element(&mut self, name: &'static str, text: &str) -> Result<(), Unwritable> {
        let _ = write!(self.0, "<{name}>");
        self.text(name, text)?;
        let _ = write!(self.0, "</{name}>");
        Ok(())
    }

    fn required(&mut self, name: &'static str, text: &str) -> Result<(), Unwritable> {
        self.element(name, not_empty(name, text)?)
    }

    fn attribute(&mut self, name: &'static str, value: &str) -> Result<(), Unwritable> {
        let _ = write!(self.0, " {name}=\"");
        self.text(name, value)?;
        self.0.push('"');
        Ok(())
    }

    /// The reference that a signature would cover (AS4 Profile 1.0, 5.1.8), to the payload part of the message received.
    fn receipt(&mut self, receipt: &Receipt) -> Result<(), Unwritable> {
        let _ = write!(
            self.0,
            "<eb:Receipt><ebbp:NonRepudiationInformation xmlns:ebbp=\"{EBBP}\"><ebbp:MessagePartNRInformation>\
             <ds:Reference xmlns:ds=\"{DS}\" URI=\"cid:{}\"><ds:DigestMethod Algorithm=\"{SHA256}\"/><ds:DigestValue>{}</ds:DigestValue>\
             </ds:Reference></ebbp:MessagePartNRInformation></ebbp:NonRepudiationInformation></eb:Receipt>",
            mime::payload_content_id(&receipt.ref_to_message_id),
            BASE64.encode(receipt.digest.0),
        );
        Ok(())
    }

    fn error(&mut self, error: &ErrorSignal) -> Result<(), Unwritable> {
        let severity = match error.severity {
            Severity::Warning => "warning",
            Severity::Failure => "failure",
        };
        let _ = write!(self.0, "<eb:Error origin=\"ebMS\" severity=\"{severity}\" category=\"{}\"", error.code.category());
        self.attribute("errorCode", not_empty("errorCode", error.code.as_str())?)?;
        self.attribute("shortDescription", error.code.name())?;
        if let Some(about) = &error.ref_to_message_id {
            self.attribute("refToMessageInError", about)?;
        }
        self.open(">");
        self.element("eb:ErrorDetail", &error.detail)?;
        self.open("</eb:Error>");
        Ok(())
    }
}

fn not_empty<'a>(field: &'static str, value: &'a str) -> Result<&'a str, Unwritable> {
    if value.is_empty() { Err(Unwritable::Empty { field }) } else { Ok(value) }
}
