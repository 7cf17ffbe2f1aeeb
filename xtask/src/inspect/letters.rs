//! Dead letters: why, what is known, and what can be done.

use anyhow::Context as _;
use mako_engine::dead_letter::{AuditContext, DeadLetterStore as _, KeptLetter, Origin};
use mako_engine::fristen::berlin;
use mako_engine::inbox::InboxStore as _;
use serde_json::{Value, json};

use super::table::Table;
use super::views::{Store, rows};

/// Every dead letter, a line each.
pub(super) async fn all(store: &Store) -> anyhow::Result<Table> {
    let mut table = Table::new(&["no", "tenant", "at", "reason", "about", "detail", "what to do"]);
    for kept in rows(store.dead_letters_after(0, usize::MAX).await?) {
        let reason = &kept.letter.reason;
        let tenant = reason.audit().tenant.as_ref().map(ToString::to_string);
        table.row([
            json!(kept.number),
            json!(tenant),
            json!(kept.letter.at().to_string()),
            json!(reason.label()),
            json!(kept.letter.about),
            json!(reason.to_string()),
            json!(kept.remedy()),
        ]);
    }
    Ok(table)
}

/// Everything about one.
pub(super) async fn one(store: &Store, number: u64) -> anyhow::Result<Table> {
    let unknown = || format!("there is no dead letter {number} here: `inspect DIR dead-letters` lists them");
    let kept = store.dead_letter(number).await?.with_context(unknown)?;
    let KeptLetter { letter, origin, put_back, .. } = &kept;
    let mut table = Table::new(&["what", "value"]);
    let mut line = |what: &str, value: Value| table.row([json!(what), value]);
    line("no", json!(number));
    line("about", json!(letter.about));
    line("reason", json!(letter.reason.label()));
    line("detail", json!(letter.reason.to_string()));
    line("at", json!(letter.at().to_string()));
    line("local", json!(berlin::moment_text(letter.at())));
    for (what, value) in known(letter.reason.audit()) {
        line(what, json!(value));
    }
    match origin {
        Some(Origin::Received { key, part, outcome }) => {
            line("came from", json!(format!("the inbox: part {part} of {key}")));
            line("settled as", json!(outcome));
            if let Some(entry) = store.inbox_entry(key).await? {
                line("received", json!(entry.received_at.to_string()));
            }
            let bytes = store.inbox_payload(key).await?;
            line("bytes", json!(bytes.map_or_else(|| "forgotten".to_owned(), |bytes| bytes.escape_ascii().to_string())));
        }
        Some(Origin::GivenUp(id)) => {
            line("came from", json!(format!("the outbox: message {id}")));
            match store.given_up(*id).await? {
                Some(message) => {
                    line("queued", json!(message.queued_at.to_string()));
                    line("channel", json!(message.message.channel));
                    line("content", message.message.payload);
                }
                None => line("content", json!("not kept any more")),
            }
        }
        None => line("came from", Value::Null),
    }
    if let Some(note) = put_back {
        line("put back", json!(note.at.to_string()));
        line("put back by", json!(note.by));
        line("because", json!(note.because));
        line("event", json!(note.position));
    }
    line("what to do", json!(kept.remedy()));
    Ok(table)
}

/// What is known of the message, by name.
fn known(audit: &AuditContext) -> impl Iterator<Item = (&'static str, &str)> {
    let fields = [
        ("tenant", audit.tenant.as_ref().map(|tenant| tenant.as_str())),
        ("message type", audit.message_type.as_deref()),
        ("release", audit.release_code.as_deref()),
        ("PID", audit.pid.as_deref()),
        ("from", audit.sender_mp_id.as_deref()),
        ("to", audit.receiver_mp_id.as_deref()),
        ("reference", audit.message_reference.as_deref()),
        ("process", audit.process.as_ref().map(|process| process.as_str())),
        ("correlation id", audit.correlation_id.as_deref()),
    ];
    fields.into_iter().filter_map(|(name, value)| value.map(|value| (name, value)))
}
