//! GeLi Gas: customer processes of gas supply.

mod kuendigung;

pub use kuendigung::KUENDIGUNG;

use crate::market::Process;
use crate::vorgang::Art;

/// Every Vorgang of the family.
pub const VORGAENGE: &[&Art] = &[&KUENDIGUNG];

/// Every process of the family that has more steps than an Anfrage and its answer.
pub const PROCESSES: &[&dyn Process] = &[];
