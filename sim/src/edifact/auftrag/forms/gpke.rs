//! GPKE. Source: ORDERS, ORDRSP, ORDCHG and IFTSTA AHB, GPKE Teil 2 § 3.5.

use super::Form;

pub(super) const FORMS: &[Form] = &[
    // Sperrung
    Form::asking("ORDERS", 17115, "Z51", "203"),
    Form::answering("ORDRSP", 19116, "Z51", "ON"),
    Form::answering("ORDRSP", 19117, "Z51", "ON"),
    Form::asking("ORDERS", 17116, "Z51", "203"),   // follows 17115
    Form::answering("ORDRSP", 19118, "Z51", "ON"), // follows 19116
    Form::answering("ORDRSP", 19119, "Z51", "ON"), // follows 19117
    // Entsperrung, which has its answers and its report from the Sperrung
    Form::asking("ORDERS", 17117, "Z52", "203"), // follows 17115
    // Storno of a Sperrauftrag or Entsperrauftrag; it names the order and no location
    Form::answering("ORDCHG", 39000, "Z51", "ON"),
    Form::answering("ORDRSP", 19128, "Z51", "ON"), // follows 19116
    Form::answering("ORDRSP", 19129, "Z51", "ON"), // follows 19117
    Form::reporting(21039, "Z33", ("Z37", "Z13")),
];
