//! The market as the simulator's nodes know it: every workflow of this crate, its routes, its back offices.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use mako_engine::fristen::berlin;
use mako_engine::outbox::OutboxMessage;
use mako_engine::registry::ProcessRecord;
use mako_engine::routing::{AdaptError, Adapters, Inbound, Route, RouteKey};
use mako_engine::{Cause, CommitError, EngineBuilder, EngineContext, Execute, ExecuteError, FormatVersion, IdSource, Workflow};
use mako_sim::application::{Application, BeginError};
use mako_sim::edifact::{Contrl, MaloId, MpId, TypedMessage, Utilmd};
use mako_sim::plan::{Object, Order, Party, Plan, Verdict};
use mako_sim::received::ReceivedMessage;
use time::format_description::well_known::Iso8601;

use crate::duties;
use crate::gpke::lfa::{self, LieferbeginnLfa};
use crate::gpke::lfn::{self, LieferbeginnLfn};
use crate::gpke::nb::{self, LieferbeginnNb};
use crate::gpke::post::Refusal;

/// The first format version of the Lieferbeginn within 24 hours; what is read of its messages has not changed since.
const FIRST: FormatVersion = FormatVersion::Fv2025_06_06;

/// What the workflows send by AS4.
const SENDS: &[&str] = &[
    "UTILMD 55001",
    "UTILMD 55002",
    "UTILMD 55003",
    "UTILMD 55010",
    "UTILMD 55011",
    "UTILMD 55012",
    "UTILMD 55036",
    "UTILMD 55037",
    "APERAK 55001",
    "APERAK 55002",
    "APERAK 55003",
    "APERAK 55010",
    "APERAK 55011",
    "APERAK 55012",
    "APERAK 55036",
    "APERAK 55037",
];

/// Every workflow of this crate at every node. What a party really does follows from the messages it gets.
#[derive(Debug, Clone, Copy, Default)]
pub struct Market;

impl Market {
    /// The market, ready for a node.
    #[must_use]
    pub fn application() -> Arc<dyn Application> {
        Arc::new(Self)
    }
}

#[async_trait]
impl Application for Market {
    fn wire(&self, _plan: &Plan, _party: &Party, builder: EngineBuilder) -> EngineBuilder {
        let utilmd = |pid| RouteKey::of("UTILMD").pid(pid);
        builder
            .format_versions(FIRST..)
            .workflow::<LieferbeginnLfn>(Adapters::from(FIRST, lfn_command))
            .workflow::<LieferbeginnNb>(Adapters::from(FIRST, nb_command))
            .workflow::<LieferbeginnLfa>(Adapters::from(FIRST, lfa_command))
            .route(utilmd("55001"), Route::Starts(LieferbeginnNb::NAME))
            .route(utilmd("55002"), Route::ContinuesIn(LieferbeginnLfn::NAME))
            .route(utilmd("55003"), Route::ContinuesIn(LieferbeginnLfn::NAME))
            .route(utilmd("55010"), Route::Starts(LieferbeginnLfa::NAME))
            .route(utilmd("55011"), Route::ContinuesIn(LieferbeginnNb::NAME))
            .route(utilmd("55012"), Route::ContinuesIn(LieferbeginnNb::NAME))
            .route(utilmd("55036"), Route::ContinuesIn(LieferbeginnLfn::NAME))
            .route(utilmd("55037"), Route::ContinuesIn(LieferbeginnLfa::NAME))
            .route(RouteKey::of("APERAK"), Route::Continues)
            .route(RouteKey::of("CONTRL"), Route::Continues)
    }

    async fn begin(&self, plan: &Plan, party: &Party, engine: &EngineContext, order: &Order) -> Result<(), BeginError> {
        match (order.message_type.as_str(), order.pid.as_str()) {
            ("UTILMD", "55001") => {
                let nb = plan.party(&order.to).ok_or_else(|| format!("there is no party {}", order.to))?.mp_id;
                let command = lfn::Command::Begin {
                    rulebook: plan.rulebook,
                    me: party.mp_id,
                    nb,
                    malo: malo(plan, order)?,
                    begin: berlin::midnight(date(order, "begin")?),
                    token: engine.ids().next_id().token(13),
                };
                start_lfn(engine, command, &format!("{} of the plan", order.word)).await
            }
            (message_type, pid) => Err(format!("no process here begins with {message_type} {pid}; there is UTILMD 55001").into()),
        }
    }

