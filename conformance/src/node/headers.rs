//! Which ebMS headers a node takes.

use mako_sim::as4::message::{ACTION_CONFIRM_SWITCH, ACTION_REQUEST_SWITCH, PartyId, SERVICE_OTHER, SERVICE_POWER_PLANT, SERVICE_SCHEDULE};
use mako_sim::as4::{Severity, Signal, UserMessage};

use super::{NodeSubject, Partner};
use crate::Violation;
use crate::violation::same;

/// # Errors
/// [`Violation`] when a message with a wrong header is taken, or refused in a way that invites to try again.
pub async fn wrong_ones_are_refused<S: NodeSubject>(partner: &Partner<S>) -> Result<(), Violation> {
    let request = partner.request();
    let right = partner.message("0", request.bytes.clone());
    let with =
        |what: &str, message: UserMessage| (what.to_owned(), UserMessage { message_id: format!("{what}@{}", S::PARTNER), ..message });
    let wrong = [
        with("agreement", UserMessage { agreement: "https://example.org/agreement".to_owned(), ..right.clone() }),
        with("service", UserMessage { service: SERVICE_SCHEDULE.to_owned(), ..right.clone() }),
        with("service-so", UserMessage { service: SERVICE_OTHER.to_owned(), ..right.clone() }),
        with("service-kw", UserMessage { service: SERVICE_POWER_PLANT.to_owned(), ..right.clone() }),
        with("action", UserMessage { action: ACTION_REQUEST_SWITCH.to_owned(), ..right.clone() }),
        with("action-confirm", UserMessage { action: ACTION_CONFIRM_SWITCH.to_owned(), ..right.clone() }),
        with("conversation", UserMessage { conversation_id: "1".to_owned(), ..right.clone() }),
        with("recipient", UserMessage { to: PartyId::market(S::PARTNER), ..right.clone() }),
        with("type-of-sender", UserMessage { from: PartyId { id_type: PartyId::DVGW.to_owned(), ..right.from.clone() }, ..right.clone() }),
    ];
    for (what, message) in wrong {
        match partner.send(&message).await? {
            Some(Signal::Error(error)) => {
                same(&format!("the severity of the error for a wrong {what}"), Severity::Failure, error.severity)?;
            }
            other => {
                let found = if other.is_some() { "a receipt" } else { "no answer" };
                return Err(Violation::new(format!("a message with a wrong {what}: expected an ebMS error | found {found}")));
            }
        }
    }
    partner.pass(86_400).await;
    same("answers to messages with wrong headers", 0, partner.messages().len())?;
    // The same request with the right one is no duplicate of what was refused.
    partner.deliver(&right).await?;
    partner.answers(&request).await.map(drop)
}
