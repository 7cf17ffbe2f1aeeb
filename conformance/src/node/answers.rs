//! What a node answers to an interchange, and until when.

use mako_engine::fristen::Sparte;
use mako_engine::version::release_of;

use super::{Heard, NodeSubject, Partner, Request};
use crate::Violation;
use crate::node::said::Said;
use crate::violation::same;

/// APERAK within 45 minutes, between Strom partners who do business every day. Source: APERAK AHB 1.1, 2.4.1.
const APERAK_S: i64 = 45 * 60;
/// CONTRL within six hours. Source: CONTRL AHB, Übertragungsprotokoll.
const CONTRL_S: i64 = 6 * 3_600;

/// Delivers `bytes`, waits a day, and returns everything that came, with how many seconds after the receipt.
async fn told<S: NodeSubject>(partner: &Partner<S>, bytes: Vec<u8>) -> Result<Vec<(i64, Heard, Said)>, Violation> {
    let receipt = partner.deliver(&partner.message("1", bytes)).await?;
    partner.pass(86_400).await;
    let after = |heard: &Heard| heard.at.ms_since(receipt.received_at) / 1_000;
    Ok(partner.messages().into_iter().map(|(heard, said)| (after(&heard), heard, said)).collect())
}

fn within(what: &str, limit_s: i64, seconds: i64) -> Result<(), Violation> {
    same(&format!("{what} comes {seconds} s after the receipt: within {limit_s} s"), true, seconds <= limit_s)
}

fn listed(told: &[(i64, Heard, Said)]) -> Vec<String> {
    told.iter().map(|(_, _, said)| said.to_string()).collect()
}

/// # Errors
/// [`Violation`] when a good message is not acknowledged in time, or not decided.
pub async fn acknowledge_in_time<S: NodeSubject>(partner: &Partner<S>) -> Result<(), Violation> {
    let request = partner.request();
    let receipt = partner.deliver(&partner.message("1", request.bytes.clone())).await?;
    let answers = partner.answers(&request).await?;
    partner.answered_once(&request)?;
    let acknowledged = answers.iter().find(|(_, said)| said.is_acknowledgement());
    let at = acknowledged.map_or(i64::MAX, |(heard, _)| heard.at.ms_since(receipt.received_at) / 1_000);
    within("the APERAK", APERAK_S, at)
}

/// # Errors
/// [`Violation`] when an interchange whose counts are wrong is not refused with CONTRL, in time, and without any other answer.
pub async fn refuse_bad_syntax<S: NodeSubject>(partner: &Partner<S>) -> Result<(), Violation> {
    let told = told(partner, with_wrong_count(&partner.request())?).await?;
    let [(seconds, _, said)] = told.as_slice() else {
        return Err(Violation::new(format!("to a wrong count in UNZ: expected one CONTRL 4 | found {:?}", listed(&told))));
    };
    same("the answer to a wrong count in UNZ", "CONTRL 4 29", said.to_string().as_str())?;
    within("the CONTRL", CONTRL_S, *seconds)
}

/// # Errors
/// [`Violation`] when a Marktlokation whose check digit is wrong is not refused with APERAK 313 and a code, in time.
pub async fn refuse_what_cannot_be_processed<S: NodeSubject>(partner: &Partner<S>) -> Result<(), Violation> {
    let Request { bytes, .. } = partner.request();
    let told = told(partner, with_wrong_check_digit(&bytes)?).await?;
    let [(seconds, _, said)] = told.as_slice() else {
        return Err(Violation::new(format!("to a wrong check digit: expected one APERAK 313 | found {:?}", listed(&told))));
    };
    let fits = said.message_type == "APERAK" && said.kind == "313" && !said.codes.is_empty();
    same(&format!("`{said}` is an APERAK 313 with a code"), true, fits)?;
    within("the APERAK", APERAK_S, *seconds)
}

/// # Errors
/// [`Violation`] when an acknowledgement is acknowledged: two nodes would never be done.
pub async fn never_answer_an_acknowledgement<S: NodeSubject>(partner: &Partner<S>) -> Result<(), Violation> {
    let request = partner.request();
    partner.deliver(&partner.message("1", request.bytes.clone())).await?;
    let answers = partner.answers(&request).await?;
    let Some((heard, said)) = answers.iter().find(|(_, said)| said.is_acknowledgement()) else { return Ok(()) };
    // Its own acknowledgement comes back, as if it were the partner's for a message of the node.
    let (me, partner_id) = (S::ME.as_bytes(), S::PARTNER.as_bytes());
    let swapped = swap(&heard.message.payload, me, partner_id);
    // In the release in force: which one the node writes is another question.
    let in_force = release_of("APERAK", Sparte::Strom, partner.now()).unwrap_or(&said.release);
    let swapped = replaced(&swapped, format!(":UN:{}'", said.release).as_bytes(), format!(":UN:{in_force}'").as_bytes())?;
    let known = partner.messages().len();
    partner.deliver(&partner.message("2", swapped)).await?;
    partner.pass(2 * 86_400).await;
    let new: Vec<String> = partner.messages().into_iter().skip(known).map(|(_, said)| said.to_string()).collect();
    same("answers to an APERAK", Vec::<String>::new(), new)
}

/// # Errors
/// [`Violation`] when bytes that are no interchange have an effect on the partner, or on the next message.
pub async fn survive_garbage<S: NodeSubject>(partner: &Partner<S>) -> Result<(), Violation> {
    for (number, bytes) in [&b"\xff\xfe\0\0"[..], b"UNA:+.? '", b"UNB+UNOC:3", b"<xml/>"].into_iter().enumerate() {
        partner.deliver(&partner.message(&format!("garbage-{number}"), bytes.to_vec())).await?;
    }
    let request = partner.request();
    partner.deliver(&partner.message("1", request.bytes.clone())).await?;
    partner.answers(&request).await.map(drop)
}

/// `bytes` with `old` replaced by `new`, which stands there once.
fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Result<Vec<u8>, Violation> {
    match bytes.windows(old.len()).position(|window| window == old) {
        Some(at) => Ok([bytes.get(..at).unwrap_or_default(), new, bytes.get(at + old.len()..).unwrap_or_default()].concat()),
        None => Err(Violation::new(format!("the subject's request has no `{}`", String::from_utf8_lossy(old)))),
    }
}

/// The interchange of `request` with a wrong count in UNZ.
pub(super) fn with_wrong_count(request: &Request) -> Result<Vec<u8>, Violation> {
    replaced(&request.bytes, b"UNZ+1+", b"UNZ+2+")
}

/// The last digit of the first Marktlokation, LOC+Z16, is another one.
fn with_wrong_check_digit(bytes: &[u8]) -> Result<Vec<u8>, Violation> {
    const TAG: &[u8] = b"LOC+Z16+";
    let mut changed = replaced(bytes, TAG, TAG)?;
    let at = changed.windows(TAG.len()).position(|window| window == TAG).unwrap_or(0) + TAG.len();
    if let Some(digit) = changed.get_mut(at + 10) {
        *digit = if *digit == b'9' { b'0' } else { *digit + 1 };
    }
    Ok(changed)
}

/// `bytes` with every `one` where `other` stood, and the other way round.
fn swap(bytes: &[u8], one: &[u8], other: &[u8]) -> Vec<u8> {
    let mut swapped = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first() {
        if let Some(tail) = rest.strip_prefix(one) {
            swapped.extend_from_slice(other);
            rest = tail;
        } else if let Some(tail) = rest.strip_prefix(other) {
            swapped.extend_from_slice(one);
            rest = tail;
        } else {
            swapped.push(*first);
            rest = tail;
        }
    }
    swapped
}
