//! GPKE. Source: UTILMD AHB Strom 2.1, GPKE Teil 2.

use super::Form;

/// What a confirmation of an end holds.
const CONFIRMED_END: &[(&str, &str)] = &[("DTM", "93"), ("STS", "7"), ("STS", "E01"), ("RFF", "TN")];
/// What a refusal holds.
const REFUSAL: &[(&str, &str)] = &[("STS", "7"), ("STS", "E01"), ("RFF", "TN")];
/// What asks for an end, or tells it.
const END: &[(&str, &str)] = &[("DTM", "93"), ("STS", "7"), ("LOC", "Z16")];

pub(super) const FORMS: &[Form] = &[
    // Lieferbeginn
    Form::sampled(55001, "E01", &[("DTM", "92"), ("STS", "7"), ("LOC", "Z16"), ("NAD", "Z09")]),
    Form::sampled(55002, "E01", &[("DTM", "92"), ("STS", "7"), ("STS", "E01"), ("LOC", "Z16"), ("RFF", "TN")]),
    Form::sampled(55003, "E01", REFUSAL),
    Form::sampled(55010, "E02", &[("DTM", "93"), ("DTM", "154"), ("STS", "7"), ("LOC", "Z16")]),
    Form::sampled(55011, "E02", CONFIRMED_END),
    Form::sampled(55012, "E02", REFUSAL),
    Form::like(55036, "E01", &[("STS", "7"), ("LOC", "Z16")]),
    Form::sampled(55037, "E02", END),
    Form::like(55038, "E01", &[("STS", "7"), ("LOC", "Z16")]),
    // Lieferbeginn of a generating Marktlokation
    Form::like(55077, "E01", &[("DTM", "92"), ("STS", "7"), ("LOC", "Z16")]),
    Form::like(55078, "E01", &[("DTM", "92"), ("STS", "7"), ("STS", "E01"), ("RFF", "TN")]),
    Form::like(55080, "E01", REFUSAL),
    // Kündigung
    Form::sampled(55016, "E35", END),
    Form::sampled(55017, "E35", &[("DTM", "471"), ("STS", "7"), ("STS", "E01"), ("RFF", "TN")]),
    Form::like(55018, "E35", REFUSAL),
];
