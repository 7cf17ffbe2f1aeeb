//! WiM Strom. Source: UTILMD AHB Strom 2.1, WiM Strom Teil 1.

use super::Form;

/// What a refusal holds.
const REFUSAL: &[(&str, &str)] = &[("STS", "7"), ("STS", "E01"), ("RFF", "TN")];

pub(super) const FORMS: &[Form] = &[
    // Kündigung
    Form::sampled(55039, "E35", &[("DTM", "93"), ("STS", "7"), ("LOC", "Z17")]),
    Form::sampled(55040, "E35", &[("DTM", "93"), ("STS", "7"), ("STS", "E01"), ("RFF", "TN")]),
    Form::like(55041, "E35", REFUSAL),
    // Anmeldung
    Form::sampled(55042, "E01", &[("DTM", "76"), ("STS", "7"), ("LOC", "Z17")]),
    Form::sampled(55043, "E01", &[("DTM", "76"), ("STS", "7"), ("STS", "E01"), ("RFF", "TN")]),
    Form::like(55044, "E01", REFUSAL),
    // Ende
    Form::sampled(55051, "E02", &[("DTM", "93"), ("STS", "7"), ("LOC", "Z17")]),
    Form::like(55052, "E02", &[("DTM", "93"), ("STS", "7"), ("STS", "E01"), ("RFF", "TN")]),
    Form::sampled(55053, "E02", REFUSAL),
    // Verpflichtungsanfrage
    Form::like(55168, "E01", &[("DTM", "76"), ("STS", "7"), ("LOC", "Z17")]),
    Form::like(55169, "E01", &[("STS", "7"), ("STS", "E01"), ("RFF", "TN")]),
    Form::like(55170, "E01", REFUSAL),
];
