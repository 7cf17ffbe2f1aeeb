//! The Abrechnung as a process of the market.

use async_trait::async_trait;
use mako_engine::engine::ByHand;
use mako_engine::fristen::Sparte;
use mako_engine::outbox::OutboxMessage;
use mako_engine::registry::ProcessRecord;
use mako_engine::routing::{AdaptError, Adapters, Inbound, Route, RouteKey};
use mako_engine::{Cause, CommitError, EngineBuilder, EngineContext, Execute, ExecuteError, FormatVersion, IdSource, Workflow};
use mako_sim::application::BeginError;
use mako_sim::edifact::{MpId, Summenzeitreihe, TypedMessage};
use mako_sim::plan::{self, Object, Party, Plan, Verdict};

use super::checking::{Finding, Question};
use super::event::{Command, Order};
use super::{Abrechnung, Checks, kinds, word};
use crate::market::{DecideError, FIRST, Process, Said, adapt, day, decided, lokation, received, recipient, said, start, word_of};
use crate::vorgang::Kind;

/// The Abrechnung of every Zählpunkt and month, on both sides.
#[derive(Debug, Clone, Copy)]
pub struct Abrechnungen;

const SERIES: Kind = Kind::of("MSCONS", "13003", "Summenzeitreihe");

impl Abrechnungen {
    /// What the plan orders: `month=2025-10`, `version=2025-11-12`, the day on which it was made, and if need be `value=7`.
    fn ordered(plan: &Plan, party: &Party, engine: &EngineContext, order: &plan::Order) -> Result<Order, String> {
        let to = recipient(plan, order)?;
        let role = plan.party(&order.to).map(|party| party.role.as_str()).unwrap_or_default();
        let month = order.details.get("month").ok_or("it needs month=, such as month=2025-10")?;
        let version = day(order, "version", Sparte::Strom)?;
        let value =
            order.details.get("value").map_or(Ok(1), |text| text.parse().map_err(|_| format!("value={text}: expected a number")))?;
        Ok(Order {
            rulebook: plan.rulebook,
            me: party.mp_id,
            to,
            checks: Checks::of_role(role),
            zaehlpunkt: lokation(plan, order)?,
            month: month.parse().map_err(|error| format!("month: {error}"))?,
            version,
            value,
            token: engine.ids().next_id().token(13),
        })
    }

    /// Sends a version: in the process of its Zählpunkt and month, or in a new one when there is none.
    async fn send(engine: &EngineContext, order: Order, by: String) -> Result<(), BeginError> {
        let execute = || Execute::new(Command::Send(Box::new(order.clone())), Cause::Command(by.clone()));
        let holder = match start::<Abrechnung>(engine, execute()).await {
            Err(BeginError::AlreadyBegun(holder)) => holder,
            done => return done,
        };
        let not_now = |error: ExecuteError| BeginError::NotNow(error.to_string());
        let process = engine.resume::<Abrechnung>(&holder).await.map_err(not_now)?;
        // Whoever got no answer and asks again has what they wanted.
        if process.state().await.map_err(not_now)?.newest == Some(order.version) {
            return Err(BeginError::AlreadyBegun(holder));
        }
        process.execute(execute()).await.map(drop).map_err(|error| match error {
            ExecuteError::Store(_) | ExecuteError::Commit(CommitError::Store(_)) => not_now(error),
            error => BeginError::Impossible(error.to_string()),
        })
    }
}

fn command(inbound: &Inbound, _: FormatVersion, ids: &dyn IdSource) -> Result<Command, AdaptError> {
    let received = received(inbound)?;
    match (&received.message, inbound.pid.as_deref()) {
        (TypedMessage::Aperak(aperak), _) => Ok(Command::Aperak(aperak.clone())),
        (TypedMessage::Contrl(contrl), _) => match said(inbound, received, contrl)? {
            Said::Refused(refusal) => Ok(Command::Refused(refusal)),
            Said::Taken(_) => Err(adapt(inbound, "it refuses nothing")),
        },
        (TypedMessage::Other(_), Some("13003")) => {
            let checks = Checks::of_role(inbound.role.as_str());
            Ok(Command::Series { received: Box::new(received.clone()), checks, token: ids.next_id().token(13) })
        }
        (TypedMessage::Other(_), Some(pid)) => Ok(Command::Answer(Box::new(received.clone()), pid.to_owned())),
        _ => Err(adapt(inbound, "it means nothing to an Abrechnung")),
    }
}

fn answers() -> Vec<Kind> {
    let all =
        [Checks::Biko, Checks::Bkv, Checks::Lf, Checks::Nb].into_iter().flat_map(|checks| [checks.answer(true), checks.answer(false)]);
    let mut distinct: Vec<Kind> = Vec::new();
    for kind in all {
        if !distinct.contains(&kind) {
            distinct.push(kind);
        }
    }
    distinct
}

