//! A dead letter is as whole after a restart as it was when it was committed: the reason, and every field of its audit.

use crate::testing::{at, everywhere, tenant};
use mako_engine::dead_letter::{AuditContext, DeadLetter, DeadLetterReason};
use mako_engine::{Cause, Commit, Id};

fn audit() -> AuditContext {
    AuditContext::at(at(7))
        .message_type("UTILMD")
        .release_code("S2.1")
        .pid("55001")
        .sender_mp_id("9900000000002")
        .receiver_mp_id("9900000000001")
        .message_reference("IC1/1")
        .process("inquiry/1")
        .tenant(tenant())
        .correlation_id("0192f0c1@partner")
}

/// One letter of every reason.
fn letters() -> Vec<DeadLetter> {
    let (audit, text) = (|| Box::new(audit()), || "text".to_owned());
    let reasons = [
        DeadLetterReason::UnknownPid { message_type: text(), pid: None, audit: audit() },
        DeadLetterReason::UnknownConversation { references: vec![text()], audit: audit() },
        DeadLetterReason::VersionMismatch { expected: text(), received: text(), audit: audit() },
        DeadLetterReason::DuplicateMessage { audit: audit() },
        DeadLetterReason::ProcessingError { detail: text(), audit: audit() },
        DeadLetterReason::Unreadable { detail: text(), audit: audit() },
        DeadLetterReason::Refused { answer: text(), audit: audit() },
        DeadLetterReason::OutboxExhausted {
            message_id: Id::from_u128(1),
            kind: text(),
            recipient: text(),
            last_error: text(),
            attempts: 6,
            audit: audit(),
        },
        DeadLetterReason::Undecodable { what: text(), detail: text(), audit: audit() },
    ];
    reasons.map(|reason| DeadLetter { about: reason.label().to_owned(), reason }).into()
}

#[tokio::test]
async fn with_every_field() {
    let fields = serde_json::to_value(audit()).unwrap();
    assert_eq!(fields.as_object().unwrap().len(), 10, "a field that this test does not set could get lost unseen: {fields}");
    everywhere(async |place| {
        let mut commit = Commit::new(tenant(), "boundary".into(), at(7), Cause::Command("test".to_owned()));
        commit.dead_letters = letters();
        place.open().append_with_outbox(commit).await.unwrap();

        let stored = place.open().dead_letters().await.unwrap().rows;
        assert_eq!(stored, letters());
        assert!(stored.iter().all(|letter| *letter.reason.audit() == audit() && letter.at() == at(7)));
    })
    .await;
}
