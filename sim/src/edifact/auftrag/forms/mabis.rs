//! MABIS. Source: IFTSTA AHB, MaBiS (BK6-24-174 Anlage 3).

use super::Form;

pub(super) const FORMS: &[Form] = &[];
