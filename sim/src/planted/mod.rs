//! Planted bugs: what is worn around the store and the delivery of a node, and the hunt for them.
//!
//! Only in a build with the feature `planted-bugs`, where nothing is switched on by itself. See [`mako_engine::planted`].

mod deliver;
mod hunt;
mod store;
mod table;

pub use deliver::PlantedDeliver;
pub use hunt::{Kill, control, hunt};
pub use store::PlantedStore;
pub use table::{Hunted, Table};
