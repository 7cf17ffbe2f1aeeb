//! Views are the only rows whose names and keys are anybody's choice. Whatever they are called, they stand in a space of their own.

use crate::testing::watched::picture;
use crate::testing::{at, everywhere, tenant};
use mako_engine::projection::{Projection, ProjectionRunner, Rows, ViewName};
use mako_engine::store::{RecordedEvent, StoreError};

/// Names and keys that look like tables of the engine, like parts of keys, or like the end of a range.
const ADVERSARIAL: [&str; 12] =
    ["", "E", "O", "R", "V", "W", "\0", "E\0t", "../E", "om/", "9900000000001\0inquiry", "\u{10ffff}\u{10ffff}"];

/// Writes under every key, and deletes under every other.
struct Vandal(String);

#[async_trait::async_trait]
impl Projection for Vandal {
    fn view(&self) -> ViewName {
        ViewName::new(self.0.clone(), u32::MAX)
    }

    async fn apply(&self, event: &RecordedEvent, rows: &mut Rows<'_>) -> Result<(), StoreError> {
        for (number, key) in ADVERSARIAL.iter().enumerate() {
            if number % 2 == 0 {
                rows.put(key, &event.position)?;
            } else {
                rows.delete(key);
            }
        }
        Ok(())
    }
}

#[tokio::test]
async fn whatever_it_and_its_keys_are_called() {
    everywhere(async |place| {
        let house = place.house(at(0));
        house.accept("a message").await;
        for malo in ["a", "b"] {
            house.ask(malo, "partner", at(60)).await;
        }
        let before = picture(house.engine.store(), &tenant()).await;
        for name in ADVERSARIAL {
            let last = ProjectionRunner::new(house.engine.clone(), Vandal(name.to_owned())).catch_up().await.unwrap();
            assert_eq!(picture(house.engine.store(), &tenant()).await, before, "view {name:?}");
            // Nor do views reach each other.
            let rows = house.engine.store().view_rows(&ViewName::new(name, u32::MAX), b"", 99).await.unwrap();
            assert_eq!((last, rows.len()), (2, ADVERSARIAL.len() / 2), "view {name:?}");
        }
    })
    .await;
}
