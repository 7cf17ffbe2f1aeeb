//! One Vorgang of UTILMD as a value: what the processes of the market say to each other.
//!
//! The value holds only what a process decides on or must repeat. It is stored as JSON until it is rendered, so unknown fields are
//! refused. Reading ignores segments it does not know; what it knows must be well-formed. Sender and receiver are not part of it:
//! they are the envelope's. Which PIDs can be written, and how, is in `forms`, family by family.

mod forms;

use serde::{Deserialize, Serialize};
use time::Date;

use mako_engine::Timestamp;

use super::identifier::{MaloId, MeloId, MpId, NeloId};
use super::interchange::{Message, Segment, find};
use super::lokation::Lokation;
use super::message::FieldError;
use super::pid::Pid;
use super::wire_time::{iso_day, parse_102, parse_303};

pub(super) use forms::{Form, form};

/// One Vorgang: IDE+24 and everything that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Utilmd {
    /// RFF+Z13.
    pub pid: Pid,
    /// BGM 1004, unique per sender and message type.
    pub document: String,
    /// IDE+24, the Vorgangsnummer, unique per sender.
    pub vorgang: String,
    /// RFF+TN: the Vorgangsnummer of the request that this answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_vorgang: Option<String>,
    /// RFF+ACW: the Vorgangsnummer of the sender's own request that is to be taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takes_back: Option<String>,
    /// LOC+Z16, in Gas LOC+172.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub malo: Option<MaloId>,
    /// LOC+Z17, in Gas LOC+172.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub melo: Option<MeloId>,
    /// LOC+Z18.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nelo: Option<NeloId>,
    /// DTM+92: Zuordnungsbeginn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begin: Option<Timestamp>,
    /// DTM+93: Zuordnungsende.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Timestamp>,
    /// DTM+76: the begin of a Messstellenbetrieb.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_begin: Option<Timestamp>,
    /// DTM+471: the end of a contract that is given notice of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_end: Option<Timestamp>,
    /// DTM+154: the day of receipt of the LFN's Anmeldung, which the NB tells the LFA.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "iso_day")]
    pub ut_of_lfn: Option<Date>,
    /// STS+7.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Transaktionsgrund>,
    /// STS+E01.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<AnswerStatus>,
    /// NAD+VY: the other supplier concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplier: Option<MpId>,
    /// CAV+Z91: the Messstellenbetreiber of the locations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub msb: Option<MpId>,
    /// NAD+Z09: the name of the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// NAD+Z04: where the customer gets mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correspondence: Option<Correspondence>,
    /// The product and the Bilanzkreis of the supply to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supply: Option<Supply>,
}

/// Why the Vorgang takes place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transaktionsgrund {
    /// The code, such as `E03` (change of supplier).
    pub code: String,
    /// The addition, such as `ZW4`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addition: Option<String>,
}

/// The answer to a request, and the decision tree it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerStatus {
    /// The answer code, such as `A51`.
    pub code: String,
    /// The Entscheidungsbaum, such as `E_0623`; absent where the answer has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ebd: Option<String>,
}

/// A name and an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correspondence {
    /// Who.
    pub name: String,
    /// Street and house number.
    pub street: String,
    /// Place.
    pub city: String,
    /// Postal code.
    pub postal_code: String,
    /// Country as in ISO 3166, two letters.
    pub country: String,
}

/// What is supplied and to which Bilanzkreis it is counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Supply {
    /// PIA+5, the code of the configuration product.
    pub product: String,
    /// CAV+ZV4, the EIC of the Bilanzkreis.
    pub bilanzkreis: String,
}

impl Utilmd {
    /// The shortest Vorgang: everything that is optional is absent.
    #[must_use]
    pub fn new(pid: Pid, document: impl Into<String>, vorgang: impl Into<String>) -> Self {
        Self {
            pid,
            document: document.into(),
            vorgang: vorgang.into(),
            request_vorgang: None,
            takes_back: None,
            malo: None,
            melo: None,
            nelo: None,
            begin: None,
            end: None,
            service_begin: None,
            contract_end: None,
            ut_of_lfn: None,
            reason: None,
            answer: None,
            supplier: None,
            msb: None,
            customer: None,
            correspondence: None,
            supply: None,
        }
    }

    /// The location that the Vorgang is about: the Marktlokation where it names one, else the Messlokation.
    #[must_use]
    pub fn lokation(&self) -> Option<Lokation> {
        self.malo.map(Lokation::Malo).or_else(|| self.melo.clone().map(Lokation::Melo))
    }

