//! WiM Gas. Source: UTILMD AHB Gas 1.1, AWH WiM Gas 2.0. A location is LOC+172. No sample of these PIDs was at hand: document codes and
//! days follow those of WiM Strom (55039, 55042, 55051, 55168).

use super::Form;

/// What a refusal holds.
const REFUSAL: &[(&str, &str)] = &[("STS", "7"), ("STS", "E01"), ("RFF", "TN")];
/// What asks for an end.
const END: &[(&str, &str)] = &[("DTM", "93"), ("STS", "7"), ("LOC", "172")];
/// What confirms an end.
const CONFIRMED_END: &[(&str, &str)] = &[("DTM", "93"), ("STS", "7"), ("STS", "E01"), ("RFF", "TN")];

pub(super) const FORMS: &[Form] = &[
    // Kündigung
    Form::like(44039, "E35", END),
    Form::like(44040, "E35", CONFIRMED_END),
    Form::like(44041, "E35", REFUSAL),
    // Anmeldung
    Form::like(44042, "E01", &[("DTM", "76"), ("STS", "7"), ("LOC", "172")]),
    Form::like(44043, "E01", &[("DTM", "76"), ("STS", "7"), ("STS", "E01"), ("RFF", "TN")]),
    Form::like(44044, "E01", REFUSAL),
    // Ende
    Form::like(44051, "E02", END),
    Form::like(44052, "E02", CONFIRMED_END),
    Form::like(44053, "E02", REFUSAL),
    // Verpflichtungsanfrage; 44169 says yes and no
    Form::like(44168, "E02", END),
    Form::like(44169, "E02", REFUSAL),
    Form::like(44170, "E02", REFUSAL),
];
