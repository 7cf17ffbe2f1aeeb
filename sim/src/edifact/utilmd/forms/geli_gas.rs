//! GeLi Gas. Source: UTILMD AHB Gas 1.1, GeLi Gas 3.0. A location is LOC+172.

use super::Form;

/// What a refusal holds.
const REFUSAL: &[(&str, &str)] = &[("STS", "7"), ("STS", "E01"), ("RFF", "TN")];
/// What asks for a begin, or tells it.
const BEGIN: &[(&str, &str)] = &[("DTM", "92"), ("STS", "7"), ("LOC", "172")];
/// What confirms a begin.
const CONFIRMED_BEGIN: &[(&str, &str)] = &[("DTM", "92"), ("STS", "7"), ("STS", "E01"), ("RFF", "TN")];
/// What asks for an end, or tells it.
const END: &[(&str, &str)] = &[("DTM", "93"), ("STS", "7"), ("LOC", "172")];
/// What confirms an end.
const CONFIRMED_END: &[(&str, &str)] = &[("DTM", "93"), ("STS", "7"), ("STS", "E01"), ("RFF", "TN")];

pub(super) const FORMS: &[Form] = &[
    // Lieferbeginn
    Form::sampled(44001, "E01", BEGIN),
    Form::sampled(44002, "E01", CONFIRMED_BEGIN),
    Form::like(44003, "E01", REFUSAL),
    Form::sampled(44010, "E02", END),
    Form::like(44011, "E02", CONFIRMED_END),
    Form::sampled(44012, "E02", REFUSAL),
    Form::like(44036, "E01", &[("STS", "7"), ("LOC", "172")]),
    Form::like(44037, "E02", END),
    Form::like(44038, "E01", &[("STS", "7"), ("LOC", "172")]),
    // Lieferende
    Form::like(44004, "E02", END),
    Form::like(44005, "E02", CONFIRMED_END),
    Form::like(44006, "E02", REFUSAL),
    Form::like(44007, "E02", END),
    Form::like(44008, "E02", CONFIRMED_END),
    Form::like(44009, "E02", REFUSAL),
    // Ersatz-/Grundversorgung
    Form::like(44013, "E01", BEGIN),
    Form::like(44014, "E01", CONFIRMED_BEGIN),
    Form::like(44015, "E01", REFUSAL),
    // Kündigung
    Form::sampled(44016, "E35", &[("DTM", "471"), ("STS", "7"), ("LOC", "172")]),
    Form::sampled(44017, "E35", &[("DTM", "93"), ("STS", "7"), ("STS", "E01"), ("LOC", "172"), ("RFF", "TN")]),
    Form::like(44018, "E35", REFUSAL),
];
