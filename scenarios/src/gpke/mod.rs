//! GPKE: customer processes of electricity supply. So far the Lieferbeginn, in its three roles.

pub mod lfa;
pub mod lfn;
pub mod nb;
pub mod post;

use mako_engine::Rejection;
use mako_sim::edifact::{Pid, Transaktionsgrund};

/// The Prüfidentifikator written as `number`.
pub(crate) fn pid(number: &str) -> Result<Pid, Rejection> {
    number.parse().map_err(|_| Rejection::new("no-pid", format!("{number} is no Prüfidentifikator")))
}

/// STS+7: change of supplier, E03 with ZW4.
pub(crate) fn change_of_supplier() -> Transaktionsgrund {
    Transaktionsgrund { code: "E03".to_owned(), addition: Some("ZW4".to_owned()) }
}
