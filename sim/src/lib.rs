//! The world that an engine lives in: a virtual clock, a network, disks that crash, partners that misbehave.
//!
//! A [`plan::Plan`] says everything that a run depends on; a run is a function of it alone. Nodes are the real engine on its real
//! store behind the real AS4 and EDIFACT boundary; only time, chance, the network and the disk are the world's.

pub mod application;
pub mod as4;
mod check;
pub mod clock;
pub mod conversation;
pub mod disk;
mod disk_faults;
pub mod edifact;
pub mod ids;
mod lease;
pub mod nemesis;
pub mod net;
pub mod node;
pub mod node_disk;
pub mod oracle;
pub mod plan;
#[cfg(feature = "planted-bugs")]
pub mod planted;
pub mod points;
pub mod probe;
pub mod received;
pub mod replay;
pub mod report;
pub mod run;
pub mod scenario;
pub mod shrink;
pub mod sweep;
pub mod trace;
mod variant;
pub mod wire;
pub mod world;
