//! GPKE: customer processes of electricity supply.

mod anmeldung_erzeugend;
mod aufhebung;
mod kuendigung;
pub mod lieferbeginn;
mod sperrung;
mod sperrung_msb;

pub use anmeldung_erzeugend::ANMELDUNG_ERZEUGEND;
pub use aufhebung::AUFHEBUNG;
pub use kuendigung::KUENDIGUNG;
pub use sperrung::SPERRUNG;
pub use sperrung_msb::SPERRUNG_MSB;

use crate::market::Process;
use crate::vorgang::Art;

/// Every Vorgang of the family.
pub const VORGAENGE: &[&Art] = &[&ANMELDUNG_ERZEUGEND, &AUFHEBUNG, &KUENDIGUNG, &SPERRUNG, &SPERRUNG_MSB];

/// Every process of the family that has more steps than an Anfrage and its answer.
pub const PROCESSES: &[&dyn Process] = &[&lieferbeginn::Lieferbeginn];
