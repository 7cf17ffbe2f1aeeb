//! The processability check against the Anwendungshandbuch: what is answered with APERAK 313.
//!
//! Only the first stage is here ([`Stage::Ahb`](super::erc::Stage::Ahb)): what can be told from the message alone. Assignment and
//! property checks need the receiver's data and belong to its process. All errors of the stage are reported, in the order of the
//! message. What passes can be read as a [`TypedMessage`] without error.
//!
//! Depth: every message is checked for its document time, its parties, the form of its instants, the identifiers of its locations and
//! its intervals; MSCONS also for whole series (`series`); UTILMD also for the hour of Zuordnungen, for what may stand
//! once only and for the reference of an answer; the PIDs of the Lieferbeginn also for missing segments, repetitions and codes.

use std::cmp::Reverse;

use super::Sparte;
use super::erc::Erc;
use super::identifier::{CrId, MaloId, MeloId, MpId, NebefId, NeloId, SgId, SrId, TrId};
use super::interchange::{Interchange, Message, Segment, find};
use super::message::TypedMessage;
use super::receive::ReceiveContext;
use super::series;
use super::utilmd::{Form, form};
use super::wire_time::{parse_102, parse_303, parse_304};

/// The Transaktionsgründe (STS+7) of the Lieferbeginn, of the information messages around it, and of a Storno (E05). Source: UTILMD AHB Strom 2.1, STS 9013.
const REASONS: &[&str] = &[
    "E01", "E02", "E03", "E05", "Z26", "Z33", "Z36", "Z37", "Z38", "Z39", "Z41", "ZC6", "ZC7", "ZC8", "ZC9", "ZG5", "ZG6", "ZG9", "ZH0",
    "ZH1", "ZH2", "ZJ4", "ZP3", "ZP4", "ZT4", "ZT5", "ZT6", "ZT7",
];

/// Segments of which a Vorgang has at most one, whatever its PID.
const ONCE: &[(&str, &str)] = &[("DTM", "92"), ("DTM", "93"), ("DTM", "154"), ("STS", "7"), ("STS", "E01"), ("RFF", "Z13"), ("RFF", "TN")];

/// Segments of which a Vorgang of the Lieferbeginn has at most one; other PIDs may name several locations.
const SINGLE: &[(&str, &str)] = &[("LOC", "Z16"), ("NAD", "Z09"), ("NAD", "VY")];

/// One error of a Geschäftsvorfall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessabilityError {
    /// The code.
    pub erc: Erc,
    /// Where, as FTX+Z02 says it: the segment as far as it identifies the place, such as `LOC+Z16+123`.
    pub location: String,
    /// Byte offset into the input.
    pub position: usize,
    /// What is wrong, in words.
    pub reason: String,
}

/// Checks message number `message` of `interchange`, and in it Vorgang number `transaction`; no errors means processable.
///
/// APERAK and CONTRL are never refused: there is no APERAK on them.
#[must_use]
pub fn check(
    interchange: &Interchange,
    message: usize,
    transaction: Option<usize>,
    context: &ReceiveContext<'_>,
) -> Vec<ProcessabilityError> {
    let Some(found) = interchange.messages.get(message) else { return Vec::new() };
    if found.is_acknowledgement() {
        return Vec::new();
    }
    let mut findings = Findings::default();
    let vorgang = transaction.map_or(&[][..], |t| found.transaction_segments(t));
    findings.header(interchange, found);
    let body = if transaction.is_some() { vorgang } else { found.segments.as_slice() };
    findings.instants(if transaction.is_some() { found.header() } else { &[] });
    findings.instants(body);
    findings.locations(body);
    findings.intervals(body);
    if found.message_type == "MSCONS" {
        findings.0.extend(series::check(&found.segments));
    }
    if found.message_type == "UTILMD" {
        findings.zuordnung(vorgang, found.sparte(context.sparte), context);
        findings.vorgang(vorgang);
        let pid = transaction.and_then(|t| found.transactions.get(t)).and_then(|t| t.pid);
        if let Some(form) = pid.and_then(form) {
            findings.form(found, vorgang, form);
        }
        findings.typed(found, transaction);
    }
    findings.in_order()
}

#[derive(Default)]
struct Findings(Vec<ProcessabilityError>);

impl Findings {
    fn push(&mut self, erc: Erc, location: impl Into<String>, position: usize, reason: impl Into<String>) {
        let (location, reason) = (location.into(), reason.into());
        self.0.push(ProcessabilityError { erc, location, position, reason });
    }

    /// Each error once, in the order of the message.
    fn in_order(mut self) -> Vec<ProcessabilityError> {
        self.0.sort_by_key(|e| (e.position, e.erc, Reverse(e.location.len())));
        self.0.dedup_by(|b, a| a.position == b.position && a.erc == b.erc);
        self.0
    }

