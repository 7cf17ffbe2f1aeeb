//! Names come from outside, a message id from whoever writes to us. One that no store takes is refused, and nobody else suffers.

use mako_engine::inbox::InboxKey;
use mako_engine::{Cause, Commit, CommitError, CorrelationKey, Execute, IdempotencyKey, StreamId};

use crate::testing::inquiry::Command;
use crate::testing::{at, by_hand, everywhere, tenant};

#[tokio::test]
async fn and_the_store_goes_on() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let process = house.ask("malo", "partner", at(60)).await;
        for length in [mako_engine::commit::MAX_NAME_BYTES + 1, 40_000, 70_000, 1 << 20] {
            let long = "\0".repeat(length);
            let empty = || Commit::new(tenant(), "s".into(), at(0), Cause::Command("test".to_owned()));
            let inbox = InboxKey { tenant: tenant(), sender: "s".to_owned(), message_id: long.clone() };
            let mut abandons = empty();
            abandons.abandons_inbox = Some((inbox.clone(), 1));
            let stream = Commit { stream: long.as_str().into(), ..empty() };
            let named = Commit { idempotency_key: Some(long.as_str().into()), ..empty() };
            let cancels = Commit { deadlines_cancelled: vec![long.as_str().into()], ..empty() };
            for commit in [abandons, stream, named, cancels] {
                let refused = house.engine.commit(commit).await;
                assert!(matches!(refused, Err(CommitError::NameTooLong { bytes, .. }) if bytes == length), "{refused:?}");
            }
            // Nothing of that name is there, and asking for it harms nobody.
            let store = house.engine.store();
            assert_eq!(store.executed(&tenant(), &IdempotencyKey::new(long.clone())).await.unwrap(), None);
            assert_eq!(store.inbox_entry(&inbox).await.unwrap(), None);
            assert_eq!(store.correlated(&tenant(), &CorrelationKey::new(long.clone())).await.unwrap(), []);
            assert_eq!(store.read_stream(&tenant(), &StreamId::new(long.clone()), 0, 9).await.unwrap(), []);
            let noted = Execute { idempotency_key: None, ..by_hand(Command::Note("still here".to_owned())) };
            process.execute(noted).await.unwrap();
        }
        // The longest of all names fit, each NUL doubled.
        let longest = "\0".repeat(mako_engine::commit::MAX_NAME_BYTES);
        let mut fits = Commit::new(longest.as_str().into(), longest.as_str().into(), at(0), Cause::Command("test".to_owned()));
        fits.idempotency_key = Some(longest.as_str().into());
        house.store.inner.append_with_outbox(fits).await.unwrap();
    })
    .await;
}
