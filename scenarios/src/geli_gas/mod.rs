//! GeLi Gas: customer processes of gas supply.

mod kuendigung;

pub use kuendigung::Kuendigung;

use crate::market::Process;
use crate::vorgang::Both;

/// Every process of the family.
pub const PROCESSES: &[&dyn Process] = &[&Both::<Kuendigung>::NEW];
