//! Views are the only rows whose names and keys are anybody's choice. Whatever they are called, they stand in a space of their own.

use crate::testing::watched::picture;
use crate::testing::{at, everywhere, tenant};
use mako_engine::projection::{Projection, ProjectionRunner, Rows, ViewName};
use mako_engine::store::{RecordedEvent, StoreError};

/// Names and keys that look like tables of the engine, like parts of keys, or like the end of a range.
const ADVERSARIAL: [&str; 13] =
    ["", "E", "O", "R", "V", "W", "\0", "\0\0\0\u{1}", "E\0t", "../E", "om/", "9900000000001\0inquiry", "\u{10ffff}\u{10ffff}"];

/// One of them is also a name, byte for byte.
const VERSIONS: [u32; 2] = [1, u32::MAX];

/// Writes under every key, and deletes under every other.
struct Vandal(ViewName);

#[async_trait::async_trait]
impl Projection for Vandal {
    fn view(&self) -> ViewName {
        self.0.clone()
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
        let views: Vec<_> = ADVERSARIAL.iter().flat_map(|name| VERSIONS.map(|version| ViewName::new(*name, version))).collect();
        for view in &views {
            let last = ProjectionRunner::new(house.engine.clone(), Vandal(view.clone())).catch_up().await.unwrap();
            assert_eq!(last, 2, "{view:?}");
            assert_eq!(picture(house.engine.store(), &tenant()).await, before, "{view:?}");
        }
        // Nor do views reach each other.
        let mut written: Vec<_> = ADVERSARIAL.iter().step_by(2).map(|key| key.as_bytes()).collect();
        written.sort_unstable();
        for view in &views {
            let rows = house.engine.store().view_rows(view, b"", usize::MAX).await.unwrap();
            assert_eq!(rows.iter().map(|(key, _)| key.as_slice()).collect::<Vec<_>>(), written, "{view:?}");
        }
    })
    .await;
}
