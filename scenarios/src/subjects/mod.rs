//! Every workflow of this crate as a subject of the conformance kit: which commands come, when a process is over, what is due when.
//!
//! A workflow that a node wires without a subject here fails `scenarios/tests/it/every_workflow_conforms.rs`. The tables of due
//! instants ask the rulebook and nothing of the workflow.

mod abrechnung;
mod lfa;
mod lfn;
mod mail;
mod nb;
mod node;
mod vorgang;

use mako_conformance::subjects::Subject;

pub use abrechnung::AbrechnungSubject;
pub use lfa::LieferbeginnLfaSubject;
pub use lfn::LieferbeginnLfnSubject;
pub use nb::LieferbeginnNbSubject;
pub use node::{Netzbetreiber, OnSockets, Simulated, Staging};

pub use vorgang::{Answers, Asks};

/// Every subject of this crate. A static, so that the thirty requirements on each workflow are compiled here once, and not in every
/// program that asks them.
pub static SUBJECTS: &[Subject] = &[
    Subject::workflow::<LieferbeginnLfnSubject>(),
    Subject::workflow::<LieferbeginnNbSubject>(),
    Subject::workflow::<LieferbeginnLfaSubject>(),
    Subject::workflow::<Asks>(),
    Subject::workflow::<Answers>(),
    Subject::workflow::<AbrechnungSubject>(),
    Subject::node::<Netzbetreiber<Simulated>>(),
    Subject::node::<Netzbetreiber<OnSockets>>(),
];