#[async_trait]
impl Process for Abrechnungen {
    fn wire(&self, _: &Plan, builder: EngineBuilder) -> EngineBuilder {
        builder.workflow::<Abrechnung>(Adapters::from(FIRST, command))
    }

    fn routes(&self) -> Vec<(RouteKey, Route)> {
        let key = |kind: &Kind| RouteKey::of(kind.message_type).pid(kind.pid);
        let heard = answers().into_iter().map(|kind| (key(&kind), Route::ContinuesIn(Abrechnung::NAME)));
        [(key(&SERIES), Route::Joins(Abrechnung::NAME))].into_iter().chain(heard).collect()
    }

    fn messages(&self) -> Vec<Kind> {
        [SERIES].into_iter().chain(answers()).collect()
    }

    fn sends(&self) -> Vec<String> {
        kinds()
    }

    async fn begin(&self, plan: &Plan, party: &Party, engine: &EngineContext, order: &plan::Order) -> Option<Result<(), BeginError>> {
        if (order.message_type.as_str(), order.pid.as_str()) != (SERIES.message_type, SERIES.pid) {
            return None;
        }
        Some(match Self::ordered(plan, party, engine, order) {
            Ok(send) => Self::send(engine, send, format!("{} of the plan", order.word)).await,
            Err(error) => Err(error.into()),
        })
    }

    fn answer(&self, _: &Plan, _: &Party, question: &OutboxMessage, verdict: &Verdict) -> Option<Result<serde_json::Value, String>> {
        let asked: Question = serde_json::from_value(question.message.payload.clone()).ok()?;
        let finding = match verdict {
            Verdict::Accept => Finding { number: asked.number, accepts: true, code: String::new() },
            Verdict::Reject(code) => Finding { number: asked.number, accepts: false, code: code.clone() },
        };
        Some(serde_json::to_value(finding).map_err(|error| error.to_string()))
    }

    async fn decide(
        &self,
        engine: &EngineContext,
        process: &ProcessRecord,
        command: &serde_json::Value,
        by_hand: &ByHand,
    ) -> Option<Result<(), DecideError>> {
        match process.identity.workflow.as_str() {
            Abrechnung::NAME => Some(decided::<Abrechnung>(engine, process, command, by_hand).await),
            _ => None,
        }
    }

    async fn state_word(&self, engine: &EngineContext, process: &ProcessRecord) -> Option<String> {
        match process.identity.workflow.as_str() {
            Abrechnung::NAME => Some(word_of::<Abrechnung>(engine, process, word).await),
            _ => None,
        }
    }

    fn recorded_object(&self, _: &Plan, _: MpId, _: MpId, message: &TypedMessage) -> Option<Object> {
        let TypedMessage::Other(other) = message else { return None };
        let zaehlpunkt = Summenzeitreihe::of(other)?.zaehlpunkt;
        Some(Object { name: String::new(), kind: zaehlpunkt.kind().to_owned(), id: zaehlpunkt.to_string(), attributes: [].into() })
    }

    async fn begin_recorded(
        &self,
        plan: &Plan,
        party: &Party,
        engine: &EngineContext,
        to: MpId,
        message: &TypedMessage,
    ) -> Option<Result<(), BeginError>> {
        let TypedMessage::Other(other) = message else { return None };
        let Summenzeitreihe { zaehlpunkt, month, version, values, .. } = Summenzeitreihe::of(other)?;
        let role = plan.parties.iter().find(|party| party.mp_id == to).map(|party| party.role.as_str()).unwrap_or_default();
        let order = Order {
            rulebook: plan.rulebook,
            me: party.mp_id,
            to,
            checks: Checks::of_role(role),
            zaehlpunkt,
            month,
            version,
            value: values.first().copied().unwrap_or_default(),
            token: engine.ids().next_id().token(13),
        };
        Some(Self::send(engine, order, "a recording".to_owned()).await)
    }

    fn recorded_verdict(&self, question: &OutboxMessage, message: &TypedMessage) -> Option<Verdict> {
        let _: Question = serde_json::from_value(question.message.payload.clone()).ok()?;
        let TypedMessage::Other(other) = message else { return None };
        let says = mako_sim::edifact::Auftrag::of(other)?;
        let pid = says.pid.to_string();
        let code = says.answer.map(|answer| answer.code).unwrap_or_default();
        answers().iter().any(|kind| kind.pid == pid).then(|| if pid == "21003" { Verdict::Accept } else { Verdict::Reject(code) })
    }
}
