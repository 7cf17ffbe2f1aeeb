//! The node of a Netzbetreiber as a subject of the conformance kit: its partner is a Lieferant who registers for Marktlokationen.

use std::marker::PhantomData;
use std::sync::Arc;

use mako_conformance::{Capabilities, NodeSubject, Request, Script, Violation, Without};
use mako_engine::fristen::{RulebookId, Sparte, berlin};
use mako_engine::version::release_of;
use mako_engine::{FormatVersion, Timestamp, Workflow as _};
use mako_sim::edifact::write::{Envelope, write};
use mako_sim::edifact::{MaloId, MpId, TypedMessage};
use mako_sim::plan::{Behaviour, Object, Party, Plan};
use mako_sim::run::StoreKind;
use mako_sim::run::stage::{Door, Ground, play};

use crate::gpke::lieferbeginn::lfn::{Command, LieferbeginnLfn, State};
use crate::market::Market;

/// Under what a node stands, and how it behaves.
pub trait Staging: 'static {
    /// What the subject is called.
    const NAME: &'static str;
    /// What carries its bytes.
    const GROUND: Ground;
    /// What keeps its events.
    const STORE: StoreKind;
    /// How it behaves.
    const BEHAVIOUR: Behaviour = Behaviour::Conformant;
    /// What it can do.
    const CAPABILITIES: Capabilities = Capabilities::CRASHES;
    /// What it cannot do, and why.
    const WITHOUT: Without = &[];

    /// The way from its partner to it and back. Whoever wants to change what goes over it stands in between.
    #[must_use]
    fn door(door: Arc<dyn Door>) -> Arc<dyn Door> {
        door
    }
}

/// On fjall and turmoil.
#[derive(Debug, Clone, Copy)]
pub struct Simulated;

impl Staging for Simulated {
    const NAME: &'static str = "netzbetreiber";
    const GROUND: Ground = Ground::Turmoil;
    const STORE: StoreKind = StoreKind::Fjall;
}

/// On fjall and real sockets of the loopback interface.
#[derive(Debug, Clone, Copy)]
pub struct OnSockets;

impl Staging for OnSockets {
    const NAME: &'static str = "netzbetreiber-on-sockets";
    const GROUND: Ground = Ground::Loopback;
    const STORE: StoreKind = StoreKind::Fjall;
}

/// A Netzbetreiber whose back office agrees at once.
#[derive(Debug, Clone, Copy)]
pub struct Netzbetreiber<S>(PhantomData<S>);

const NB: &str = "9999000002010";
const LFN: &str = "9999000001012";

impl<S: Staging> NodeSubject for Netzbetreiber<S> {
    const NAME: &'static str = S::NAME;
    const CAPABILITIES: Capabilities = S::CAPABILITIES;
    const WITHOUT: Without = S::WITHOUT;
    const ME: &'static str = NB;
    const PARTNER: &'static str = LFN;
    const RETRY_HORIZON_S: i64 = 10 * 86_400;
    const FORMAT_VERSIONS: &'static [FormatVersion] =
        &[FormatVersion::Fv2025_10_01, FormatVersion::Fv2026_04_01, FormatVersion::Fv2026_10_01];

    fn request(number: u32, at: Timestamp, as_of: Timestamp) -> Request {
        let (reference, vorgang, message) = anmeldung(number, at).unwrap_or_else(|error| panic!("no Anmeldung no. {number}: {error}"));
        let release = release_of("UTILMD", Sparte::Strom, as_of).unwrap_or_else(|| panic!("no release of UTILMD at {as_of}"));
        let envelope = Envelope {
            sender: mp_id(LFN),
            receiver: mp_id(NB),
            interchange_ref: reference.clone(),
            message_ref: format!("MSG{number:06}"),
            prepared_at: at,
            berlin_offset_seconds: berlin::local(at).2,
            release: release.to_owned(),
        };
        let bytes = write(&message, &envelope).unwrap_or_else(|error| panic!("Anmeldung no. {number} cannot be written: {error}"));
        Request { reference, vorgang, bytes }
    }

    fn play(start: Timestamp, script: Script) -> Result<Result<(), Violation>, String> {
        play(&plan(start, S::BEHAVIOUR), start, &Market::application(), S::STORE, S::GROUND, |door| script(S::door(door)))
    }
}

fn mp_id(text: &str) -> MpId {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The `number`-th Marktlokation.
fn malo(number: u32) -> MaloId {
    let digits = format!("{:010}", 5_100_000_000 + u64::from(number));
    let found = (0..10).find_map(|check| format!("{digits}{check}").parse().ok());
    found.unwrap_or_else(|| panic!("{digits} has no check digit"))
}

/// The `number`-th Anmeldung as the LFN's own process writes it: the references of its interchange and of its Vorgang, and the message.
fn anmeldung(number: u32, at: Timestamp) -> Result<(String, String, TypedMessage), String> {
    let (day, _, _) = berlin::local(at.plus_seconds(7 * 86_400));
    let begin = Command::Begin {
        rulebook: RulebookId::BK6_24_174,
        me: mp_id(LFN),
        nb: mp_id(NB),
        malo: malo(number),
        begin: berlin::midnight(day),
        token: format!("K{number:06}"),
    };
    let decision = LieferbeginnLfn::handle(&State::default(), begin).map_err(|error| error.to_string())?;
    let queued = decision.outbox.into_iter().next().ok_or("the LFN sends nothing")?;
    let message: TypedMessage = serde_json::from_value(queued.payload).map_err(|error| error.to_string())?;
    let TypedMessage::Utilmd(utilmd) = &message else { return Err(format!("the LFN sends {}", queued.kind)) };
    Ok((format!("IC{number:06}"), utilmd.vorgang.clone(), message))
}

/// The node, its partner, and Marktlokationen that nobody supplies.
fn plan(start: Timestamp, behaviour: Behaviour) -> Plan {
    let party = |name: &str, role: &str, id, behaviour| Party {
        name: name.to_owned(),
        role: role.to_owned(),
        mp_id: mp_id(id),
        sparte: Sparte::Strom,
        behaviour,
    };
    Plan {
        title: "a node and whoever asks what it promises".to_owned(),
        source: String::new(),
        rulebook: RulebookId::BK6_24_174,
        seed: 1,
        parties: vec![party("NB", "Netzbetreiber", NB, behaviour), party("LFN", "Lieferant", LFN, Behaviour::Conformant)],
        objects: Vec::<Object>::new(),
        steps: Vec::new(),
        until: start.plus_seconds(90 * 86_400),
        expects: Vec::new(),
        variants: Vec::new(),
        disturbance: None,
    }
}
