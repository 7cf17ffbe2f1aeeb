//! GPKE Lieferbeginn as a process of the market: how it begins, where its messages go, what its back offices are asked.

use std::collections::BTreeMap;

use async_trait::async_trait;
use mako_engine::engine::ByHand;
use mako_engine::fristen::Sparte;
use mako_engine::outbox::OutboxMessage;
use mako_engine::registry::ProcessRecord;
use mako_engine::routing::{AdaptError, Adapters, Inbound, Route, RouteKey};
use mako_engine::{BusinessKey, Cause, EngineBuilder, EngineContext, Execute, FormatVersion, IdSource, Timestamp, Workflow};
use mako_sim::application::BeginError;
use mako_sim::edifact::{Contrl, Lokation, MaloId, MpId, TypedMessage, Utilmd};
use mako_sim::plan::{Object, Order, Party, Plan, Verdict};
use mako_sim::received::ReceivedMessage;

use super::lfa::{self, LieferbeginnLfa};
use super::lfn::{self, LieferbeginnLfn};
use super::nb::{self, LieferbeginnNb};
use super::storno::STORNO;
use crate::market::{
    DecideError, FIRST, Process, Said, adapt, day, decided, go_on, lokation, partner, received, recipient, said, start, word_of,
};
use crate::vorgang::{Kind, Refusal};

/// GPKE Lieferbeginn in its three roles.
#[derive(Debug, Clone, Copy)]
pub struct Lieferbeginn;

const MESSAGES: &[Kind] = &[
    Kind::utilmd("55001", "Anmeldung"),
    Kind::utilmd("55002", "Bestätigung"),
    Kind::utilmd("55003", "Ablehnung"),
    Kind::utilmd("55010", "Anfrage"),
    Kind::utilmd("55011", "Zustimmung"),
    Kind::utilmd("55012", "Widerspruch"),
    Kind::utilmd("55036", "Information über existierende Zuordnung"),
    Kind::utilmd("55037", "Beendigung der Zuordnung"),
    STORNO.request,
    STORNO.accepts,
    STORNO.refuses,
];

#[async_trait]
impl Process for Lieferbeginn {
    fn wire(&self, _: &Plan, builder: EngineBuilder) -> EngineBuilder {
        builder
            .workflow::<LieferbeginnLfn>(Adapters::from(FIRST, lfn_command))
            .workflow::<LieferbeginnNb>(Adapters::from(FIRST, nb_command))
            .workflow::<LieferbeginnLfa>(Adapters::from(FIRST, lfa_command))
    }

    fn routes(&self) -> Vec<(RouteKey, Route)> {
        let routes = [
            ("55001", Route::Starts(LieferbeginnNb::NAME)),
            ("55002", Route::ContinuesIn(LieferbeginnLfn::NAME)),
            ("55003", Route::ContinuesIn(LieferbeginnLfn::NAME)),
            ("55010", Route::Starts(LieferbeginnLfa::NAME)),
            ("55022", Route::ContinuesIn(LieferbeginnNb::NAME)),
            ("55023", Route::ContinuesIn(LieferbeginnLfn::NAME)),
            ("55024", Route::ContinuesIn(LieferbeginnLfn::NAME)),
            ("55011", Route::ContinuesIn(LieferbeginnNb::NAME)),
            ("55012", Route::ContinuesIn(LieferbeginnNb::NAME)),
            // Another process may be told with the same message: what waits for it about this location takes it.
            ("55036", Route::Continues),
            ("55037", Route::Continues),
        ];
        routes.into_iter().map(|(pid, route)| (RouteKey::of("UTILMD").pid(pid), route)).collect()
    }

    fn messages(&self) -> Vec<Kind> {
        MESSAGES.to_vec()
    }

    async fn begin(&self, plan: &Plan, party: &Party, engine: &EngineContext, order: &Order) -> Option<Result<(), BeginError>> {
        match (order.message_type.as_str(), order.pid.as_str()) {
            ("UTILMD", "55001") => {}
            ("UTILMD", "55022") => return Some(take_back(plan, engine, order).await),
            _ => return None,
        }
        let command = ordered(plan, order).map(|(nb, malo, begin)| lfn::Command::Begin {
            rulebook: plan.rulebook,
            me: party.mp_id,
            nb,
            malo,
            begin,
            token: engine.ids().next_id().token(13),
        });
        Some(match command {
            Ok(command) => start_lfn(engine, command, &format!("{} of the plan", order.word)).await,
            Err(error) => Err(error.into()),
        })
    }

    fn answer(&self, plan: &Plan, _: &Party, question: &OutboxMessage, verdict: &Verdict) -> Option<Result<serde_json::Value, String>> {
        let payload = question.message.payload.clone();
        let answer = match question.message.kind.as_str() {
            "Anmeldung" => {
                let asked: nb::Question = serde_json::from_value(payload).ok()?;
                let supplier = match partner(plan, &Lokation::Malo(asked.malo), "supplier") {
                    Ok(supplier) => supplier,
                    Err(error) => return Some(Err(error)),
                };
                serde_json::to_value(match verdict {
                    Verdict::Accept => nb::Finding::Possible { lfa: supplier.filter(|lfa| *lfa != asked.lfn) },
                    Verdict::Reject(code) => nb::Finding::Impossible { code: code.clone() },
                })
            }
            "Anfrage" => {
                let _: lfa::Question = serde_json::from_value(payload).ok()?;
                serde_json::to_value(match verdict {
                    Verdict::Accept => lfa::Finding { consents: true, code: "A36".to_owned() },
                    Verdict::Reject(code) => lfa::Finding { consents: false, code: code.clone() },
                })
            }
            _ => return None,
        };
        Some(answer.map_err(|error| error.to_string()))
    }

