//! GeLi Gas. Source: UTILMD AHB Gas 1.1, GeLi Gas 3.0. A location is LOC+172.

use super::Form;

pub(super) const FORMS: &[Form] = &[
    // Kündigung
    Form::sampled(44016, "E35", &[("DTM", "471"), ("STS", "7"), ("LOC", "172")]),
    Form::sampled(44017, "E35", &[("DTM", "93"), ("STS", "7"), ("STS", "E01"), ("LOC", "172"), ("RFF", "TN")]),
    Form::like(44018, "E35", &[("STS", "7"), ("STS", "E01"), ("RFF", "TN")]),
];
