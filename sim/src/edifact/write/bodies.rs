//! What stands between UNH and UNT, per message type, in the order of the Nachrichtenbeschreibungen.

use super::render::{dtm, seg};
use super::{Envelope, WriteError};
use crate::edifact::aperak::{Aperak, AperakError, Finding};
use crate::edifact::auftrag;
use crate::edifact::contrl::{Contrl, ContrlFault};
use crate::edifact::identifier::MpId;
use crate::edifact::interchange::{Party, PlainSegment, Segment};
use crate::edifact::message::OtherMessage;
use crate::edifact::summenzeitreihe;
use crate::edifact::syntax::Level;
use crate::edifact::utilmd::{Utilmd, form};
use crate::edifact::wire_time::{format_102, format_303};

fn header(code: &str, document: &str, envelope: &Envelope) -> Vec<Segment> {
    vec![seg("BGM", &[code]).with(&[document]), dtm("137", &format_303(envelope.prepared_at), "303")]
}

fn parties(envelope: &Envelope) -> [Segment; 2] {
    let nad = |qualifier, id: MpId| seg("NAD", &[qualifier, &format!("{id}::{}", id.issuer().nad_agency())]);
    [nad("MS", envelope.sender), nad("MR", envelope.receiver)]
}

pub(super) fn utilmd_body(utilmd: &Utilmd, envelope: &Envelope) -> Result<Vec<Segment>, WriteError> {
    let Some(form) = form(utilmd.pid) else {
        return Err(WriteError::NoForm { what: format!("PID {}", utilmd.pid) });
    };
    let mut body = header(form.document_code, &utilmd.document, envelope);
    body.extend(parties(envelope));
    body.push(seg("IDE", &["24"]).with(&[&utilmd.vorgang]));
    body.extend(utilmd.service_begin.map(|at| dtm("76", &format_303(at), "303")));
    body.extend(utilmd.begin.map(|at| dtm("92", &format_303(at), "303")));
    body.extend(utilmd.end.map(|at| dtm("93", &format_303(at), "303")));
    body.extend(utilmd.contract_end.map(|at| dtm("471", &format_303(at), "303")));
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
    // UTILMD Gas has one qualifier for both.
    let (malo, melo) = if envelope.release.starts_with('G') { ("172", "172") } else { ("Z16", "Z17") };
    body.extend(utilmd.malo.map(|id| seg("LOC", &[malo, &id.to_string()])));
    body.extend(utilmd.melo.as_ref().map(|id| seg("LOC", &[melo, &id.to_string()])));
    body.push(seg("RFF", &[&format!("Z13:{}", utilmd.pid)]));
    body.extend(utilmd.request_vorgang.as_ref().map(|number| seg("RFF", &[]).with(&["TN", number])));
    body.extend(utilmd.takes_back.as_ref().map(|number| seg("RFF", &[]).with(&["ACW", number])));
    sequences(utilmd, &mut body);
    if let Some(name) = &utilmd.customer {
        body.push(seg("NAD", &["Z09", "", ""]).with(&[name, "", "", "", "", "Z02"]));
    }
    if let Some(to) = &utilmd.correspondence {
        let nad = seg("NAD", &["Z04", "", ""]).with(&[&to.name, "", "", "", "", "Z02"]);
        body.push(nad.with(&[&to.street]).with(&[&to.city]).with(&[""]).with(&[&to.postal_code]).with(&[&to.country]));
    }
    body.extend(utilmd.supplier.map(|id| seg("NAD", &["VY", &format!("{id}::{}", id.issuer().nad_agency())])));
    for (tag, qualifier) in form.required {
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

pub(super) fn aperak_body(aperak: &Aperak, envelope: &Envelope) -> Result<Vec<Segment>, WriteError> {
    if matches!(&aperak.finding, Finding::Failed { errors, .. } if errors.is_empty()) {
        return Err(contradiction("ERC", "an APERAK 313 names at least one error"));
    }
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
    Ok(body)
}

/// What stood between UNH and UNT, as it was read; in a message that was never sent, what only the envelope knows is filled in.
pub(super) fn other_body(other: &OtherMessage, envelope: &Envelope) -> Result<Vec<Segment>, WriteError> {
    if other.segments.is_empty() {
        return Err(WriteError::NoForm { what: other.message_type.clone() });
    }
    let plain = |segment: &PlainSegment| {
        segment
            .elements
            .iter()
            .fold(seg(&segment.tag, &[]), |built, element| built.with(&element.iter().map(String::as_str).collect::<Vec<_>>()))
    };
    let [from, to] = parties(envelope);
    let filled = |segment: &PlainSegment| match segment {
        blank if *blank == auftrag::blank("DTM", "137") => dtm("137", &format_303(envelope.prepared_at), "303"),
        blank if *blank == auftrag::blank("NAD", "MS") => from.clone(),
        blank if *blank == auftrag::blank("NAD", "MR") => to.clone(),
        read => plain(read),
    };
    let written = |segment: &PlainSegment| match summenzeitreihe::written(segment) {
        Some(many) => many.iter().map(plain).collect(),
        None => vec![filled(segment)],
    };
    Ok(other.segments.iter().flat_map(written).collect())
}

fn contradiction(segment: &str, reason: &'static str) -> WriteError {
    WriteError::Unwritable { segment: segment.to_owned(), text: String::new(), reason }
}

pub(super) fn contrl_body(contrl: &Contrl) -> Result<Vec<Segment>, WriteError> {
    let party = |party: &Party| [party.number.clone(), party.qualifier.clone()];
    let [sender, receiver] = [party(&contrl.original_sender), party(&contrl.original_receiver)];
    let action = if contrl.fault.is_some() { "4" } else { "7" };
    let uci = seg("UCI", &[])
        .with(&[&contrl.original_interchange])
        .with(&sender.each_ref().map(String::as_str))
        .with(&receiver.each_ref().map(String::as_str))
        .with(&[action]);
    let Some(fault) = &contrl.fault else { return Ok(vec![uci]) };
    let ContrlFault { level, code, segment, message, segment_number, element_number } = fault;
    let level_has = [segment.is_none(), message.is_some(), segment_number.is_some(), element_number.is_some()];
    let fits = match level {
        Level::Uci => matches!(level_has, [_, false, false, false]),
        Level::Ucm => matches!(level_has, [_, true, false, false]),
        Level::Ucs => matches!(level_has, [true, true, true, false]),
        Level::Ucd => matches!(level_has, [true, true, true, true]),
    };
    if !fits {
        return Err(contradiction("UCI", "the fault names more or less than its level has"));
    }
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
    Ok(body)
}
