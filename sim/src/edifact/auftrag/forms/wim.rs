//! WiM Strom and WiM Gas, which share the PIDs of their orders. Source: ORDERS, ORDRSP, REQOTE, QUOTES, IFTSTA and INSRPT AHB.

use super::Form;

/// What a Störungsmeldung is.
const REPORTED: &[(&str, &[&[&str]])] = &[("DOC", &[&["21"], &["1"]])];
/// What answers one.
const ANSWERED: &[(&str, &[&[&str]])] = &[("DOC", &[&["22"], &["1"]])];

pub(super) const FORMS: &[Form] = &[
    // Weiterverpflichtung
    Form::asking("ORDERS", 17002, "Z13", "203"),   // follows 17009
    Form::answering("ORDRSP", 19003, "Z13", "ON"), // follows 19015
    Form::answering("ORDRSP", 19004, "Z13", "ON"), // follows 19015
    // Gerätewechselabsicht
    Form { fixed: &[("IMD", &[&[], &["Z58"]])], ..Form::asking("ORDERS", 17009, "Z13", "203") },
    Form::answering("ORDRSP", 19015, "Z13", "ON"),
    Form::answering("ORDRSP", 19016, "Z13", "ON"), // follows 19015
    // Geräteübernahme
    Form::asking("REQOTE", 35001, "Z13", "203"),    // follows 17009
    Form::answering("QUOTES", 15001, "Z13", "AAV"), // follows 19015
    Form::asking("ORDERS", 17001, "Z13", "203"),    // follows 17009
    Form::answering("ORDRSP", 19001, "Z13", "ON"),  // follows 19015
    Form::answering("ORDRSP", 19002, "Z13", "ON"),  // follows 19015
    // Änderung der Technik
    Form::asking("REQOTE", 35005, "Z13", "203"),    // follows 17009
    Form::answering("QUOTES", 15005, "Z13", "AAV"), // follows 19015
    Form::asking("ORDERS", 17011, "Z13", "203"),    // follows 17009
    Form::answering("ORDRSP", 19005, "Z13", "ON"),  // follows 19015
    Form::answering("ORDRSP", 19006, "Z13", "ON"),  // follows 19015
    // Werte for an ESA
    Form::asking("REQOTE", 35003, "Z13", "203"),    // follows 17009
    Form::answering("QUOTES", 15003, "Z13", "AAV"), // follows 19015
    Form::asking("ORDERS", 17007, "Z13", "203"),    // follows 17009
    Form::asking("ORDERS", 17008, "Z13", "203"),    // follows 17009
    Form::answering("ORDRSP", 19011, "Z13", "ON"),  // follows 19015
    Form::answering("ORDRSP", 19012, "Z13", "ON"),  // follows 19015
    // Gesamtvorgang
    Form { day: "293", ..Form::reporting(21010, "Z09", ("Z10", "Z14")) },
    Form { day: "293", ..Form::reporting(21009, "Z09", ("Z10", "Z15")) }, // follows 21010
    Form { answers: "ACW", ..Form::reporting(21012, "Z09", ("Z10", "Z14")) }, // follows 21010
    Form { answers: "ACW", ..Form::reporting(21011, "Z09", ("Z10", "Z15")) }, // follows 21010
    Form { day: "293", ..Form::reporting(21013, "Z09", ("Z10", "Z15")) }, // follows 21010
    // Störungsmeldung
    Form { status: ("Z06", "Z12"), fixed: REPORTED, ..Form::asking("INSRPT", 23001, "4", "163") },
    Form { status: ("E01", ""), fixed: ANSWERED, ..Form::answering("INSRPT", 23003, "4", "AAV") },
    Form { status: ("E01", ""), fixed: ANSWERED, ..Form::answering("INSRPT", 23004, "4", "AAV") }, // follows 23003
    Form { status: ("E01", ""), fixed: ANSWERED, ..Form::asking("INSRPT", 23008, "4", "") },       // follows 23003
];
