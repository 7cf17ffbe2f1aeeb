//! Identifiers of European bodies: the Energy Identification Code and the Global Location Number.
//!
//! An EIC names a Bilanzkreis (type X, a party) or a Regelzone or Marktgebiet (type Y, an area); it is never the address of a message.
//! A GLN is one of the forms of an [`MpId`](super::identifier::MpId). Rules: ENTSO-E EIC reference manual (16 characters, weights 16
//! to 2, letters 10 to 35, hyphen 36, the check character is no hyphen); GS1 General Specifications (weights 1 and 3).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::identifier::{InvalidIdentifier, agree, as_text, check_digit, digits};

/// An Energy Identification Code.
///
/// ```
/// use mako_sim::edifact::identifier::Eic;
/// let control_area: Eic = "10YDE-VE-------2".parse().unwrap();
/// assert_eq!(control_area.object_type(), 'Y');
/// assert!("11XVE-N-GHM----R".parse::<Eic>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Eic(String);

impl Eic {
    /// What it names: `X` a party, such as a Bilanzkreis; `Y` an area; `Z` a measuring point; `T`, `V`, `W`, `A` others.
    #[must_use]
    pub fn object_type(&self) -> char {
        self.0.chars().nth(2).unwrap_or(' ')
    }
}

impl FromStr for Eic {
    type Err = InvalidIdentifier;

    fn from_str(text: &str) -> Result<Self, InvalidIdentifier> {
        const EXPECTED: &str = "16 capitals, digits or hyphens, two digits and a letter of A, T, V to Z in front, no hyphen at the end";
        let form = || InvalidIdentifier::Form { kind: "EIC", expected: EXPECTED, text: text.to_owned() };
        let office = text.bytes().take(2).all(|byte| byte.is_ascii_digit());
        let object = text.as_bytes().get(2).is_some_and(|byte| b"ATVWXYZ".contains(byte));
        let values: Option<Vec<u32>> = text.bytes().map(value).collect();
        let Some([body @ .., last]) = values.as_deref() else { return Err(form()) };
        if body.len() != 15 || !office || !object || *last == HYPHEN {
            return Err(form());
        }
        let sum: u32 = body.iter().zip((2..=16).rev()).map(|(value, weight)| value * weight).sum();
        let check = 36 - (sum + 36) % 37;
        // A body whose check character would be the hyphen is never given out.
        match (check == *last, u8::try_from(check)) {
            (true, _) => Ok(Self(text.to_owned())),
            (false, Ok(should_be @ 0..10)) => Err(InvalidIdentifier::CheckDigit { kind: "EIC", should_be, text: text.to_owned() }),
            (false, _) => Err(form()),
        }
    }
}

impl fmt::Display for Eic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const HYPHEN: u32 = 36;

fn value(byte: u8) -> Option<u32> {
    match byte {
        b'0'..=b'9' => Some(u32::from(byte - b'0')),
        b'A'..=b'Z' => Some(u32::from(byte - b'A') + 10),
        b'-' => Some(HYPHEN),
        _ => None,
    }
}

/// A Global Location Number.
///
/// ```
/// use mako_sim::edifact::identifier::Gln;
/// assert!("4012345000023".parse::<Gln>().is_ok());
/// assert!("4012345000024".parse::<Gln>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gln(u64);

impl FromStr for Gln {
    type Err = InvalidIdentifier;

    fn from_str(text: &str) -> Result<Self, InvalidIdentifier> {
        let number = digits::<13>("GLN", "13 digits", text)?;
        agree("GLN", check_digit(text, 1, 3), number, text).map(|()| Self(number))
    }
}

impl fmt::Display for Gln {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:013}", self.0)
    }
}

as_text!(Eic, Gln);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_character_follows_from_the_fifteen_before_it() {
        let body = "11XMAKO-SIM-BKX";
        let valid: Vec<String> =
            ('0'..='9').chain('A'..='Z').map(|last| format!("{body}{last}")).filter(|text| text.parse::<Eic>().is_ok()).collect();
        assert_eq!(valid.len(), 1, "{valid:?}");
    }

    #[test]
    fn what_has_not_the_form_is_no_eic() {
        for text in ["", "10Y", "10YDE-VE--------", "10yDE-VE-------2", "XXYDE-VE-------2", "10Y1001A1001A39II", "10BDE-VE-------2"] {
            assert!(matches!(text.parse::<Eic>(), Err(InvalidIdentifier::Form { .. })), "{text}");
        }
    }
}