    fn question(&self, question: &OutboxMessage) -> String {
        question.message.kind.clone()
    }

    fn answer(&self, plan: &Plan, party: &Party, question: &OutboxMessage, verdict: &Verdict) -> Result<serde_json::Value, String> {
        let payload = question.message.payload.clone();
        let answer = match question.message.kind.as_str() {
            "Anmeldung" => {
                let asked: nb::Question = serde_json::from_value(payload).map_err(|error| error.to_string())?;
                serde_json::to_value(match verdict {
                    Verdict::Accept => nb::Finding::Possible { lfa: supplier(plan, &asked.malo)?.filter(|lfa| *lfa != asked.lfn) },
                    Verdict::Reject(code) => nb::Finding::Impossible { code: code.clone() },
                })
            }
            "Anfrage" => serde_json::to_value(match verdict {
                Verdict::Accept => lfa::Finding { consents: true, code: "A36".to_owned() },
                Verdict::Reject(code) => lfa::Finding { consents: false, code: code.clone() },
            }),
            other => return Err(format!("the back office of {} knows no question `{other}`", party.name)),
        };
        answer.map_err(|error| error.to_string())
    }

    fn word(&self, message_type: &str, pid: Option<&str>) -> &'static str {
        match (message_type, pid.unwrap_or_default()) {
            ("UTILMD", "55001") => "Anmeldung",
            ("UTILMD", "55002") => "Bestätigung",
            ("UTILMD", "55003") => "Ablehnung",
            ("UTILMD", "55010") => "Anfrage",
            ("UTILMD", "55011") => "Zustimmung",
            ("UTILMD", "55012") => "Widerspruch",
            ("UTILMD", "55036") => "Information über existierende Zuordnung",
            ("UTILMD", "55037") => "Beendigung der Zuordnung",
            _ => "",
        }
    }

    fn sends(&self) -> &'static [&'static str] {
        SENDS
    }

    async fn state_word(&self, engine: &EngineContext, process: &ProcessRecord) -> String {
        let stream = &process.identity.stream;
        let word = match process.identity.workflow.as_str() {
            LieferbeginnNb::NAME => match engine.resume::<LieferbeginnNb>(stream).await {
                Ok(process) => process.state().await.map(|state| nb::word(&state)),
                Err(error) => Err(error),
            },
            LieferbeginnLfn::NAME => match engine.resume::<LieferbeginnLfn>(stream).await {
                Ok(process) => process.state().await.map(|state| lfn::word(&state)),
                Err(error) => Err(error),
            },
            LieferbeginnLfa::NAME => match engine.resume::<LieferbeginnLfa>(stream).await {
                Ok(process) => process.state().await.map(|state| lfa::word(&state)),
                Err(error) => Err(error),
            },
            other => return other.to_owned(),
        };
        match word {
            Ok(word) => word.to_owned(),
            Err(error) => error.to_string(),
        }
    }

    fn recorded_objects(&self, plan: &Plan, messages: &[(MpId, MpId, &TypedMessage)]) -> Vec<Object> {
        let mut objects: BTreeMap<String, Object> = BTreeMap::new();
        for (_, to, message) in messages {
            let TypedMessage::Utilmd(utilmd) = message else { continue };
            let Some(malo) = utilmd.malo.map(|malo| malo.to_string()) else { continue };
            let (kind, name, number) = ("MaLo".to_owned(), format!("malo{}", objects.len() + 1), malo.clone());
            let object = objects.entry(malo).or_insert_with(|| Object { name, kind, id: number, attributes: BTreeMap::new() });
            // Whom the NB asks is the supplier in possession.
            if utilmd.pid.number() == 55010
                && let Some(supplier) = plan.parties.iter().find(|party| party.mp_id == *to)
            {
                object.attributes.insert("supplier".to_owned(), supplier.name.clone());
            }
        }
        objects.into_values().collect()
    }

    async fn begin_recorded(
        &self,
        plan: &Plan,
        party: &Party,
        engine: &EngineContext,
        to: MpId,
        message: &TypedMessage,
    ) -> Result<(), BeginError> {
        let TypedMessage::Utilmd(utilmd) = message else { return Err("no process begins with it".to_owned().into()) };
        let (55001, Some(malo), Some(begin)) = (utilmd.pid.number(), utilmd.malo, utilmd.begin) else {
            return Err(format!("no process here begins with UTILMD {}", utilmd.pid).into());
        };
        let token = engine.ids().next_id().token(13);
        start_lfn(engine, lfn::Command::Begin { rulebook: plan.rulebook, me: party.mp_id, nb: to, malo, begin, token }, "a recording").await
    }

    fn recorded_verdict(&self, question: &OutboxMessage, message: &TypedMessage) -> Option<Verdict> {
        let TypedMessage::Utilmd(utilmd) = message else { return None };
        let code = utilmd.answer.as_ref().map(|answer| answer.code.clone()).unwrap_or_default();
        match (question.message.kind.as_str(), utilmd.pid.number()) {
            ("Anmeldung", 55002 | 55010) | ("Anfrage", 55011) => Some(Verdict::Accept),
            ("Anmeldung", 55003) | ("Anfrage", 55012) => Some(Verdict::Reject(code)),
            _ => None,
        }
    }

    fn possible_answers(&self, pid: &str) -> &'static [&'static str] {
        duties::answers(pid)
    }
}

