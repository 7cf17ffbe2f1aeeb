//! GPKE. Source: UTILMD AHB Strom 2.1, GPKE Teil 2.

use super::Form;

/// What a confirmation of an end holds.
const CONFIRMED_END: &[(&str, &str)] = &[("DTM", "93"), ("STS", "7"), ("STS", "E01"), ("RFF", "TN")];
/// What a refusal holds.
const REFUSAL: &[(&str, &str)] = &[("STS", "7"), ("STS", "E01"), ("RFF", "TN")];
/// What asks for an end, or tells it.
const END: &[(&str, &str)] = &[("DTM", "93"), ("STS", "7"), ("LOC", "Z16")];
/// What asks for a begin, or tells it.
const BEGIN: &[(&str, &str)] = &[("DTM", "92"), ("STS", "7"), ("LOC", "Z16")];
/// What a confirmation of a begin holds.
const CONFIRMED_BEGIN: &[(&str, &str)] = &[("DTM", "92"), ("STS", "7"), ("STS", "E01"), ("RFF", "TN")];

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
    // Storno; the document code is that of what is taken back
    Form::like(55022, "E01", &[("STS", "7"), ("RFF", "ACW")]),
    Form::like(55023, "E01", REFUSAL),
    Form::like(55024, "E01", REFUSAL),
    // Lieferbeginn of a generating Marktlokation
    Form::like(55077, "E01", &[("DTM", "92"), ("STS", "7"), ("LOC", "Z16")]),
    Form::like(55078, "E01", &[("DTM", "92"), ("STS", "7"), ("STS", "E01"), ("RFF", "TN")]),
    Form::like(55080, "E01", REFUSAL),
    // Kündigung
    Form::sampled(55016, "E35", END),
    Form::sampled(55017, "E35", &[("DTM", "471"), ("STS", "7"), ("STS", "E01"), ("RFF", "TN")]),
    Form::like(55018, "E35", REFUSAL),
    // Lieferende, from the supplier and from the grid operator
    Form::sampled(55004, "E02", END),
    Form::sampled(55005, "E02", CONFIRMED_END),
    Form::like(55006, "E02", REFUSAL),
    Form::sampled(55007, "E02", END),
    Form::like(55008, "E02", CONFIRMED_END),
    Form::sampled(55009, "E02", REFUSAL),
    Form::like(55611, "E02", END),
    // Ersatz- and Grundversorgung
    Form::like(55013, "E01", BEGIN),
    Form::like(55014, "E01", CONFIRMED_BEGIN),
    Form::like(55015, "E01", REFUSAL),
    // Neuanlage
    Form::like(55600, "E01", BEGIN),
    Form::like(55602, "E01", CONFIRMED_BEGIN),
    Form::like(55604, "E01", REFUSAL),
    Form::like(55601, "E01", BEGIN),
    Form::like(55603, "E01", CONFIRMED_BEGIN),
    Form::like(55605, "E01", REFUSAL),
    // Zuordnung of a generating Marktlokation
    Form::like(55607, "E01", BEGIN),
    Form::like(55608, "E01", CONFIRMED_BEGIN),
    Form::like(55609, "E01", REFUSAL),
];
