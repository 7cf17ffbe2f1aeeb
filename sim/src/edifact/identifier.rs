//! Market identifiers that carry a check digit, as types that cannot hold a wrong one.
//!
//! [`MpId`] names a market partner, [`MaloId`] a Marktlokation, [`MeloId`] a Messlokation (which has a form but no check digit). Grid
//! objects with a letter in front, such as [`NeloId`], are in [`lettered`](super::lettered), [`Eic`] and [`Gln`] in [`eic`](super::eic). All are written and read as plain text, also in JSON. Parsing never repairs: a wrong digit is an
//! error that names the digit that would be right.
//!
//! Rules: BDEW Anwendungshilfe "Identifikatoren in der Marktkommunikation" (check digit of MaLo, NeLo and codes of BDEW/DVGW: odd
//! places once, even places twice, no cross-sum, letters as their ASCII value), GS1 General Specifications (GLN, weights 1 and 3).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use super::eic::{Eic, Gln};
pub use super::lettered::{CrId, NebefId, NeloId, SgId, SrId, TrId};

/// Why a text is not the identifier it was taken for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIdentifier {
    /// The text has the wrong length or characters that do not belong there.
    #[error("`{text}` is no {kind}: expected {expected}")]
    Form {
        /// The identifier that was expected, such as `MaLo-ID`.
        kind: &'static str,
        /// The form in words.
        expected: &'static str,
        /// What was found.
        text: String,
    },
    /// The last digit does not follow from the others.
    #[error("`{text}` is no {kind}: the check digit should be {should_be}")]
    CheckDigit {
        /// The identifier that was expected.
        kind: &'static str,
        /// The digit that the other characters demand.
        should_be: u8,
        /// What was found.
        text: String,
    },
}

/// Who issued an [`MpId`]; decides the code of the issuer in UNB and NAD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Issuer {
    /// BDEW: thirteen digits that start with 99, used in the electricity market.
    Bdew,
    /// DVGW: thirteen digits that start with 98, used in the gas market.
    Dvgw,
    /// GS1: a Global Location Number.
    Gs1,
}

impl Issuer {
    /// The qualifier of an interchange party, UNB data element 0007.
    #[must_use]
    pub const fn unb_qualifier(self) -> &'static str {
        match self {
            Self::Bdew => "500",
            Self::Dvgw => "502",
            Self::Gs1 => "14",
        }
    }

    /// The responsible agency of a party, NAD data element 3055.
    #[must_use]
    pub const fn nad_agency(self) -> &'static str {
        match self {
            Self::Bdew => "293",
            Self::Dvgw => "332",
            Self::Gs1 => "9",
        }
    }
}

/// The thirteen-digit number of a market partner in one market role.
///
/// ```
/// use mako_sim::edifact::identifier::MpId;
/// let netzbetreiber: MpId = "9999000002010".parse().unwrap();
/// assert_eq!(netzbetreiber.issuer().unb_qualifier(), "500");
/// let error = "9900357000004".parse::<MpId>().unwrap_err();
/// assert_eq!(error.to_string(), "`9900357000004` is no MP-ID: the check digit should be 3");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MpId(u64);

impl MpId {
    /// The number of nobody: all zeros, which has a right check digit and was never given out.
    pub const NOBODY: Self = Self(0);

    /// Who issued the number, told from its first two digits.
    #[must_use]
    pub const fn issuer(self) -> Issuer {
        match self.0 / 100_000_000_000 {
            99 => Issuer::Bdew,
            98 => Issuer::Dvgw,
            _ => Issuer::Gs1,
        }
    }
}

impl FromStr for MpId {
    type Err = InvalidIdentifier;

    fn from_str(text: &str) -> Result<Self, InvalidIdentifier> {
        let number = digits::<13>("MP-ID", "13 digits", text)?;
        let found = Self(number);
        let should_be = match found.issuer() {
            Issuer::Bdew | Issuer::Dvgw => check_digit(text, 1, 2),
            Issuer::Gs1 => check_digit(text, 1, 3),
        };
        agree("MP-ID", should_be, number, text).map(|()| found)
    }
}

impl fmt::Display for MpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:013}", self.0)
    }
}

/// The eleven-digit number of a Marktlokation.
///
/// ```
/// use mako_sim::edifact::identifier::MaloId;
/// assert!("41373559241".parse::<MaloId>().is_ok());
/// assert!("41373559242".parse::<MaloId>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MaloId(u64);

impl FromStr for MaloId {
    type Err = InvalidIdentifier;

