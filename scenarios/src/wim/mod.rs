//! WiM Strom: who measures a Messlokation, and with what.

mod anmeldung;
mod ende;
mod geraeteuebernahme;
mod geraeteuebernahmeangebot;
mod geraetewechselabsicht;
mod kuendigung;
mod stoerungsmeldung;
mod technikaenderung;
mod technikangebot;
mod verpflichtungsanfrage;
mod weiterverpflichtung;
mod werteabbestellung;
mod werteanfrage;
mod wertebestellung;

pub use anmeldung::{ANMELDUNG, GESAMTVORGANG};
pub use ende::{ENDE, VERPFLICHTUNG};
pub use geraeteuebernahme::GERAETEUEBERNAHME;
pub use geraeteuebernahmeangebot::GERAETEUEBERNAHMEANGEBOT;
pub use geraetewechselabsicht::GERAETEWECHSELABSICHT;
pub use kuendigung::KUENDIGUNG;
pub use stoerungsmeldung::STOERUNGSMELDUNG;
pub use technikaenderung::TECHNIKAENDERUNG;
pub use technikangebot::TECHNIKANGEBOT;
pub use verpflichtungsanfrage::VERPFLICHTUNGSANFRAGE;
pub use weiterverpflichtung::WEITERVERPFLICHTUNG;
pub use werteabbestellung::WERTEABBESTELLUNG;
pub use werteanfrage::WERTEANFRAGE;
pub use wertebestellung::WERTEBESTELLUNG;

use crate::market::Process;
use crate::vorgang::Art;

/// Every Vorgang of the family.
pub const VORGAENGE: &[&Art] = &[
    &KUENDIGUNG,
    &ANMELDUNG,
    &ENDE,
    &VERPFLICHTUNGSANFRAGE,
    &WEITERVERPFLICHTUNG,
    &GERAETEWECHSELABSICHT,
    &GERAETEUEBERNAHMEANGEBOT,
    &GERAETEUEBERNAHME,
    &STOERUNGSMELDUNG,
    &TECHNIKANGEBOT,
    &TECHNIKAENDERUNG,
    &WERTEANFRAGE,
    &WERTEBESTELLUNG,
    &WERTEABBESTELLUNG,
];

/// Every process of the family that has more steps than an Anfrage and its answer.
pub const PROCESSES: &[&dyn Process] = &[];
