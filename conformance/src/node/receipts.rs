//! What a receipt promises.

use mako_sim::as4::{Digest, Signal, UserMessage};
use mako_sim::plan::CrashPoint;

use super::{NodeSubject, Partner};
use crate::Violation;
use crate::violation::same;

/// # Errors
/// [`Violation`] when the receipt is about something else, or its instant is not that of the receipt.
pub async fn names_what_was_received<S: NodeSubject>(partner: &Partner<S>) -> Result<(), Violation> {
    let message = partner.message("1", partner.request().bytes);
    let sent_at = partner.now();
    let receipt = partner.deliver(&message).await?;
    same("the message that the receipt names", &message.message_id, &receipt.ref_to_message_id)?;
    same("the digest in the receipt", Digest::of(&message.payload), receipt.digest)?;
    // What the wire writes is cut to milliseconds.
    let in_between = sent_at <= receipt.received_at && receipt.received_at <= partner.now();
    same(&format!("{} lies between sending and answer", receipt.received_at), true, in_between)
}

/// # Errors
/// [`Violation`] when what a receipt was given for is gone after a crash.
pub async fn outlives_a_crash<S: NodeSubject>(partner: &Partner<S>) -> Result<(), Violation> {
    let request = partner.request();
    let message = partner.message("1", request.bytes.clone());
    let receipt = partner.deliver(&message).await?;
    partner.door().crash(CrashPoint::Now, 300);
    partner.pass(600).await;
    partner.answers(&request).await?;
    let again = partner.deliver(&message).await?;
    same("the instant of receipt, told again after the crash", receipt.received_at, again.received_at)
}

/// # Errors
/// [`Violation`] when the test service is not answered, or its message goes further.
pub async fn answers_the_test_service<S: NodeSubject>(partner: &Partner<S>) -> Result<(), Violation> {
    use mako_sim::as4::message::{ACTION_TEST, SERVICE_TEST};
    let request = partner.request();
    let ping =
        UserMessage { service: SERVICE_TEST.to_owned(), action: ACTION_TEST.to_owned(), ..partner.message("ping", request.bytes.clone()) };
    partner.deliver(&ping).await?;
    partner.pass(86_400).await;
    same("answers to what went to the test service", 0, partner.messages().len())
}

/// # Errors
/// [`Violation`] when bytes that are no message are answered with a receipt, or keep the next message out.
pub async fn is_given_for_messages_only<S: NodeSubject>(partner: &Partner<S>) -> Result<(), Violation> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let request = partner.request();
    let whole = mako_sim::as4::encode_user_message(&partner.message("1", request.bytes.clone()))
        .map_err(|error| Violation::new(format!("the partner cannot write its message: {error}")))?;
    let lost = |error: std::io::Error| Violation::new(format!("no connection to the node: {error}"));
    // The first half, and then the sender is gone.
    let mut cut = partner.door().connect().await.map_err(lost)?;
    cut.write_all(whole.get(..whole.len() / 2).unwrap_or_default()).await.map_err(lost)?;
    drop(cut);
    // Something else altogether.
    let mut other = partner.door().connect().await.map_err(lost)?;
    other.write_all(b"GET / HTTP/1.1\r\nHost: node\r\n\r\n").await.map_err(lost)?;
    other.shutdown().await.map_err(lost)?;
    let mut answered = Vec::new();
    let _ = other.read_to_end(&mut answered).await;
    let text = String::from_utf8_lossy(&answered).into_owned();
    same("a receipt for bytes that are no message", false, text.contains("NonRepudiationInformation") || text.contains(":Receipt>"))?;
    // And half a message whose sender stays on the line: nobody waits for it.
    let mut stays = partner.door().connect().await.map_err(lost)?;
    stays.write_all(whole.get(..whole.len() / 2).unwrap_or_default()).await.map_err(lost)?;
    let message = partner.message("2", request.bytes.clone());
    let answered = tokio::select! {
        biased;
        answered = partner.send(&message) => answered?,
        () = partner.pass(3_600) => None,
    };
    match answered {
        Some(Signal::Receipt(_)) => {}
        other => {
            return Err(Violation::new(format!("the message after broken ones: expected a receipt within an hour | found {other:?}")));
        }
    }
    partner.answers(&request).await.map(drop)
}
