//! GPKE Lieferbeginn, in its three roles: the new supplier ([`lfn`]), the grid operator ([`nb`]), the supplier in possession ([`lfa`]).

pub mod lfa;
pub mod lfn;
pub mod nb;
mod process;
mod storno;

pub use process::Lieferbeginn;

use mako_engine::Rejection;
use mako_sim::edifact::{Pid, Transaktionsgrund};

/// The Prüfidentifikator written as `number`.
pub(super) fn pid(number: &str) -> Result<Pid, Rejection> {
    number.parse().map_err(|_| Rejection::new("no-pid", format!("{number} is no Prüfidentifikator")))
}

/// STS+7: change of supplier, E03 with ZW4.
pub(super) fn change_of_supplier() -> Transaktionsgrund {
    Transaktionsgrund { code: "E03".to_owned(), addition: Some("ZW4".to_owned()) }
}
