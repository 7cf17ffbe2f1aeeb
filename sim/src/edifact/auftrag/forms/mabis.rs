//! MABIS. Source: IFTSTA AHB, MaBiS (BK6-24-174 Anlage 3).

use super::Form;

pub(super) const FORMS: &[Form] = &[
    // Prüfmitteilung
    Form { answers: "ACW", ..Form::reporting(21000, "Z09", ("Z10", "Z14")) }, // follows 21010
    Form { answers: "ACW", ..Form::reporting(21001, "Z09", ("Z10", "Z14")) }, // follows 21010
    Form { answers: "ACW", ..Form::reporting(21005, "Z09", ("Z10", "Z14")) }, // follows 21010
    // Abweisung
    Form { answers: "ACW", ..Form::reporting(21002, "Z09", ("Z10", "Z15")) }, // follows 21009
    // Datenstatus
    Form { answers: "ACW", ..Form::reporting(21003, "Z09", ("Z10", "Z14")) }, // follows 21010
    Form { answers: "ACW", ..Form::reporting(21004, "Z09", ("Z10", "Z14")) }, // follows 21010
];