    async fn decide(
        &self,
        engine: &EngineContext,
        process: &ProcessRecord,
        command: &serde_json::Value,
        by_hand: &ByHand,
    ) -> Option<Result<(), DecideError>> {
        match process.identity.workflow.as_str() {
            LieferbeginnNb::NAME => Some(decided::<LieferbeginnNb>(engine, process, command, by_hand).await),
            LieferbeginnLfn::NAME => Some(decided::<LieferbeginnLfn>(engine, process, command, by_hand).await),
            LieferbeginnLfa::NAME => Some(decided::<LieferbeginnLfa>(engine, process, command, by_hand).await),
            _ => None,
        }
    }

    async fn state_word(&self, engine: &EngineContext, process: &ProcessRecord) -> Option<String> {
        Some(match process.identity.workflow.as_str() {
            LieferbeginnNb::NAME => word_of::<LieferbeginnNb>(engine, process, nb::word).await,
            LieferbeginnLfn::NAME => word_of::<LieferbeginnLfn>(engine, process, lfn::word).await,
            LieferbeginnLfa::NAME => word_of::<LieferbeginnLfa>(engine, process, lfa::word).await,
            _ => return None,
        })
    }

    fn recorded_object(&self, plan: &Plan, _: MpId, to: MpId, message: &TypedMessage) -> Option<Object> {
        let TypedMessage::Utilmd(utilmd) = message else { return None };
        let (malo, pid) = (utilmd.malo?.to_string(), utilmd.pid.to_string());
        if !MESSAGES.iter().any(|kind| kind.pid == pid) {
            return None;
        }
        let mut attributes = BTreeMap::new();
        // Whom the NB asks is the supplier in possession.
        if pid == "55010"
            && let Some(supplier) = plan.parties.iter().find(|party| party.mp_id == to)
        {
            attributes.insert("supplier".to_owned(), supplier.name.clone());
        }
        Some(Object { name: String::new(), kind: "MaLo".to_owned(), id: malo, attributes })
    }

    async fn begin_recorded(
        &self,
        plan: &Plan,
        party: &Party,
        engine: &EngineContext,
        to: MpId,
        message: &TypedMessage,
    ) -> Option<Result<(), BeginError>> {
        let TypedMessage::Utilmd(utilmd) = message else { return None };
        let (55001, Some(malo), Some(begin)) = (utilmd.pid.number(), utilmd.malo, utilmd.begin) else { return None };
        let token = engine.ids().next_id().token(13);
        let command = lfn::Command::Begin { rulebook: plan.rulebook, me: party.mp_id, nb: to, malo, begin, token };
        Some(start_lfn(engine, command, "a recording").await)
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
}

/// Whom the order goes to, for which Marktlokation, from when.
fn ordered(plan: &Plan, order: &Order) -> Result<(MpId, MaloId, Timestamp), String> {
    match lokation(plan, order)? {
        Lokation::Malo(malo) => Ok((recipient(plan, order)?, malo, day(order, "begin", Sparte::Strom)?)),
        Lokation::Melo(_) => Err("it must name a Marktlokation, an `object … MaLo …`".to_owned()),
    }
}

/// Takes the Anmeldung of this Marktlokation back.
async fn take_back(plan: &Plan, engine: &EngineContext, order: &Order) -> Result<(), BeginError> {
    let lokation = lokation(plan, order)?;
    let Lokation::Malo(malo) = &lokation else {
        return Err("it must name a Marktlokation, an `object … MaLo …`".to_owned().into());
    };
    let key = BusinessKey::new(format!("Lieferbeginn/{malo}"));
    let execute = Execute::new(lfn::Command::TakeBack, Cause::Command(format!("{} of the plan", order.word)));
    match go_on::<LieferbeginnLfn>(engine, &key, |state| state.storno.is_some(), execute).await? {
        true => Ok(()),
        false => Err(format!("there is no Anmeldung of {lokation} that could be taken back").into()),
    }
}

/// Starts the process of the LFN.
async fn start_lfn(engine: &EngineContext, command: lfn::Command, asked_by: &str) -> Result<(), BeginError> {
    start::<LieferbeginnLfn>(engine, Execute::new(command, Cause::Command(asked_by.to_owned()))).await
}

fn utilmd(received: &ReceivedMessage) -> Option<(Box<ReceivedMessage>, Box<Utilmd>)> {
    match &received.message {
        TypedMessage::Utilmd(utilmd) => Some((Box::new(received.clone()), utilmd.clone())),
        _ => None,
    }
}

/// What a CONTRL refuses. In Strom nobody says that he took something.
fn refusal(inbound: &Inbound, received: &ReceivedMessage, contrl: &Contrl) -> Result<Refusal, AdaptError> {
    match said(inbound, received, contrl)? {
        Said::Refused(refusal) => Ok(refusal),
        Said::Taken(_) => Err(adapt(inbound, "it refuses nothing")),
    }
}

fn nb_command(inbound: &Inbound, _: FormatVersion, ids: &dyn IdSource) -> Result<nb::Command, AdaptError> {
    let received = received(inbound)?;
    match (&received.message, utilmd(received), inbound.pid.as_deref()) {
        (TypedMessage::Aperak(aperak), ..) => Ok(nb::Command::Aperak(aperak.clone())),
        (TypedMessage::Contrl(contrl), ..) => Ok(nb::Command::Refused(refusal(inbound, received, contrl)?)),
        (_, Some((received, utilmd)), Some("55001")) => Ok(nb::Command::Anmeldung(received, utilmd, ids.next_id().token(13))),
        (_, Some((received, _)), Some("55022")) => Ok(nb::Command::Storno(received)),
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
        (_, Some((received, utilmd)), Some("55023" | "55024")) => Ok(lfn::Command::StornoAnswer(received, utilmd)),
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
