//! GeLi Gas: customer processes of gas supply.

mod abmeldeanfrage;
mod aufhebung;
mod beendigung;
mod ersatzversorgung;
mod kuendigung;
mod lieferbeginn;
mod lieferende;
mod nb_abmeldung;

pub use abmeldeanfrage::ABMELDEANFRAGE;
pub use aufhebung::AUFHEBUNG;
pub use beendigung::BEENDIGUNG;
pub use ersatzversorgung::ERSATZVERSORGUNG;
pub use kuendigung::KUENDIGUNG;
pub use lieferbeginn::LIEFERBEGINN;
pub use lieferende::LIEFERENDE;
pub use nb_abmeldung::NB_ABMELDUNG;

use crate::market::Process;
use crate::vorgang::Art;

/// Every Vorgang of the family.
pub const VORGAENGE: &[&Art] =
    &[&ABMELDEANFRAGE, &AUFHEBUNG, &BEENDIGUNG, &ERSATZVERSORGUNG, &KUENDIGUNG, &LIEFERBEGINN, &LIEFERENDE, &NB_ABMELDUNG];

/// Every process of the family that has more steps than an Anfrage and its answer.
pub const PROCESSES: &[&dyn Process] = &[];
