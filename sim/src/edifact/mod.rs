//! EDIFACT as the German energy market speaks it: bytes to verdicts and values, values to bytes.
//!
//! Pure functions: no clock, no state, no I/O. What changes over time (releases, PIDs, references received) comes in through the ports
//! in [`receive`]. No input makes this module panic.
//!
//! | Module | What it does |
//! |---|---|
//! | [`identifier`], [`lokation`], [`lettered`], [`eic`], [`pid`], [`erc`] | checked identifiers and code lists |
//! | [`interchange`] | what an interchange says, with byte positions |
//! | [`syntax`] | the check that is answered with CONTRL |
//! | [`processability`] | the check that is answered with APERAK |
//! | [`reaction`] | both checks together: what a node answers |
//! | [`message`], [`utilmd`], [`auftrag`], [`summenzeitreihe`], [`aperak`], [`contrl`] | messages as values |
//! | [`mod@write`] | values to bytes |
//!
//! Every message type of the market is read, checked and written. UTILMD, APERAK and CONTRL have typed views, the messages of orders have
//! one beside their segments; what those do not hold, and every other type, is an [`OtherMessage`], which keeps all segments and is
//! written as it was read.
//!
//! *Invariant:* what [`write()`](write::write) produces passes the syntax check of its receiver and reads back as the same value; with
//! codes of the Anwendungshandbuch and Zuordnungen at a Berlin midnight it is accepted by [`react`].

pub mod aperak;
pub mod auftrag;
pub mod contrl;
pub mod eic;
pub mod erc;
pub mod identifier;
pub mod interchange;
pub mod lettered;
pub mod lokation;
pub mod message;
pub mod pid;
pub mod processability;
pub mod reaction;
mod read;
pub mod receive;
mod series;
pub mod summenzeitreihe;
pub mod syntax;
pub mod utilmd;
pub mod wire_time;
pub mod write;

pub use reaction::{Reaction, react};
pub use receive::ReceiveContext;

pub use aperak::{Aperak, Finding};
pub use auftrag::Auftrag;
pub use contrl::Contrl;
pub use identifier::{MaloId, MpId};
pub use lokation::Lokation;
pub use message::{OtherMessage, TypedMessage};
pub use pid::Pid;
pub use summenzeitreihe::{Liefermonat, Summenzeitreihe};
pub use utilmd::{AnswerStatus, Correspondence, Supply, Transaktionsgrund, Utilmd};

pub use mako_engine::fristen::Sparte;
