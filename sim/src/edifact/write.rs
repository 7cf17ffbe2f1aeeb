//! Values to bytes: one message in one interchange, in the shape in which the market sends it.
//!
//! Counts, references and release characters are right by construction; what cannot be written (a character outside UNOC, a field that
//! is too long or missing) is an error, never a silently changed message. Instants are cut to minutes: the wire knows no seconds. The
//! Vorgang's segments come in the order of the UTILMD Nachrichtenbeschreibung; parts that carry no decision (the SEQ groups of 55001
//! and 55002) are written in a fixed form.

use edifact_rs::{Charset, ServiceStringAdvice, Writer};

use mako_engine::Timestamp;

use super::aperak::{Aperak, AperakError, Finding};
use super::contrl::{Contrl, ContrlFault};
use super::identifier::MpId;
use super::interchange::{Element, Party, Segment};
use super::message::TypedMessage;
use super::pid::Pid;
use super::syntax::{Level, is_writable, too_long};
use super::utilmd::{Utilmd, profile};
use super::wire_time::{format_102, format_303, format_unb};

/// Everything around a message that is decided when it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Who sends.
    pub sender: MpId,
    /// To whom.
    pub receiver: MpId,
    /// UNB 0020, at most 14 capitals and digits, never used before.
    pub interchange_ref: String,
    /// UNH 0062, at most 14 characters.
    pub message_ref: String,
    /// The instant of writing: DTM+137 in UTC, UNB 0017/0019 in Berlin time.
    pub prepared_at: Timestamp,
    /// How many seconds Berlin is ahead of UTC at that instant.
    pub berlin_offset_seconds: i32,
    /// UNH 0057, the release in force at the instant of sending.
    pub release: String,
}

