//! How a node repeats what its partner did not acknowledge.

use mako_engine::Timestamp;

use super::{Heard, NodeSubject, Partner, Request, Taking};
use crate::Violation;
use crate::violation::same;

const HOUR_S: i64 = 3_600;

/// Sends a request and returns it once the first try of some answer is there, at the latest after a day.
async fn asked<S: NodeSubject>(partner: &Partner<S>) -> Result<Request, Violation> {
    let request = partner.request();
    partner.deliver(&partner.message("1", request.bytes.clone())).await?;
    partner.wait(24 * HOUR_S, |partner| partner.count() > 0).await;
    Ok(request)
}

/// The tries of each message, by MessageId.
fn by_message(heard: &[Heard]) -> std::collections::BTreeMap<String, Vec<Heard>> {
    let mut tries = std::collections::BTreeMap::<_, Vec<Heard>>::new();
    for one in heard {
        tries.entry(one.message.message_id.clone()).or_default().push(one.clone());
    }
    tries
}

/// How often the message was tried that came first. Another one that waits behind it is no try of it.
fn tries_of_the_first(heard: &[Heard]) -> usize {
    let is_first = |one: &&Heard| heard.first().is_some_and(|first| first.message.message_id == one.message.message_id);
    heard.iter().filter(is_first).count()
}

/// # Errors
/// [`Violation`] when a try carries another MessageId or other bytes, or when there are too few, too many or no more.
pub async fn carry_one_message_id<S: NodeSubject>(partner: &Partner<S>) -> Result<(), Violation> {
    partner.takes(Taking::HangUp);
    let request = asked(partner).await?;
    partner.pass(HOUR_S).await;
    let heard = partner.heard();
    let tries = by_message(&heard);
    if tries.is_empty() || tries.len() > 2 {
        let ids: Vec<&String> = tries.keys().collect();
        return Err(Violation::new(format!(
            "MessageIds in an hour without receipts: expected those of at most two answers | found {ids:?}"
        )));
    }
    for (id, tries) in &tries {
        let repeated = tries.len() > 1 && tries.len() <= 60;
        same(&format!("{} tries of {id} in an hour are more than one and at most one a minute", tries.len()), true, repeated)?;
        let bytes: std::collections::BTreeSet<&[u8]> = tries.iter().map(|heard| heard.message.payload.as_slice()).collect();
        same(&format!("payloads under the MessageId {id}"), 1, bytes.len())?;
    }
    partner.takes(Taking::Receipt);
    partner.answers(&request).await?;
    // What has its receipt is not sent again.
    let known = partner.heard().len();
    partner.pass(S::RETRY_HORIZON_S).await;
    same("tries after the receipt", known, partner.heard().len())
}

/// # Errors
/// [`Violation`] when the node gives up early or goes on for ever.
pub async fn end_with_the_horizon<S: NodeSubject>(partner: &Partner<S>) -> Result<(), Violation> {
    partner.takes(Taking::HangUp);
    asked(partner).await?;
    let Some(first) = partner.heard().into_iter().next() else {
        return Err(Violation::new("the first try of an answer: expected within a day | found none".to_owned()));
    };
    partner.pass(S::RETRY_HORIZON_S + 8 * HOUR_S).await;
    let instants = || {
        let same_id = |heard: &Heard| heard.message.message_id == first.message.message_id;
        partner.heard().into_iter().filter(same_id).map(|heard| heard.at).collect::<Vec<Timestamp>>()
    };
    let tries = instants();
    let last_s = tries.last().map_or(0, |at| at.ms_since(first.at) / 1_000);
    let held_out = last_s >= S::RETRY_HORIZON_S - HOUR_S && last_s <= S::RETRY_HORIZON_S + HOUR_S;
    let (found, told) = (last_s / HOUR_S, S::RETRY_HORIZON_S / HOUR_S);
    same(&format!("the last try comes {found} h after the first: about {told} h"), true, held_out)?;
    partner.pass(2 * S::RETRY_HORIZON_S).await;
    same("tries of a message before and after it was given up", tries.len(), instants().len())
}

/// # Errors
/// [`Violation`] when a late receipt is not awaited by new tries of the same message, or is followed by a new message.
pub async fn go_on_until_a_receipt_is_in_time<S: NodeSubject>(partner: &Partner<S>) -> Result<(), Violation> {
    partner.takes(Taking::Late(HOUR_S));
    let request = asked(partner).await?;
    partner.pass(HOUR_S / 2).await;
    let waiting = tries_of_the_first(&partner.heard());
    same(&format!("{waiting} tries within half an hour whose receipts take an hour: it tries again"), true, waiting > 1)?;
    partner.takes(Taking::Receipt);
    partner.pass(2 * HOUR_S).await;
    partner.answers(&request).await.map(drop)
}

/// # Errors
/// [`Violation`] when a receipt about other bytes counts.
pub async fn go_on_until_a_receipt_fits<S: NodeSubject>(partner: &Partner<S>) -> Result<(), Violation> {
    partner.takes(Taking::WrongDigest);
    let request = asked(partner).await?;
    partner.pass(HOUR_S / 2).await;
    let waiting = tries_of_the_first(&partner.heard());
    same(&format!("{waiting} tries within half an hour of receipts about other bytes: it tries again"), true, waiting > 1)?;
    partner.takes(Taking::Receipt);
    partner.answers(&request).await.map(drop)
}

/// # Errors
/// [`Violation`] when a message that was refused for good is sent again.
pub async fn end_with_a_refusal<S: NodeSubject>(partner: &Partner<S>) -> Result<(), Violation> {
    partner.takes(Taking::Refuse);
    asked(partner).await?;
    partner.pass(S::RETRY_HORIZON_S).await;
    let most = by_message(&partner.heard()).into_values().map(|tries| tries.len()).max().unwrap_or(0);
    same("tries of a message whose recipient refuses it for good", 1, most)
}