/// Starts the process of the LFN.
async fn start_lfn(engine: &EngineContext, command: lfn::Command, asked_by: &str) -> Result<(), BeginError> {
    let rules = FormatVersion::at(engine.clock().now());
    match engine.spawn::<LieferbeginnLfn>(rules, Execute::new(command, Cause::Command(asked_by.to_owned()))).await {
        Ok(_) => Ok(()),
        Err(ExecuteError::Commit(CommitError::BusinessKeyTaken { holder, .. })) => Err(BeginError::AlreadyBegun(holder)),
        Err(error @ (ExecuteError::Store(_) | ExecuteError::Commit(CommitError::Store(_)))) => Err(BeginError::NotNow(error.to_string())),
        Err(error) => Err(error.to_string().into()),
    }
}

/// The supplier that the plan's master data name for a Marktlokation: `object malo MaLo … supplier=LFA`.
fn supplier(plan: &Plan, malo: &MaloId) -> Result<Option<MpId>, String> {
    let object = plan.objects.iter().find(|object| object.id == malo.to_string());
    let Some(name) = object.and_then(|object| object.attributes.get("supplier")) else { return Ok(None) };
    plan.party(name).map(|party| Some(party.mp_id)).ok_or_else(|| format!("supplier={name}: the plan has no such party"))
}

fn malo(plan: &Plan, order: &Order) -> Result<MaloId, String> {
    let named = order.objects.iter().filter_map(|name| plan.objects.iter().find(|object| object.name == *name));
    let malo = named.into_iter().find(|object| object.kind == "MaLo").ok_or("it must name a Marktlokation, an `object … MaLo …`")?;
    malo.id.parse().map_err(|error| format!("{}: {error}", malo.name))
}

fn date(order: &Order, key: &str) -> Result<time::Date, String> {
    let text = order.details.get(key).ok_or_else(|| format!("it needs {key}=, such as {key}=2026-01-15"))?;
    time::Date::parse(text, &Iso8601::DATE).map_err(|_| format!("{key}={text}: expected a date such as 2026-01-15"))
}

fn received(inbound: &Inbound) -> Result<&ReceivedMessage, AdaptError> {
    inbound.body.downcast_ref().ok_or_else(|| adapt(inbound, "its body is of another boundary"))
}

fn adapt(inbound: &Inbound, detail: &str) -> AdaptError {
    AdaptError { about: inbound.about.clone(), detail: detail.to_owned() }
}

fn utilmd(received: &ReceivedMessage) -> Option<(Box<ReceivedMessage>, Box<Utilmd>)> {
    match &received.message {
        TypedMessage::Utilmd(utilmd) => Some((Box::new(received.clone()), utilmd.clone())),
        _ => None,
    }
}

/// What a CONTRL refuses.
fn refusal(inbound: &Inbound, received: &ReceivedMessage, contrl: &Contrl) -> Result<Refusal, AdaptError> {
    match (&received.about_sent, &contrl.fault) {
        (Some(kind), Some(fault)) => Ok(Refusal { kind: kind.clone(), answer: format!("CONTRL 4 {} {}", fault.level, fault.code) }),
        _ => Err(adapt(inbound, "it refuses nothing that was sent here")),
    }
}