    /// The Vorgang, about `lokation`.
    #[must_use]
    pub fn about(mut self, lokation: Lokation) -> Self {
        match lokation {
            Lokation::Malo(malo) => self.malo = Some(malo),
            Lokation::Melo(melo) => self.melo = Some(melo),
        }
        self
    }

    /// Vorgang number `transaction` of `message`.
    ///
    /// # Errors
    /// There is no such Vorgang, it has no PID, or a field that is known here is malformed. What passed
    /// [`processability::check`](super::processability::check) has no such errors.
    pub fn read(message: &Message, transaction: usize) -> Result<Self, FieldError> {
        let Some(vorgang) = message.transactions.get(transaction) else {
            return Err(FieldError::malformed("IDE+24", message.position(), format!("there is no Vorgang number {}", transaction + 1)));
        };
        let segments = message.transaction_segments(transaction);
        let pid = vorgang.pid.ok_or_else(|| FieldError::missing("RFF+Z13", message.position()))?;
        let gas: Option<Lokation> = field(segments, "LOC", "172", (1, 0))?;
        Ok(Self {
            request_vorgang: text(segments, "RFF", "TN", 0, 1),
            takes_back: text(segments, "RFF", "ACW", 0, 1),
            malo: match &gas {
                Some(Lokation::Malo(malo)) => Some(*malo),
                _ => field(segments, "LOC", "Z16", (1, 0))?,
            },
            melo: match gas {
                Some(Lokation::Melo(melo)) => Some(melo),
                _ => field(segments, "LOC", "Z17", (1, 0))?,
            },
            nelo: field(segments, "LOC", "Z18", (1, 0))?,
            begin: instant(segments, "92")?,
            end: instant(segments, "93")?,
            service_begin: instant(segments, "76")?,
            contract_end: instant(segments, "471")?,
            ut_of_lfn: parsed(segments, "DTM", "154", (0, 1), |t| parse_102(t).ok_or("expected CCYYMMDD"))?,
            reason: text(segments, "STS", "7", 2, 0).map(|code| Transaktionsgrund { code, addition: text(segments, "STS", "7", 3, 0) }),
            answer: text(segments, "STS", "E01", 2, 0).map(|code| AnswerStatus { code, ebd: text(segments, "STS", "E01", 2, 1) }),
            supplier: field(segments, "NAD", "VY", (1, 0))?,
            msb: field(segments, "CAV", "Z91", (0, 1))?,
            customer: text(segments, "NAD", "Z09", 3, 0),
            correspondence: find(segments, "NAD", "Z04").map(|nad| Correspondence {
                name: nad.text(3, 0).to_owned(),
                street: nad.text(4, 0).to_owned(),
                city: nad.text(5, 0).to_owned(),
                postal_code: nad.text(7, 0).to_owned(),
                country: nad.text(8, 0).to_owned(),
            }),
            supply: text(segments, "PIA", "5", 1, 0)
                .zip(text(segments, "CAV", "ZV4", 0, 3))
                .map(|(product, bilanzkreis)| Supply { product, bilanzkreis }),
            ..Self::new(pid, message.document.clone(), vorgang.vorgang.clone())
        })
    }
}

fn text(segments: &[Segment], tag: &str, qualifier: &str, element: usize, component: usize) -> Option<String> {
    find(segments, tag, qualifier).map(|s| s.text(element, component)).filter(|t| !t.is_empty()).map(str::to_owned)
}

fn instant(segments: &[Segment], qualifier: &str) -> Result<Option<Timestamp>, FieldError> {
    parsed(segments, "DTM", qualifier, (0, 1), |t| parse_303(t).ok_or("expected CCYYMMDDHHMM+00"))
}

fn field<T: std::str::FromStr<Err: ToString>>(
    segments: &[Segment],
    tag: &str,
    qualifier: &str,
    place: (usize, usize),
) -> Result<Option<T>, FieldError> {
    parsed(segments, tag, qualifier, place, |text| text.parse().map_err(|error: T::Err| error.to_string()))
}

fn parsed<T, E: ToString>(
    segments: &[Segment],
    tag: &str,
    qualifier: &str,
    (element, component): (usize, usize),
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<T>, FieldError> {
    let Some(segment) = find(segments, tag, qualifier) else { return Ok(None) };
    let found = segment.text(element, component);
    parse(found).map(Some).map_err(|error| {
        let location = format!("{tag}+{qualifier}");
        FieldError::malformed(location, segment.position_of(element), format!("`{found}`: {}", error.to_string()))
    })
}
