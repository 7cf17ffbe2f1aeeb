//! WiM Strom. Source: UTILMD AHB Strom 2.1, WiM Strom Teil 1.

use super::Form;

pub(super) const FORMS: &[Form] = &[];
