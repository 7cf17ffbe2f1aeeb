//! A Vorgang in both its roles, as a process of the market.

use std::marker::PhantomData;

use async_trait::async_trait;
use mako_engine::outbox::OutboxMessage;
use mako_engine::registry::ProcessRecord;
use mako_engine::routing::{AdaptError, Adapters, Inbound, Route, RouteKey};
use mako_engine::{Cause, EngineBuilder, EngineContext, Execute, FormatVersion, IdSource, Workflow};
use mako_sim::application::BeginError;
use mako_sim::edifact::{MpId, TypedMessage};
use mako_sim::plan::{Object, Order, Party, Plan, Verdict};

use super::answering::{self, Answering, Finding, Question};
use super::art::{Kind, Vorgang};
use super::asking::{self, Asking};
use super::meldung::{Anliegen, Meldung};
use crate::market::{FIRST, Process, Said, adapt, day, lokation, received, recipient, said, start, word_of};

/// A Vorgang in both its roles.
#[derive(Debug)]
pub struct Both<V>(PhantomData<fn() -> V>);

impl<V: Vorgang> Both<V> {
    /// The one value of its type.
    pub const NEW: Self = Self(PhantomData);

    fn is_request(message_type: &str, pid: &str) -> bool {
        let request = V::ART.request;
        (message_type, pid) == (request.message_type, request.pid)
    }

    async fn ask(engine: &EngineContext, plan: &Plan, party: &Party, to: MpId, anliegen: Anliegen, by: String) -> Result<(), BeginError> {
        let token = engine.ids().next_id().token(13);
        let command = asking::Command::Begin { rulebook: plan.rulebook, me: party.mp_id, to, anliegen, token };
        start::<Asking<V>>(engine, Execute::new(command, Cause::Command(by))).await
    }

    /// What `order` asks for, and whom.
    fn ordered(plan: &Plan, order: &Order) -> Result<(MpId, Anliegen), String> {
        let on = V::ART.day.key().map(|key| day(order, key, V::ART.sparte)).transpose()?;
        Ok((recipient(plan, order)?, Anliegen { lokation: lokation(plan, order)?, day: on }))
    }

    fn asking_command(inbound: &Inbound, _: FormatVersion, _: &dyn IdSource) -> Result<asking::Command, AdaptError> {
        let received = received(inbound)?;
        let pid = inbound.pid.clone().unwrap_or_default();
        match &received.message {
            TypedMessage::Aperak(aperak) => Ok(asking::Command::Aperak(aperak.clone())),
            TypedMessage::Contrl(contrl) => Ok(match said(inbound, received, contrl)? {
                Said::Taken(kind) => asking::Command::Taken(kind),
                Said::Refused(refusal) => asking::Command::Refused(refusal),
            }),
            TypedMessage::Utilmd(_) | TypedMessage::Other(_) if V::ART.hears.iter().any(|kind| kind.pid == pid) => {
                Ok(asking::Command::Information(Box::new(received.clone()), pid))
            }
            TypedMessage::Utilmd(_) | TypedMessage::Other(_) => {
                let answers = V::ART.answers.map(|answers| [answers.accepts.pid, answers.refuses.pid]);
                match answers.is_some_and(|answers| answers.contains(&pid.as_str())) {
                    true => Ok(asking::Command::Answer(Box::new(received.clone()), pid)),
                    false => Err(adapt(inbound, "it answers nothing that was asked here")),
                }
            }
        }
    }

    fn answering_command(inbound: &Inbound, _: FormatVersion, ids: &dyn IdSource) -> Result<answering::Command, AdaptError> {
        let received = received(inbound)?;
        match &received.message {
            TypedMessage::Aperak(aperak) => Ok(answering::Command::Aperak(aperak.clone())),
            TypedMessage::Contrl(contrl) => Ok(match said(inbound, received, contrl)? {
                Said::Taken(kind) => answering::Command::Taken(kind),
                Said::Refused(refusal) => answering::Command::Refused(refusal),
            }),
            TypedMessage::Utilmd(_) | TypedMessage::Other(_)
                if Self::is_request(&inbound.message_type, inbound.pid.as_deref().unwrap_or_default()) =>
            {
                Ok(answering::Command::Request(Box::new(received.clone()), ids.next_id().token(13)))
            }
            TypedMessage::Utilmd(_) | TypedMessage::Other(_) => Err(adapt(inbound, "it asks for something else")),
        }
    }
}

#[async_trait]
impl<V: Vorgang> Process for Both<V> {
    fn wire(&self, builder: EngineBuilder) -> EngineBuilder {
        builder
            .workflow::<Asking<V>>(Adapters::from(FIRST, Self::asking_command))
            .workflow::<Answering<V>>(Adapters::from(FIRST, Self::answering_command))
    }

