//! Identifiers of grid objects that begin with a letter: one letter for the kind, nine letters or digits, one check digit.
//!
//! | Letter | Object | Type |
//! |---|---|---|
//! | A | Cluster-Ressource | [`CrId`] |
//! | B | Steuergruppe | [`SgId`] |
//! | C | Steuerbare Ressource | [`SrId`] |
//! | D | Technische Ressource | [`TrId`] |
//! | E | Netzlokation | [`NeloId`] |
//! | F | Netzbetreiberbefugnis | [`NebefId`] |
//!
//! Source: BDEW Anwendungshilfe "Identifikatoren in der Marktkommunikation": odd places once, even places twice, no cross-sum, letters
//! as their ASCII value, as for the MaLo-ID. Parsing never repairs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::identifier::{InvalidIdentifier, agree, as_text, check_digit};

macro_rules! lettered {
    ($($(#[$doc:meta])* $name:ident, $kind:literal, $letter:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl FromStr for $name {
            type Err = InvalidIdentifier;

            fn from_str(text: &str) -> Result<Self, InvalidIdentifier> {
                parse($kind, concat!("`", $letter, "`, nine letters or digits in capitals, one digit"), $letter, text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        as_text!($name);
    )*};
}

lettered! {
    /// The number of a Cluster-Ressource, `A`.
    CrId, "CR-ID", 'A';
    /// The number of a Steuergruppe, `B`.
    SgId, "SG-ID", 'B';
    /// The number of a Steuerbare Ressource, `C`.
    ///
    /// ```
    /// use mako_sim::edifact::identifier::SrId;
    /// assert!("C816417ST77".parse::<SrId>().is_ok());
    /// assert_eq!("C816417ST78".parse::<SrId>().unwrap_err().to_string(), "`C816417ST78` is no SR-ID: the check digit should be 7");
    /// ```
    SrId, "SR-ID", 'C';
    /// The number of a Technische Ressource, `D`.
    TrId, "TR-ID", 'D';
    /// The number of a Netzlokation, `E`.
    NeloId, "NeLo-ID", 'E';
    /// The number of a Netzbetreiberbefugnis, `F`.
    NebefId, "NeBeF-ID", 'F';
}

fn parse(kind: &'static str, expected: &'static str, letter: char, text: &str) -> Result<String, InvalidIdentifier> {
    let form = || InvalidIdentifier::Form { kind, expected, text: text.to_owned() };
    let [body @ .., last] = text.as_bytes() else { return Err(form()) };
    let plain = body.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if body.len() != 10 || !plain || !text.starts_with(letter) || !last.is_ascii_digit() {
        return Err(form());
    }
    agree(kind, check_digit(text, 1, 2), u64::from(last - b'0'), text).map(|()| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_takes_its_own_letter_only() {
        assert!("D0000000010".parse::<TrId>().is_ok());
        assert!("D0000000010".parse::<SrId>().is_err());
        assert!("E1137355921".parse::<NeloId>().is_ok());
        for text in ["", "E", "E113735592X", "e1137355921", "E11373559211", "E1137355 21", "Ä1137355921"] {
            assert!(matches!(text.parse::<NeloId>(), Err(InvalidIdentifier::Form { .. })), "{text}");
        }
    }
}
