//! The published workflows that are asked, crate by crate, and what their cases share: partners, locations, references.
//!
//! Values are those of the crates' own tests where these have some: what is taken there is taken here.

mod geli_gas_lf_anmeldung;
mod geli_gas_sperrung;
mod geli_gas_supplier_change;
mod gpke_kuendigung;
mod gpke_lf_anmeldung;
mod gpke_sperrung;
mod gpke_supplier_change;
mod mabis_billing;
mod mabis_clearingliste;
mod mabis_listenabgleich;
mod wim_stoerung;
mod wim_technik;
mod wim_weiterverpflichtung;

use mako_engine_published::types::{MaLo, MarktpartnerCode, MeLo, MessageRef, Pruefidentifikator};
use time::OffsetDateTime;
use time::macros::format_description;

pub use geli_gas_lf_anmeldung::GeliGasLfAnmeldung;
pub use geli_gas_sperrung::GeliGasSperrung;
pub use geli_gas_supplier_change::GeliGasSupplierChange;
pub use gpke_kuendigung::GpkeKuendigung;
pub use gpke_lf_anmeldung::GpkeLfAnmeldung;
pub use gpke_sperrung::GpkeSperrung;
pub use gpke_supplier_change::GpkeSupplierChange;
pub use mabis_billing::MabisBilling;
pub use mabis_clearingliste::MabisClearingliste;
pub use mabis_listenabgleich::MabisListenabgleich;
pub use wim_stoerung::WimStoerung;
pub use wim_technik::WimTechnik;
pub use wim_weiterverpflichtung::WimWeiterverpflichtung;

/// Whom a process waits for that has no state yet: its caller routes to it only what begins it.
const FIRST: Option<&str> = Some("the message that begins it");

/// The Prüfidentifikator `pid`; `None` when their type refuses it.
fn pid(pid: u32) -> Option<Pruefidentifikator> {
    Pruefidentifikator::new(pid).ok()
}

fn lieferant() -> MarktpartnerCode {
    MarktpartnerCode::new("4012345000023")
}

fn netzbetreiber() -> MarktpartnerCode {
    MarktpartnerCode::new("9900357000004")
}

fn messstellenbetreiber() -> MarktpartnerCode {
    MarktpartnerCode::new("9900001000003")
}

fn malo() -> MaLo {
    MaLo::new("51238696781")
}

fn melo() -> MeLo {
    MeLo::new("DE0000000001234567890000000000001")
}

fn message(text: &str) -> MessageRef {
    MessageRef::new(text)
}

/// What their checks of a message said.
fn errors(is_valid: bool) -> Vec<String> {
    if is_valid { Vec::new() } else { vec!["a segment that must be there is missing".to_owned()] }
}

/// The day of `at`, as they write days.
fn day(at: OffsetDateTime) -> String {
    at.format(format_description!("[year][month][day]")).unwrap_or_default()
}
