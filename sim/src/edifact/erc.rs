//! The error codes of APERAK (ERC 9321): what each means and at which stage of the check it may appear.
//!
//! A receiver checks in stages and stops after the first stage that finds something: AHB (all errors are listed), assignment
//! (the first error only), property of the object, take-over. Source: APERAK AHB 1.0/1.1, code list and chapter 2.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::identifier::{InvalidIdentifier, as_text};

/// The stages of the processability check, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Against the Anwendungshandbuch; all errors are reported.
    Ahb,
    /// Do object, sender, receiver and references fit together; the first error is reported.
    Zuordnung,
    /// Is the use case allowed for an object with these properties.
    Objekteigenschaft,
    /// Can the values be taken over.
    Uebernahme,
}

/// Code, stage, whether FTX+Z02 must name the place, meaning.
type Row = (u8, Stage, bool, &'static str);

const CODES: &[Row] = &[
    (10, Stage::Zuordnung, false, "identifier unknown to the receiver"),
    (14, Stage::Zuordnung, false, "object not found"),
    (15, Stage::Zuordnung, false, "object cannot be told apart from others"),
    (16, Stage::Zuordnung, false, "object is no longer in the grid area"),
    (17, Stage::Zuordnung, false, "sender is not assigned to the object at that time"),
    (18, Stage::Zuordnung, false, "receiver is not assigned to the object at that time"),
    (19, Stage::Zuordnung, false, "meter number does not fit"),
    (20, Stage::Zuordnung, false, "OBIS code does not fit"),
    (21, Stage::Ahb, true, "reference inside the message is broken"),
    (24, Stage::Zuordnung, false, "assignment tuple unknown"),
    (25, Stage::Zuordnung, false, "sender is not assigned to the object of the tuple"),
    (26, Stage::Zuordnung, false, "receiver is not assigned to the object of the tuple"),
    (27, Stage::Uebernahme, false, "more integer digits than the register has"),
    (29, Stage::Ahb, true, "information that the use case needs is missing"),
    (30, Stage::Ahb, false, "time series is incomplete"),
    (31, Stage::Ahb, false, "receiver does not process this use case in its market role"),
    (33, Stage::Zuordnung, false, "the Geschäftsvorfall referred to is not known"),
    (34, Stage::Ahb, false, "interval is empty or negative"),
    (35, Stage::Ahb, true, "format is violated"),
    (37, Stage::Ahb, false, "sender may not send this use case in its market role"),
    (38, Stage::Ahb, true, "package condition is violated"),
    (39, Stage::Ahb, true, "code is not allowed here"),
    (40, Stage::Ahb, true, "repetition is not allowed"),
    (41, Stage::Ahb, true, "time is not plausible"),
    (42, Stage::Zuordnung, false, "configuration ID unknown"),
    (43, Stage::Objekteigenschaft, false, "use case is not allowed for an object with this property"),
    (44, Stage::Objekteigenschaft, false, "property of the object differs from the one in the message"),
];

/// An error code of the list: `Z10` to `Z44`.
///
/// ```
/// use mako_sim::edifact::erc::{Erc, Stage};
/// let code: Erc = "Z35".parse().unwrap();
/// assert_eq!(code, Erc::FORMAT);
/// assert_eq!(code.stage(), Stage::Ahb);
/// assert!("Z11".parse::<Erc>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Erc(u8);

impl Erc {
    /// Z29, information is missing.
    pub const MISSING: Self = Self(29);
    /// Z30, a time series is not whole.
    pub const SERIES: Self = Self(30);
    /// Z33, the Geschäftsvorfall referred to is not known.
    pub const UNKNOWN_REFERENCE: Self = Self(33);
    /// Z34, interval is empty or negative.
    pub const INTERVAL: Self = Self(34);
    /// Z35, format is violated.
    pub const FORMAT: Self = Self(35);
    /// Z39, code is not allowed here.
    pub const CODE: Self = Self(39);
    /// Z40, repetition is not allowed.
    pub const REPETITION: Self = Self(40);

    /// All codes, ascending.
    pub fn all() -> impl Iterator<Item = Self> {
        CODES.iter().map(|row| Self(row.0))
    }

    /// The stage of the check at which the code appears.
    #[must_use]
    pub fn stage(self) -> Stage {
        self.row().map_or(Stage::Ahb, |row| row.1)
    }

    /// Whether FTX+Z02 must say where the error is.
    #[must_use]
    pub fn needs_location(self) -> bool {
        self.row().is_some_and(|row| row.2)
    }

    /// The meaning in a few words.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        self.row().map_or("", |row| row.3)
    }

    fn row(self) -> Option<&'static Row> {
        CODES.iter().find(|row| row.0 == self.0)
    }
}

impl FromStr for Erc {
    type Err = InvalidIdentifier;

    fn from_str(text: &str) -> Result<Self, InvalidIdentifier> {
        let known = Self::all().find(|code| code.to_string() == text);
        known.ok_or_else(|| InvalidIdentifier::Form {
            kind: "APERAK code",
            expected: "a code of the list Z10 to Z44",
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for Erc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Z{:02}", self.0)
    }
}

as_text!(Erc);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_27_codes_in_order() {
        assert_eq!(Erc::all().count(), 27);
        assert!(Erc::all().is_sorted());
        assert!(Erc::all().all(|code| code.to_string().parse() == Ok(code)));
    }
}
