//! GPKE: customer processes of electricity supply.

mod kuendigung;
pub mod lieferbeginn;
mod sperrung;

pub use kuendigung::Kuendigung;
pub use sperrung::Sperrung;

use crate::market::Process;
use crate::vorgang::Both;

/// Every process of the family.
pub const PROCESSES: &[&dyn Process] = &[&lieferbeginn::Lieferbeginn, &Both::<Kuendigung>::NEW, &Both::<Sperrung>::NEW];