/// Why a message cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The PID, or the message type, has no written form here.
    #[error("{what} cannot be written: there is no form for it")]
    NoForm {
        /// The PID or the message type.
        what: String,
    },
    /// The PID demands a segment that the value does not fill.
    #[error("{pid} needs {segment}, which is not set")]
    Missing {
        /// The PID.
        pid: Pid,
        /// Tag and qualifier.
        segment: String,
    },
    /// A text has no place in the message: empty, too long, or with characters outside UNOC.
    #[error("{segment}: `{text}` cannot be written: {reason}")]
    Unwritable {
        /// Tag of the segment.
        segment: String,
        /// The text.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// The bytes of an interchange that carries `message` alone.
///
/// # Errors
/// See [`WriteError`]; nothing is written partly.
pub fn write(message: &TypedMessage, envelope: &Envelope) -> Result<Vec<u8>, WriteError> {
    let (name, body) = match message {
        TypedMessage::Utilmd(utilmd) => ("UTILMD:D:11A", utilmd_body(utilmd, envelope)?),
        TypedMessage::Aperak(aperak) => ("APERAK:D:07B", aperak_body(aperak, envelope)),
        TypedMessage::Contrl(contrl) => ("CONTRL:D:3", contrl_body(contrl)),
        TypedMessage::Other(other) => return Err(WriteError::NoForm { what: other.message_type.clone() }),
    };
    let (date, time) = format_unb(envelope.prepared_at, envelope.berlin_offset_seconds);
    let party = |id: MpId| format!("{id}:{}", id.issuer().unb_qualifier());
    let mut unh: Vec<&str> = name.split(':').collect();
    unh.extend(["UN", envelope.release.as_str()]);
    let mut all = vec![
        seg("UNB", &["UNOC:3", &party(envelope.sender), &party(envelope.receiver), &format!("{date}:{time}")])
            .with(&[&envelope.interchange_ref]),
        seg("UNH", &[]).with(&[&envelope.message_ref]).with(&unh),
    ];
    let count = (body.len() + 2).to_string();
    all.extend(body);
    all.push(seg("UNT", &[&count]).with(&[&envelope.message_ref]));
    all.push(seg("UNZ", &["1"]).with(&[&envelope.interchange_ref]));
    references(envelope)?;
    render(&all)
}

fn references(envelope: &Envelope) -> Result<(), WriteError> {
    let refuse =
        |segment: &str, text: &str, reason| Err(WriteError::Unwritable { segment: segment.to_owned(), text: text.to_owned(), reason });
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    for (segment, reference) in [("UNB", &envelope.interchange_ref), ("UNH", &envelope.message_ref)] {
        if reference.is_empty() || reference.len() > 14 || !plain(reference) {
            return refuse(segment, reference, "a reference is 1 to 14 capitals and digits");
        }
    }
    if envelope.release.is_empty() || envelope.release.len() > 6 {
        return refuse("UNH", &envelope.release, "a release is 1 to 6 characters");
    }
    Ok(())
}

fn header(code: &str, document: &str, envelope: &Envelope) -> Vec<Segment> {
    vec![seg("BGM", &[code]).with(&[document]), dtm("137", &format_303(envelope.prepared_at), "303")]
}

fn parties(envelope: &Envelope) -> [Segment; 2] {
    let nad = |qualifier, id: MpId| seg("NAD", &[qualifier, &format!("{id}::{}", id.issuer().nad_agency())]);
    [nad("MS", envelope.sender), nad("MR", envelope.receiver)]
}

fn utilmd_body(utilmd: &Utilmd, envelope: &Envelope) -> Result<Vec<Segment>, WriteError> {
    let Some(profile) = profile(utilmd.pid) else {
        return Err(WriteError::NoForm { what: format!("PID {}", utilmd.pid) });
    };
    let mut body = header(profile.document_code, &utilmd.document, envelope);
    body.extend(parties(envelope));
    body.push(seg("IDE", &["24"]).with(&[&utilmd.vorgang]));
    body.extend(utilmd.begin.map(|at| dtm("92", &format_303(at), "303")));
    body.extend(utilmd.end.map(|at| dtm("93", &format_303(at), "303")));
    body.extend(utilmd.ut_of_lfn.map(|day| dtm("154", &format_102(day), "102")));
    if let Some(reason) = &utilmd.reason {
        let sts = seg("STS", &["7", ""]).with(&[&reason.code]);
        body.push(match &reason.addition {
            Some(addition) => sts.with(&[addition]),
            None => sts,
        });
    }
    if let Some(answer) = &utilmd.answer {
        let sts = seg("STS", &["E01", ""]);
        body.push(match &answer.ebd {
            Some(ebd) => sts.with(&[&answer.code, ebd]),
            None => sts.with(&[&answer.code]),
        });
    }
    body.extend(utilmd.nelo.as_ref().map(|id| seg("LOC", &["Z18", &id.to_string()])));
    body.extend(utilmd.malo.map(|id| seg("LOC", &["Z16", &id.to_string()])));
    body.extend(utilmd.melo.as_ref().map(|id| seg("LOC", &["Z17", &id.to_string()])));
    body.push(seg("RFF", &[&format!("Z13:{}", utilmd.pid)]));
    body.extend(utilmd.request_vorgang.as_ref().map(|number| seg("RFF", &[]).with(&["TN", number])));
    sequences(utilmd, &mut body);
    if let Some(name) = &utilmd.customer {
        body.push(seg("NAD", &["Z09", "", ""]).with(&[name, "", "", "", "", "Z02"]));
    }
    if let Some(to) = &utilmd.correspondence {
        let nad = seg("NAD", &["Z04", "", ""]).with(&[&to.name, "", "", "", "", "Z02"]);
        body.push(nad.with(&[&to.street]).with(&[&to.city]).with(&[""]).with(&[&to.postal_code]).with(&[&to.country]));
    }
    body.extend(utilmd.supplier.map(|id| seg("NAD", &["VY", &format!("{id}::{}", id.issuer().nad_agency())])));
    for (tag, qualifier) in profile.required {
        if !body.iter().any(|s| s.is(tag, qualifier)) {
            return Err(WriteError::Missing { pid: utilmd.pid, segment: format!("{tag}+{qualifier}") });
        }
    }
    Ok(body)
}

/// The SEQ groups: the product and Bilanzkreis of a supply, or the Messstellenbetreiber of the locations.
fn sequences(utilmd: &Utilmd, body: &mut Vec<Segment>) {
    if let Some(supply) = &utilmd.supply {
        body.extend([seg("SEQ", &["Z79", "1"]), seg("PIA", &["5"]).with(&[&supply.product, "Z11"]), seg("CCI", &["Z66"])]);
        body.push(seg("CAV", &[]).with(&["ZV4", "", "", &supply.bilanzkreis]));
        body.extend([seg("SEQ", &["ZH0", "1"]), seg("CCI", &["Z65", "", "", "Z01"]), seg("SEQ", &["Z01"])]);
        body.extend([seg("CCI", &["", "", "Z15"]), seg("SEQ", &["Z75"]), seg("CCI", &["Z61", "", "ZF9"]), seg("CAV", &["ZU5"])]);
    }
    let Some(msb) = utilmd.msb else { return };
    let role = || seg("CCI", &["", "", "ZB3"]);
    body.push(seg("RFF", &["Z60:1"]));
    if let Some(nelo) = &utilmd.nelo {
        body.extend([seg("SEQ", &["ZD7"]), seg("RFF", &[&format!("Z32:{nelo}")]), role(), seg("CAV", &[&format!("Z91:{msb}::Z39")])]);
    }
    body.extend([seg("SEQ", &["Z98"]), role(), seg("CAV", &[&format!("Z91:{msb}::Z39:Z19")])]);
    if let Some(melo) = &utilmd.melo {
        body.extend([seg("SEQ", &["ZF3"]), seg("RFF", &[&format!("Z19:{melo}")]), role()]);
        body.extend([seg("CAV", &[&format!("Z91:{msb}::Z39:Z19")]), seg("CAV", &[&format!("ZF0:{msb}")])]);
    }
}

fn aperak_body(aperak: &Aperak, envelope: &Envelope) -> Vec<Segment> {
    let code = if aperak.finding == Finding::Recognised { "312" } else { "313" };
    let mut body = header(code, &aperak.document, envelope);
    body.push(seg("RFF", &[]).with(&["ACE", &aperak.original_interchange]));
    body.push(dtm("171", &format_303(aperak.original_time), "303"));
    let original = || {
        let document = seg("RFF", &[]).with(&["AGO", &aperak.original_document]);
        std::iter::once(document).chain(aperak.original_vorgang.as_ref().map(|number| seg("RFF", &[]).with(&["TN", number])))
    };
    match &aperak.finding {
        Finding::Recognised => {
            body.extend(original());
            body.extend(parties(envelope));
        }
        Finding::Failed { original_message, errors } => {
            body.extend(parties(envelope));
            for AperakError { code, text, location, successor } in errors {
                body.push(seg("ERC", &[&code.to_string()]));
                body.extend(text.as_ref().map(|text| seg("FTX", &["ABO", "", ""]).with(&[text])));
                body.push(seg("RFF", &[]).with(&["ACW", original_message]));
                body.extend(original());
                body.extend(successor.as_ref().map(|number| seg("RFF", &[]).with(&["Z08", number])));
                body.extend(location.as_ref().map(|text| seg("FTX", &["Z02", "", ""]).with(&[text])));
            }
        }
    }
    body
}

fn contrl_body(contrl: &Contrl) -> Vec<Segment> {
    let party = |party: &Party| [party.number.clone(), party.qualifier.clone()];
    let [sender, receiver] = [party(&contrl.original_sender), party(&contrl.original_receiver)];
    let action = if contrl.fault.is_some() { "4" } else { "7" };
    let uci = seg("UCI", &[])
        .with(&[&contrl.original_interchange])
        .with(&sender.each_ref().map(String::as_str))
        .with(&receiver.each_ref().map(String::as_str))
        .with(&[action]);
    let Some(fault) = &contrl.fault else { return vec![uci] };
    let ContrlFault { level, code, segment, message, segment_number, element_number } = fault;
    let code = code.to_string();
    let named = |to: Segment| match segment {
        Some(tag) => to.with(&[&code]).with(&[tag]),
        None => to.with(&[&code]),
    };
    let mut body = vec![if *level == Level::Uci { named(uci) } else { uci }];
    if let Some(message) = message {
        let identifier: Vec<&str> = message.identifier.iter().map(String::as_str).collect();
        let ucm = seg("UCM", &[]).with(&[&message.reference]).with(&identifier).with(&["4"]);
        body.push(if *level == Level::Ucm { named(ucm) } else { ucm });
    }
    if let Some(number) = segment_number {
        let ucs = seg("UCS", &[&number.to_string()]);
        body.push(if *level == Level::Ucs { ucs.with(&[&code]) } else { ucs });
    }
    if let (Level::Ucd, Some(number)) = (level, element_number) {
        body.push(seg("UCD", &[&code, &number.to_string()]));
    }
    body
}

fn dtm(qualifier: &str, value: &str, format: &str) -> Segment {
    seg("DTM", &[]).with(&[qualifier, value, format])
}

/// A segment from elements in which `:` separates components; for texts of our own, never for values.
fn seg(tag: &str, elements: &[&str]) -> Segment {
    let empty = Segment { tag: tag.to_owned(), elements: Vec::new(), bytes: 0..0 };
    elements.iter().fold(empty, |segment, element| segment.with(&element.split(':').collect::<Vec<_>>()))
}

impl Segment {
    /// Appends an element.
    fn with(mut self, components: &[&str]) -> Self {
        self.elements.push(Element { components: components.iter().map(|c| (*c).to_owned()).collect(), position: 0 });
        self
    }
}

fn render(segments: &[Segment]) -> Result<Vec<u8>, WriteError> {
    let unwritable =
        |segment: &Segment, text: &str, reason| WriteError::Unwritable { segment: segment.tag.clone(), text: text.to_owned(), reason };
    let failed = |segment: &Segment| unwritable(segment, "", "the encoder refused it");
    let mut writer = Writer::with_una(Vec::new(), ServiceStringAdvice::default())
        .map_err(|_| WriteError::NoForm { what: "UNA".to_owned() })?
        .with_charset(Charset::UnoC);
    for segment in segments {
        if let Some((element, _, _)) = too_long(segment) {
            return Err(unwritable(segment, segment.text(element, 0), "it is too long"));
        }
        let mut elements: Vec<&[String]> = Vec::with_capacity(segment.elements.len());
        for element in &segment.elements {
            if let Some(text) = element.components.iter().find(|text| !is_writable(text)) {
                return Err(unwritable(segment, text, "it has characters outside ISO 8859-1"));
            }
            elements.push(&element.components);
        }
        writer.write_composites(&segment.tag, &elements).map_err(|_| failed(segment))?;
    }
    writer.finish().map_err(|_| WriteError::NoForm { what: "interchange".to_owned() })
}
