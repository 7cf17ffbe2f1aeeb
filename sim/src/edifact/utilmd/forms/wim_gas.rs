//! WiM Gas. Source: UTILMD AHB Gas 1.1, AWH WiM Gas 2.0. A location is LOC+172.

use super::Form;

pub(super) const FORMS: &[Form] = &[];
