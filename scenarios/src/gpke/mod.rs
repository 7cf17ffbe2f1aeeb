//! GPKE: customer processes of electricity supply.

mod anmeldung_erzeugend;
mod aufhebung;
mod beendigung_msb;
mod entsperrung;
mod ersatzversorgung;
mod kuendigung;
pub mod lieferbeginn;
mod lieferende;
mod neuanlage;
mod sperrung;
mod sperrung_msb;
mod stilllegung;
mod storno;
mod zuordnung;

pub use anmeldung_erzeugend::ANMELDUNG_ERZEUGEND;
pub use aufhebung::AUFHEBUNG;
pub use beendigung_msb::BEENDIGUNG_MSB;
pub use entsperrung::ENTSPERRUNG;
pub use ersatzversorgung::ERSATZVERSORGUNG;
pub use kuendigung::KUENDIGUNG;
pub use lieferende::LIEFERENDE;
pub use neuanlage::{NEUANLAGE, NEUANLAGE_ERZEUGEND};
pub use sperrung::SPERRUNG;
pub use sperrung_msb::SPERRUNG_MSB;
pub use stilllegung::STILLLEGUNG;
pub use storno::STORNO;
pub use zuordnung::ZUORDNUNG;

use crate::market::Process;
use crate::vorgang::{Art, Storno};

/// Every Vorgang of the family.
pub const VORGAENGE: &[&Art] = &[
    &ANMELDUNG_ERZEUGEND,
    &AUFHEBUNG,
    &BEENDIGUNG_MSB,
    &ENTSPERRUNG,
    &ERSATZVERSORGUNG,
    &KUENDIGUNG,
    &LIEFERENDE,
    &NEUANLAGE,
    &NEUANLAGE_ERZEUGEND,
    &SPERRUNG,
    &SPERRUNG_MSB,
    &STILLLEGUNG,
    &ZUORDNUNG,
];

/// Every way of the family to take an order back.
pub const STORNOS: &[&Storno] = &[&STORNO];

/// Every process of the family that has more steps than an Anfrage and its answer.
pub const PROCESSES: &[&dyn Process] = &[&lieferbeginn::Lieferbeginn];