fn nb_command(inbound: &Inbound, _: FormatVersion, ids: &dyn IdSource) -> Result<nb::Command, AdaptError> {
    let received = received(inbound)?;
    match (&received.message, utilmd(received), inbound.pid.as_deref()) {
        (TypedMessage::Aperak(aperak), ..) => Ok(nb::Command::Aperak(aperak.clone())),
        (TypedMessage::Contrl(contrl), ..) => Ok(nb::Command::Refused(refusal(inbound, received, contrl)?)),
        (_, Some((received, utilmd)), Some("55001")) => Ok(nb::Command::Anmeldung(received, utilmd, ids.next_id().token(13))),
        (_, Some((received, utilmd)), Some("55011" | "55012")) => Ok(nb::Command::LfaAnswer(received, utilmd)),
        _ => Err(adapt(inbound, "it means nothing to the NB of a Lieferbeginn")),
    }
}

fn lfn_command(inbound: &Inbound, _: FormatVersion, _ids: &dyn IdSource) -> Result<lfn::Command, AdaptError> {
    let received = received(inbound)?;
    match (&received.message, utilmd(received), inbound.pid.as_deref()) {
        (TypedMessage::Aperak(aperak), ..) => Ok(lfn::Command::Aperak(aperak.clone())),
        (TypedMessage::Contrl(contrl), ..) => Ok(lfn::Command::Refused(refusal(inbound, received, contrl)?)),
        (_, Some((received, utilmd)), Some("55002" | "55003")) => Ok(lfn::Command::Answer(received, utilmd)),
        (_, Some((received, _)), Some("55036")) => Ok(lfn::Command::Information(received)),
        _ => Err(adapt(inbound, "it means nothing to the LFN of a Lieferbeginn")),
    }
}

fn lfa_command(inbound: &Inbound, _: FormatVersion, ids: &dyn IdSource) -> Result<lfa::Command, AdaptError> {
    let received = received(inbound)?;
    match (&received.message, utilmd(received), inbound.pid.as_deref()) {
        (TypedMessage::Aperak(aperak), ..) => Ok(lfa::Command::Aperak(aperak.clone())),
        (TypedMessage::Contrl(contrl), ..) => Ok(lfa::Command::Refused(refusal(inbound, received, contrl)?)),
        (_, Some((received, utilmd)), Some("55010")) => Ok(lfa::Command::Anfrage(received, utilmd, ids.next_id().token(13))),
        (_, Some((received, _)), Some("55037")) => Ok(lfa::Command::Termination(received)),
        _ => Err(adapt(inbound, "it means nothing to the LFA of a Lieferbeginn")),
    }
}

#[cfg(test)]
mod tests {
    use mako_engine::store::KeyedStore;
    use mako_engine::testing::{ManualClock, MemoryBackend, SeededIds};
    use mako_engine::{TenantId, Timestamp};

    use super::*;
    use crate::suite;

    #[test]
    fn whatever_a_process_may_send_or_acknowledge_is_found_again_when_it_is_refused() {
        let plan = suite::load(&suite::home().join("gpke/lieferbeginn_happy.scenario")).unwrap();
        let store = Arc::new(KeyedStore::open(MemoryBackend::default()).unwrap());
        let clock = Arc::new(ManualClock::at(Timestamp::EPOCH));
        let builder = EngineBuilder::new(TenantId::new("9999000002010"), store, clock, Arc::new(SeededIds::new(1)));
        let engine = Market.wire(&plan, &plan.parties[0], builder).build().unwrap();
        // What one party receives, another sent, and acknowledges.
        let mut expected: Vec<String> = engine
            .router()
            .iter()
            .filter_map(|claim| claim.on.pid.clone())
            .flat_map(|pid| ["UTILMD", "APERAK"].map(|message_type| format!("{message_type} {pid}")))
            .collect();
        let mut sends: Vec<String> = Market.sends().iter().map(|kind| (*kind).to_owned()).collect();
        expected.sort();
        sends.sort();
        assert_eq!(sends, expected);
    }
}
