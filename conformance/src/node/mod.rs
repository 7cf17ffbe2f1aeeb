//! The checks on nodes: a market participant as its partner sees it, by what is on the wire and nothing else.
//!
//! A check is a script for the partner. It connects and sends, takes what the node sends, gives receipts or does not, lets time pass, and
//! may have the node crash. What it reads is EDIFACT, with a small reader ([`Said`]) of its own: a fault that a node's reader and writer share
//! must not hide in a third place.
//!
//! Not asked yet: signatures, encryption, certificates and compression. Their ids come with the checks.

pub mod answers;
pub mod duplicates;
pub mod headers;
pub mod load;
mod partner;
pub mod receipts;
pub mod releases;
pub mod retries;
mod said;
mod subject;

pub use partner::{Heard, Partner, Taking};
pub use said::Said;
pub use subject::{NodeSubject, Request, Script};
