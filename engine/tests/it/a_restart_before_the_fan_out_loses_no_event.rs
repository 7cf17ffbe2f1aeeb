//! An event is fanned out from the log, not from memory: what a restart came between reaches views and partners after it, once.

use crate::testing::{at, everywhere};
use mako_engine::projection::{Projection, ProjectionRunner, Rows, ViewName};
use mako_engine::store::{RecordedEvent, StoreError};

/// How often each event was seen.
struct Seen;

#[async_trait::async_trait]
impl Projection for Seen {
    fn view(&self) -> ViewName {
        ViewName::new("seen", 1)
    }

    async fn apply(&self, event: &RecordedEvent, rows: &mut Rows<'_>) -> Result<(), StoreError> {
        let key = event.position.to_string();
        let times: u32 = rows.get(&key).await?.unwrap_or_default();
        rows.put(&key, &(times + 1))
    }
}

#[tokio::test]
async fn views_and_partners_get_it_after_the_restart_and_once() {
    everywhere(async |place| {
        // Committed, and the process is gone before any worker had its turn.
        let house = place.house(at(0));
        house.ask("a", "partner", at(86_400)).await;
        ProjectionRunner::new(house.engine.clone(), Seen).catch_up().await.unwrap();
        house.ask("b", "partner", at(86_400)).await;
        drop(house);

        let house = place.house(at(1));
        // Nobody has to commit anything for the old events to come.
        let runner = ProjectionRunner::new(house.engine.clone(), Seen);
        assert_eq!(runner.catch_up().await.unwrap(), 2);
        for position in ["1", "2"] {
            assert_eq!(runner.row::<u32>(position).await.unwrap(), Some(1), "event {position}");
        }
        let (mut postman, partners) = house.postman();
        postman.run_until_quiet();
        assert_eq!(partners.tries().len(), 2);
        drop((postman, runner, house));

        let house = place.house(at(2));
        let (mut postman, partners) = house.postman();
        postman.run_until_quiet();
        assert_eq!(partners.tries(), [], "what was settled does not leave again");
    })
    .await;
}
