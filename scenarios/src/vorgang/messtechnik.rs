//! What measures at a place. Some Fristen depend on it, and no message says it: both sides have it from their master data, which in a
//! scenario is an attribute of the object (`object melo MeLo DE… technik=iMS`). Where nothing is said it is a konventionelle
//! Messeinrichtung. Source: WiM Strom Teil 1, Störungsbehebung and Kap. 2.3.2 (first installation).

use std::str::FromStr;

use mako_sim::edifact::Lokation;
use mako_sim::plan::Plan;
use serde::{Deserialize, Serialize};

/// What measures at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Messtechnik {
    /// A konventionelle Messeinrichtung.
    #[serde(rename = "kME")]
    Kme,
    /// A moderne Messeinrichtung.
    #[serde(rename = "mME")]
    Mme,
    /// A registrierende Leistungsmessung.
    #[serde(rename = "RLM")]
    Rlm,
    /// An intelligentes Messsystem.
    #[serde(rename = "iMS")]
    Ims,
    /// Nothing yet: whoever comes is the first to install something.
    #[serde(rename = "keine")]
    Keine,
}

/// A text that is no [`Messtechnik`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`technik={0}` is no Messtechnik: write kME, mME, RLM, iMS or keine")]
pub struct UnknownMesstechnik(String);

impl FromStr for Messtechnik {
    type Err = UnknownMesstechnik;

    fn from_str(text: &str) -> Result<Self, UnknownMesstechnik> {
        match text {
            "kME" => Ok(Self::Kme),
            "mME" => Ok(Self::Mme),
            "RLM" => Ok(Self::Rlm),
            "iMS" => Ok(Self::Ims),
            "keine" => Ok(Self::Keine),
            other => Err(UnknownMesstechnik(other.to_owned())),
        }
    }
}

impl Messtechnik {
    /// What the master data of `plan` say about the place.
    ///
    /// # Errors
    /// [`UnknownMesstechnik`] when that is none.
    pub fn at(plan: &Plan, lokation: &Lokation) -> Result<Option<Self>, UnknownMesstechnik> {
        let object = plan.objects.iter().find(|object| object.id == lokation.to_string());
        object.and_then(|object| object.attributes.get("technik")).map(|text| text.parse()).transpose()
    }
}

/// Names of one Frist in the rulebook, by what measures.
///
/// ```
/// use mako_scenarios::vorgang::{ByTechnik, Messtechnik};
/// let report = ByTechnik { kme: "23008", mme: "23008-mme", rlm_ims: "23008-rlm-ims" };
/// assert_eq!((report.name(None), report.name(Some(Messtechnik::Ims))), ("23008", "23008-rlm-ims"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByTechnik {
    /// Of a konventionelle Messeinrichtung, and where nothing is known.
    pub kme: &'static str,
    /// Of a moderne Messeinrichtung.
    pub mme: &'static str,
    /// Of a registrierende Leistungsmessung and of an intelligentes Messsystem.
    pub rlm_ims: &'static str,
}

impl ByTechnik {
    /// The name.
    #[must_use]
    pub const fn name(self, technik: Option<Messtechnik>) -> &'static str {
        match technik {
            None | Some(Messtechnik::Kme | Messtechnik::Keine) => self.kme,
            Some(Messtechnik::Mme) => self.mme,
            Some(Messtechnik::Rlm | Messtechnik::Ims) => self.rlm_ims,
        }
    }
}
