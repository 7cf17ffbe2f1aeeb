//! WiM Strom and WiM Gas, which share the PIDs of their orders. Source: ORDERS, ORDRSP, REQOTE, QUOTES, IFTSTA and INSRPT AHB.

use super::Form;

pub(super) const FORMS: &[Form] = &[];
