//! MABIS: how the energy of a month is counted into Bilanzkreise.

mod aauez;
pub mod abrechnung;
mod zaehlpunkt;

pub use aauez::{
    AKTIVIERUNG_ANFNB, AKTIVIERUNG_LF, DEAKTIVIERUNG_ANFNB, DEAKTIVIERUNG_LF, WEITERLEITUNG_AKTIVIERUNG_ANFNB,
    WEITERLEITUNG_AKTIVIERUNG_LF, WEITERLEITUNG_DEAKTIVIERUNG_ANFNB, WEITERLEITUNG_DEAKTIVIERUNG_LF,
};
pub use zaehlpunkt::{AKTIVIERUNG, DEAKTIVIERUNG};

use crate::market::Process;
use crate::vorgang::Art;

/// Every Vorgang of the family.
pub const VORGAENGE: &[&Art] = &[
    &AKTIVIERUNG,
    &DEAKTIVIERUNG,
    &AKTIVIERUNG_LF,
    &WEITERLEITUNG_AKTIVIERUNG_LF,
    &DEAKTIVIERUNG_LF,
    &WEITERLEITUNG_DEAKTIVIERUNG_LF,
    &AKTIVIERUNG_ANFNB,
    &WEITERLEITUNG_AKTIVIERUNG_ANFNB,
    &DEAKTIVIERUNG_ANFNB,
    &WEITERLEITUNG_DEAKTIVIERUNG_ANFNB,
];

/// Every process of the family that has more steps than an Anfrage and its answer.
pub const PROCESSES: &[&dyn Process] = &[&abrechnung::Abrechnungen];