    /// DTM+137 and the parties. That NAD and UNB name the same party is a format rule of the market, hence Z35.
    fn header(&mut self, interchange: &Interchange, message: &Message) {
        match find(message.header(), "DTM", "137") {
            None => self.push(Erc::MISSING, "DTM+137", message.position(), "the document time (DTM+137) is missing"),
            Some(dtm) if dtm.text(0, 2) != "303" => {
                self.push(Erc::FORMAT, place(dtm), dtm.position_of(0), "the document time has format 303")
            }
            Some(_) => {}
        }
        let envelope = &interchange.address;
        for (qualifier, party) in [("MS", &envelope.sender), ("MR", &envelope.receiver)] {
            let Some(nad) = find(message.header(), "NAD", qualifier) else {
                self.push(Erc::MISSING, format!("NAD+{qualifier}"), message.position(), format!("NAD+{qualifier} is missing"));
                continue;
            };
            if nad.text(1, 0) != party.number {
                let reason = format!("NAD+{qualifier} is {}, UNB names {}", nad.text(1, 0), party.number);
                self.push(Erc::FORMAT, place(nad), nad.position_of(1), reason);
            } else if let Ok(id) = nad.text(1, 0).parse::<MpId>()
                && nad.text(1, 2) != id.issuer().nad_agency()
            {
                let reason = format!("the code list of {id} is {}, not `{}`", id.issuer().nad_agency(), nad.text(1, 2));
                self.push(Erc::CODE, place(nad), nad.position_of(1), reason);
            }
        }
    }

    /// The value of every DTM fits its format.
    fn instants(&mut self, segments: &[Segment]) {
        for dtm in segments.iter().filter(|s| s.tag == "DTM") {
            let (value, format) = (dtm.text(0, 1), dtm.text(0, 2));
            let (fits, expected) = match format {
                "303" => (parse_303(value).is_some(), "CCYYMMDDHHMM+00"),
                "304" => (parse_304(value).is_some(), "CCYYMMDDHHMMSS+00"),
                "102" => (parse_102(value).is_some(), "CCYYMMDD"),
                _ => (true, ""),
            };
            if !fits {
                self.push(Erc::FORMAT, place(dtm), dtm.position_of(0), format!("`{value}` is not {expected} (format {format})"));
            }
        }
    }

    /// Zuordnungen begin and end at 00:00 Berlin (Strom) or 06:00 Berlin (Gas). Source: UTILMD AHB, format conditions 931 to 935.
    fn zuordnung(&mut self, vorgang: &[Segment], sparte: Sparte, context: &ReceiveContext<'_>) {
        let hour = if sparte == Sparte::Gas { 6 } else { 0 };
        for dtm in vorgang.iter().filter(|s| s.is("DTM", "92") || s.is("DTM", "93")) {
            if dtm.text(0, 2) != "303" {
                self.push(Erc::FORMAT, place(dtm), dtm.position_of(0), "a Zuordnung is an instant in format 303");
                continue;
            }
            let Some(at) = parse_303(dtm.text(0, 1)) else { continue };
            let local = at.plus_seconds(i64::from((context.berlin_offset_seconds)(at))).to_offset();
            if (local.hour(), local.minute()) != (hour, 0) {
                let reason =
                    format!("a Zuordnung begins and ends at {hour:02}:00 Berlin, {at} is {:02}:{:02}", local.hour(), local.minute());
                self.push(Erc::FORMAT, place(dtm), dtm.position_of(0), reason);
            }
        }
    }

    /// LOC+Z16 to Z20, and LOC+172 by its form: 33 characters are a MeLo-ID or a Zählpunkt of its form, 11 are the identifier that their
    /// first character names. Source: format conditions of the AHB on identifiers.
    fn locations(&mut self, segments: &[Segment]) {
        for loc in segments.iter().filter(|s| s.tag == "LOC") {
            let (qualifier, id) = (loc.text(0, 0), loc.text(1, 0));
            let wrong = match (qualifier, id.len(), id.chars().next()) {
                ("Z16", ..) => id.parse::<MaloId>().err(),
                ("Z17", ..) | ("172", 33, _) => id.parse::<MeloId>().err(),
                ("Z18", ..) | ("172", 11, Some('E')) => id.parse::<NeloId>().err(),
                ("Z19", ..) | ("172", 11, Some('C')) => id.parse::<SrId>().err(),
                ("Z20", ..) | ("172", 11, Some('D')) => id.parse::<TrId>().err(),
                ("172", 11, Some('A')) => id.parse::<CrId>().err(),
                ("172", 11, Some('B')) => id.parse::<SgId>().err(),
                ("172", 11, Some('F')) => id.parse::<NebefId>().err(),
                ("172", 11, _) => id.parse::<MaloId>().err(),
                _ => None,
            };
            if let Some(error) = wrong {
                self.push(Erc::FORMAT, place(loc), loc.position_of(1), error.to_string());
            }
        }
    }

