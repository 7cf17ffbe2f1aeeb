//! Writers on streams of their own never conflict: nothing that all of them write is compared.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use crate::testing::inquiry::Command;
use crate::testing::{at, everywhere};
use futures_util::future::join_all;
use mako_engine::{Cause, Execute};

#[tokio::test]
async fn many_writers_at_once_commit_at_the_first_try() {
    const WRITERS: usize = 128;
    const EACH: usize = 4;
    everywhere(async |place| {
        let house = place.house(at(0));
        let mut processes = Vec::new();
        for number in 0..WRITERS {
            processes.push(house.ask(&number.to_string(), "partner", at(60)).await);
        }
        let refused = AtomicUsize::new(0);
        join_all(processes.iter().map(|process| async {
            for number in 0..EACH {
                let mut execute = Execute::new(Command::Note(number.to_string()), Cause::Command("test".to_owned()));
                // The first conflict would be told.
                execute.retries = 0;
                if process.execute(execute).await.is_err() {
                    refused.fetch_add(1, SeqCst);
                }
            }
        }))
        .await;
        assert_eq!(refused.load(SeqCst), 0);
        let events = house.engine.store().read_all(0, usize::MAX).await.unwrap();
        assert_eq!(events.len(), WRITERS * (1 + EACH));
    })
    .await;
}