    fn routes(&self) -> Vec<(RouteKey, Route)> {
        let key = |kind: &Kind| RouteKey::of(kind.message_type).pid(kind.pid);
        let answers = V::ART.answers.map(|answers| vec![answers.accepts, answers.refuses]).unwrap_or_default();
        let mut routes = vec![(key(&V::ART.request), Route::Starts(Answering::<V>::NAME))];
        routes.extend(answers.iter().map(|kind| (key(kind), Route::Continues)));
        routes.extend(V::ART.hears.iter().map(|kind| (key(kind), Route::ContinuesIn(Asking::<V>::NAME))));
        routes
    }

    fn messages(&self) -> Vec<Kind> {
        let answers = V::ART.answers.map(|answers| vec![answers.accepts, answers.refuses]).unwrap_or_default();
        let told = V::ART.informs.iter().map(|information| information.kind);
        [V::ART.request].into_iter().chain(answers).chain(told).collect()
    }

    async fn begin(&self, plan: &Plan, party: &Party, engine: &EngineContext, order: &Order) -> Option<Result<(), BeginError>> {
        if !Self::is_request(&order.message_type, &order.pid) {
            return None;
        }
        Some(match Self::ordered(plan, order) {
            Ok((to, anliegen)) => Self::ask(engine, plan, party, to, anliegen, format!("{} of the plan", order.word)).await,
            Err(error) => Err(error.into()),
        })
    }

    fn answer(&self, plan: &Plan, _: &Party, question: &OutboxMessage, verdict: &Verdict) -> Option<Result<serde_json::Value, String>> {
        let asked: Question = serde_json::from_value(question.message.payload.clone()).ok()?;
        if asked.pid != V::ART.request.pid || question.message.kind != V::ART.title {
            return None;
        }
        let object = plan.objects.iter().find(|object| object.id == asked.lokation.to_string());
        let attributes = object.into_iter().flat_map(|object| &object.attributes);
        let partners = attributes.filter_map(|(what, name)| Some((what.clone(), plan.party(name)?.mp_id))).collect();
        let says_yes = |code: &str| V::ART.answers.is_some_and(|answers| answers.accepts_with.contains(&code));
        let finding = match verdict {
            Verdict::Accept => Finding { code: String::new(), accepts: true, partners },
            Verdict::Reject(code) if says_yes(code) => return Some(Err(format!("{code} accepts; expected `accept`"))),
            Verdict::Reject(code) => Finding { code: code.clone(), accepts: false, partners },
        };
        Some(serde_json::to_value(finding).map_err(|error| error.to_string()))
    }

    async fn state_word(&self, engine: &EngineContext, process: &ProcessRecord) -> Option<String> {
        match process.identity.workflow.as_str() {
            name if name == V::ASKING => Some(word_of::<Asking<V>>(engine, process, asking::word::<V>).await),
            name if name == V::ANSWERING => Some(word_of::<Answering<V>>(engine, process, answering::word::<V>).await),
            _ => None,
        }
    }

    fn recorded_object(&self, _: &Plan, _: MpId, _: MpId, message: &TypedMessage) -> Option<Object> {
        let (message_type, pid) = kind_of(message)?;
        let lokation = Meldung::of(message, V::ART.day)?.lokation.filter(|_| Self::is_request(&message_type, &pid))?;
        let (kind, id) = (lokation.kind().to_owned(), lokation.to_string());
        Some(Object { name: String::new(), kind, id, attributes: [].into() })
    }

    async fn begin_recorded(
        &self,
        plan: &Plan,
        party: &Party,
        engine: &EngineContext,
        to: MpId,
        message: &TypedMessage,
    ) -> Option<Result<(), BeginError>> {
        let (message_type, pid) = kind_of(message)?;
        if !Self::is_request(&message_type, &pid) {
            return None;
        }
        let says = Meldung::of(message, V::ART.day)?;
        let Some(lokation) = says.lokation else { return Some(Err(format!("the {} names no location", V::ART.title).into())) };
        Some(Self::ask(engine, plan, party, to, Anliegen { lokation, day: says.day }, "a recording".to_owned()).await)
    }

    fn recorded_verdict(&self, question: &OutboxMessage, message: &TypedMessage) -> Option<Verdict> {
        let asked: Question = serde_json::from_value(question.message.payload.clone()).ok()?;
        let answers = V::ART.answers.filter(|_| asked.pid == V::ART.request.pid && question.message.kind == V::ART.title)?;
        let (_, pid) = kind_of(message)?;
        let code = Meldung::of(message, answers.day)?.answer.map(|answer| answer.code).unwrap_or_default();
        let (accepts, kind) = answers.judge(&pid, &code);
        (kind.pid == pid).then(|| if accepts { Verdict::Accept } else { Verdict::Reject(code) })
    }
}

/// The type and the Prüfidentifikator of a message.
fn kind_of(message: &TypedMessage) -> Option<(String, String)> {
    match message {
        TypedMessage::Utilmd(utilmd) => Some(("UTILMD".to_owned(), utilmd.pid.to_string())),
        TypedMessage::Other(other) => Some((other.message_type.clone(), other.pid?.to_string())),
        TypedMessage::Aperak(_) | TypedMessage::Contrl(_) => None,
    }
}