    fn from_str(text: &str) -> Result<Self, InvalidIdentifier> {
        const FORM: &str = "11 digits, the first of them not 0";
        let number = digits::<11>("MaLo-ID", FORM, text)?;
        if text.starts_with('0') {
            return Err(InvalidIdentifier::Form { kind: "MaLo-ID", expected: FORM, text: text.to_owned() });
        }
        agree("MaLo-ID", check_digit(text, 1, 2), number, text).map(|()| Self(number))
    }
}

impl fmt::Display for MaloId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:011}", self.0)
    }
}

/// The designation of a Messlokation: 33 characters, two letters and 31 letters or digits, all in capitals; no check digit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeloId(String);

impl FromStr for MeloId {
    type Err = InvalidIdentifier;

    fn from_str(text: &str) -> Result<Self, InvalidIdentifier> {
        let capitals = text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        let country = text.bytes().take(2).all(|b| b.is_ascii_uppercase());
        if text.len() == 33 && capitals && country {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidIdentifier::Form {
                kind: "MeLo-ID",
                expected: "2 letters and 31 letters or digits, in capitals",
                text: text.to_owned(),
            })
        }
    }
}

impl fmt::Display for MeloId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `text` as a number when it has exactly `N` ASCII digits.
pub(super) fn digits<const N: usize>(kind: &'static str, expected: &'static str, text: &str) -> Result<u64, InvalidIdentifier> {
    let form = || InvalidIdentifier::Form { kind, expected, text: text.to_owned() };
    if text.len() != N || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(form());
    }
    text.parse().map_err(|_| form())
}

/// The last digit that brings the weighted sum of `text` to a multiple of ten; digits count as themselves, letters as ASCII.
pub(super) fn check_digit(text: &str, odd: u32, even: u32) -> u8 {
    let sum: u32 = text
        .bytes()
        .take(text.len().saturating_sub(1))
        .enumerate()
        .map(|(place, b)| {
            let value = u32::from(if b.is_ascii_digit() { b - b'0' } else { b });
            value * if place % 2 == 0 { odd } else { even }
        })
        .sum();
    ((10 - sum % 10) % 10) as u8
}

/// `Ok` when the last digit of `number` is `should_be`.
pub(super) fn agree(kind: &'static str, should_be: u8, number: u64, text: &str) -> Result<(), InvalidIdentifier> {
    if number % 10 == u64::from(should_be) { Ok(()) } else { Err(InvalidIdentifier::CheckDigit { kind, should_be, text: text.to_owned() }) }
}

/// Debug as the bare text, JSON as a string.
macro_rules! as_text {
    ($($id:ty),*) => {$(
        impl fmt::Debug for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $id {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $id {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}
pub(crate) use as_text;

as_text!(MpId, MaloId, MeloId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parties_of_the_sample_conversations_are_valid() {
        for text in ["9999000001012", "9999000001020", "9999000002010", "9999000003018", "9999000004016", "9899000002012"] {
            let id: MpId = text.parse().unwrap();
            assert_eq!(id.to_string(), text);
        }
    }

    #[test]
    fn an_issuer_knows_its_codes() {
        let codes = |text: &str| {
            let issuer = text.parse::<MpId>().unwrap().issuer();
            (issuer.unb_qualifier(), issuer.nad_agency())
        };
        assert_eq!(codes("9999000001012"), ("500", "293"));
        assert_eq!(codes("9899000002012"), ("502", "332"));
        assert_eq!(codes("4012345000023"), ("14", "9"));
    }

    #[test]
    fn a_wrong_check_digit_names_the_right_one() {
        let error = "20232281644".parse::<MaloId>().unwrap_err();
        assert!(matches!(error, InvalidIdentifier::CheckDigit { kind: "MaLo-ID", .. }), "{error}");
        assert!("4012345000024".parse::<MpId>().is_err());
        assert!("E1137355921".parse::<NeloId>().is_ok());
        assert!("E3XS7NXYTL6".parse::<NeloId>().is_ok());
        assert!("E1137355922".parse::<NeloId>().is_err());
    }

    #[test]
    fn a_messlokation_has_a_form_only() {
        assert!("DE00014559929E00856996N5139699L01".parse::<MeloId>().is_ok());
        assert!("de00056266802AO6G56M11SN51G21M24S".parse::<MeloId>().is_err());
        assert!("D".parse::<MeloId>().is_err());
    }

    #[test]
    fn json_carries_the_text_and_refuses_a_wrong_one() {
        let id: MpId = "9999000001012".parse().unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"9999000001012\"");
        assert!(serde_json::from_str::<MpId>("\"9999000001013\"").is_err());
    }
}
