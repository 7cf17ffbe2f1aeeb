//! MABIS. Source: UTILMD AHB Strom 2.1, MaBiS (BK6-24-174 Anlage 3). A Zählpunkt has the form of a Messlokation.

use super::Form;

/// What asks for the begin of a Zählpunkt, or tells it.
const BEGIN: &[(&str, &str)] = &[("DTM", "92"), ("STS", "7"), ("LOC", "Z17")];
/// What asks for the end of a Zählpunkt, or tells it.
const END: &[(&str, &str)] = &[("DTM", "93"), ("STS", "7"), ("LOC", "Z17")];
/// What an answer holds, be it yes or no.
const ANSWER: &[(&str, &str)] = &[("STS", "7"), ("STS", "E01"), ("RFF", "TN")];

pub(super) const FORMS: &[Form] = &[
    // Zählpunkte of the Bilanzkreisabrechnung
    Form::like(55062, "E01", BEGIN),
    Form::like(55063, "E02", END),
    Form::like(55064, "E01", ANSWER),
    // Zählpunkte of the monthly AAÜZ: of the BKV of the LF, of the BKV of the anfNB
    Form::like(55203, "E01", BEGIN),
    Form::like(55204, "E01", ANSWER),
    Form::like(55205, "E01", BEGIN),
    Form::like(55206, "E02", END),
    Form::like(55207, "E02", ANSWER),
    Form::like(55208, "E02", END),
    Form::like(55209, "E01", BEGIN),
    Form::like(55210, "E01", ANSWER),
    Form::like(55211, "E01", BEGIN),
    Form::like(55212, "E02", END),
    Form::like(55213, "E02", ANSWER),
    Form::like(55214, "E02", END),
];