    /// A DTM that ends what the DTM right before it begins: the end is later.
    fn intervals(&mut self, segments: &[Segment]) {
        for (begin, end) in segments.iter().zip(segments.iter().skip(1)) {
            let pair = (begin.tag.as_str(), begin.text(0, 0), end.tag.as_str(), end.text(0, 0));
            if !matches!(pair, ("DTM", "163", "DTM", "164") | ("DTM", "155", "DTM", "156") | ("DTM", "Z42", "DTM", "Z43")) {
                continue;
            }
            if let (Some(from), Some(until)) = (parse_303(begin.text(0, 1)), parse_303(end.text(0, 1)))
                && until <= from
            {
                self.push(Erc::INTERVAL, place(end), end.position_of(0), "the end is not after the begin");
            }
        }
    }

    /// What no Vorgang of UTILMD may have twice, a Zuordnung that ends before it begins, and the reference without which an answer answers nothing.
    fn vorgang(&mut self, vorgang: &[Segment]) {
        for (tag, qualifier) in ONCE {
            for again in vorgang.iter().filter(|s| s.is(tag, qualifier)).skip(1) {
                self.push(Erc::REPETITION, place(again), again.bytes.start, format!("{tag}+{qualifier} stands twice"));
            }
        }
        let instant = |qualifier| find(vorgang, "DTM", qualifier).and_then(|s| parse_303(s.text(0, 1)).map(|at| (s, at)));
        if let (Some((_, begin)), Some((dtm, end))) = (instant("92"), instant("93"))
            && end <= begin
        {
            self.push(Erc::INTERVAL, place(dtm), dtm.position_of(0), "the end is not after the begin");
        }
        if let Some(sts) = find(vorgang, "STS", "E01")
            && find(vorgang, "RFF", "TN").is_none()
        {
            self.push(Erc::MISSING, "RFF+TN", sts.bytes.start, "an answer names the Vorgang that it answers in RFF+TN");
        }
    }

    fn form(&mut self, message: &Message, vorgang: &[Segment], form: &Form) {
        let start = vorgang.first().map_or(message.position(), |ide| ide.bytes.start);
        for (tag, qualifier) in form.required {
            if find(vorgang, tag, qualifier).is_none() {
                let location = format!("{tag}+{qualifier}");
                self.push(Erc::MISSING, &location, start, format!("{location} is missing, PID {} needs it", form.pid));
            }
        }
        for (tag, qualifier) in SINGLE {
            for again in vorgang.iter().filter(|s| s.is(tag, qualifier)).skip(1) {
                self.push(Erc::REPETITION, place(again), again.bytes.start, format!("{tag}+{qualifier} stands twice"));
            }
        }
        if form.is_sampled && message.document_code != form.document_code {
            let bgm = message.segments.iter().find(|s| s.tag == "BGM");
            let reason = format!("PID {} has document code {}, not `{}`", form.pid, form.document_code, message.document_code);
            self.push(Erc::CODE, format!("BGM+{}", message.document_code), bgm.map_or(start, |s| s.bytes.start), reason);
        }
        if let Some(sts) = find(vorgang, "STS", "7").filter(|s| !REASONS.contains(&s.text(2, 0))) {
            self.push(Erc::CODE, place(sts), sts.position_of(2), format!("`{}` is no Transaktionsgrund", sts.text(2, 0)));
        }
        if let Some(sts) = find(vorgang, "STS", "E01").filter(|s| !is_answer(s)) {
            let reason = format!("`{}` of `{}` is no answer of a decision tree", sts.text(2, 0), sts.text(2, 1));
            self.push(Erc::CODE, place(sts), sts.position_of(2), reason);
        }
        if let Some(dtm) = find(vorgang, "DTM", "154").filter(|s| s.text(0, 2) != "102") {
            self.push(Erc::FORMAT, place(dtm), dtm.position_of(0), "DTM+154 is a day in format 102");
        }
    }

    /// What nothing above found but the typed view does not accept, such as a wrong MP-ID in NAD+VY.
    fn typed(&mut self, message: &Message, transaction: Option<usize>) {
        if let (true, Err(error)) = (self.0.is_empty(), TypedMessage::read(message, transaction)) {
            self.push(Erc::FORMAT, error.location, error.position, error.reason);
        }
    }
}

/// Answer codes are a capital and two letters or digits; decision trees `E_`, `G_` or `S_` and four digits.
fn is_answer(sts: &Segment) -> bool {
    let (code, tree) = (sts.text(2, 0), sts.text(2, 1));
    let code_fits =
        code.len() == 3 && code.starts_with(|c: char| c.is_ascii_uppercase()) && code.bytes().all(|b| b.is_ascii_alphanumeric());
    let tree_fits = ["E_", "G_", "S_"]
        .iter()
        .any(|letter| tree.strip_prefix(letter).is_some_and(|n| n.len() == 4 && n.bytes().all(|b| b.is_ascii_digit())));
    code_fits && tree_fits
}

/// Tag, qualifier and value of a segment, such as `LOC+Z16+123`, at most 100 characters.
fn place(segment: &Segment) -> String {
    let elements = segment.elements.iter().map(|e| e.components.join(":"));
    let text: Vec<String> = std::iter::once(segment.tag.clone()).chain(elements).collect();
    text.join("+").chars().take(100).collect()
}
