//! MABIS. Source: UTILMD AHB Strom 2.1, MaBiS (BK6-24-174 Anlage 3).

use super::Form;

pub(super) const FORMS: &[Form] = &[];
