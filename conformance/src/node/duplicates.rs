//! What comes twice.

use super::{NodeSubject, Partner};
use crate::Violation;
use crate::violation::same;

/// # Errors
/// [`Violation`] when a repeated message has a second effect, or another receipt.
pub async fn under_one_message_id_have_one_effect<S: NodeSubject>(partner: &Partner<S>) -> Result<(), Violation> {
    let request = partner.request();
    let message = partner.message("1", request.bytes.clone());
    let first = partner.deliver(&message).await?;
    // At once, after a minute, after a day, and shortly before a sender gives up that holds out as long as the node does.
    for seconds in [0, 60, 86_400, S::RETRY_HORIZON_S - 86_400 - 180] {
        partner.pass(seconds).await;
        let again = partner.deliver(&message).await?;
        same("the instant of receipt, told again", first.received_at, again.received_at)?;
    }
    partner.answers(&request).await.map(drop)
}

/// # Errors
/// [`Violation`] when an interchange that comes under a second MessageId is decided again, or not refused.
pub async fn are_told_by_interchange_too<S: NodeSubject>(partner: &Partner<S>) -> Result<(), Violation> {
    let request = partner.request();
    partner.deliver(&partner.message("1", request.bytes.clone())).await?;
    partner.answers(&request).await?;
    // An application that repeats without knowing AS4: new MessageId, same interchange.
    partner.deliver(&partner.message("2", request.bytes.clone())).await?;
    partner.pass(86_400).await;
    let decisions = partner.about(&request).into_iter().filter(|(_, said)| said.message_type == "UTILMD").count();
    same("decisions about one interchange that came under two MessageIds", 1, decisions)?;
    let refused = partner.about(&request).into_iter().filter(|(_, said)| said.to_string().starts_with("CONTRL 4 26")).count();
    same("CONTRL 4 with code 26 for the second one", 1, refused)
}
