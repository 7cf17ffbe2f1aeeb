//! WiM Gas: the change of the Messstellenbetreiber in gas.

mod anmeldung;
mod ende;
mod kuendigung;
mod verpflichtungsanfrage;

pub use anmeldung::ANMELDUNG;
pub use ende::ENDE;
pub use kuendigung::KUENDIGUNG;
pub use verpflichtungsanfrage::VERPFLICHTUNGSANFRAGE;

use crate::market::Process;
use crate::vorgang::Art;

/// Every Vorgang of the family.
pub const VORGAENGE: &[&Art] = &[&ANMELDUNG, &ENDE, &KUENDIGUNG, &VERPFLICHTUNGSANFRAGE];

/// Every process of the family that has more steps than an Anfrage and its answer.
pub const PROCESSES: &[&dyn Process] = &[];
