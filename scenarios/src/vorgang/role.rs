//! Every Vorgang in both its roles, as a process of the market.

use std::collections::BTreeMap;

use async_trait::async_trait;
use mako_engine::engine::ByHand;
use mako_engine::outbox::OutboxMessage;
use mako_engine::registry::ProcessRecord;
use mako_engine::routing::{AdaptError, Adapters, Inbound, Route, RouteKey};
use mako_engine::{BusinessKey, Cause, EngineBuilder, EngineContext, Execute, FormatVersion, IdSource, Workflow};
use mako_sim::application::BeginError;
use mako_sim::edifact::{Lokation, MpId, Pid, TypedMessage};
use mako_sim::plan::{Object, Order, Party, Plan, Verdict};

use super::answering::{self, Answering, Finding, Question};
use super::art::{Kind, Vorgang};
use super::asking::{self, Asking};
use super::list::stornos;
use super::meldung::{Anliegen, Meldung};
use super::messtechnik::Messtechnik;
use super::storno::Storno;
use super::then::Then;
use crate::market::{DecideError, FIRST, Process, Said, adapt, day, decided, go_on, lokation, received, recipient, said, start, word_of};

/// Every Vorgang in both its roles.
#[derive(Debug, Clone, Copy)]
pub struct Vorgaenge;

impl Vorgaenge {
    async fn ask(
        vorgang: Vorgang,
        engine: &EngineContext,
        plan: &Plan,
        party: &Party,
        to: MpId,
        anliegen: Anliegen,
        by: String,
    ) -> Result<(), BeginError> {
        let token = engine.ids().next_id().token(13);
        let partners = Self::partners(plan, &anliegen.lokation);
        let command = asking::Command::Begin { vorgang, rulebook: plan.rulebook, me: party.mp_id, to, anliegen, partners, token };
        start::<Asking>(engine, Execute::new(command, Cause::Command(by))).await
    }

    /// Takes the order back that `storno` can take back and that stands about this location.
    async fn take_back(storno: &Storno, engine: &EngineContext, lokation: &Lokation, order: &Order) -> Result<(), BeginError> {
        for name in storno.of {
            let key = BusinessKey::new(format!("{name}/{lokation}"));
            let execute = Execute::new(asking::Command::TakeBack, Cause::Command(format!("{} of the plan", order.word)));
            if go_on::<Asking>(engine, &key, |state| state.taken_back.is_some(), execute).await? {
                return Ok(());
            }
        }
        Err(format!("there is no order about {lokation} that could be taken back").into())
    }

    /// Who has to do with the location, by what they are to it: the master data of the plan.
    fn partners(plan: &Plan, lokation: &Lokation) -> BTreeMap<String, MpId> {
        let object = plan.objects.iter().find(|object| object.id == lokation.to_string());
        let attributes = object.into_iter().flat_map(|object| &object.attributes);
        attributes.filter_map(|(what, name)| Some((what.clone(), plan.party(name)?.mp_id))).collect()
    }

    /// What `order` asks for, and whom.
    fn ordered(vorgang: Vorgang, plan: &Plan, order: &Order) -> Result<(MpId, Anliegen), String> {
        let on = vorgang.day.key().map(|key| day(order, key, vorgang.sparte)).transpose()?;
        let lokation = lokation(plan, order)?;
        let technik = Messtechnik::at(plan, &lokation).map_err(|error| error.to_string())?;
        Ok((recipient(plan, order)?, Anliegen { lokation, day: on, technik }))
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
            TypedMessage::Utilmd(_) | TypedMessage::Other(_) if follows(&pid, Then::heard_by_asker) => {
                Ok(asking::Command::Later(Box::new(received.clone()), pid))
            }
            TypedMessage::Utilmd(_) | TypedMessage::Other(_) if Vorgang::all().any(|vorgang| hears(&vorgang, &pid)) => {
                Ok(asking::Command::Information(Box::new(received.clone()), pid))
            }
            TypedMessage::Utilmd(_) | TypedMessage::Other(_) => Ok(asking::Command::Answer(Box::new(received.clone()), pid)),
        }
    }

    fn answering_command(plan: &Plan, inbound: &Inbound, _: FormatVersion, ids: &dyn IdSource) -> Result<answering::Command, AdaptError> {
        let received = received(inbound)?;
        match &received.message {
            TypedMessage::Aperak(aperak) => Ok(answering::Command::Aperak(aperak.clone())),
            TypedMessage::Contrl(contrl) => Ok(match said(inbound, received, contrl)? {
                Said::Taken(kind) => answering::Command::Taken(kind),
                Said::Refused(refusal) => answering::Command::Refused(refusal),
            }),
            TypedMessage::Other(other) if stornos().any(|storno| is(&storno.request, &other.message_type, other.pid)) => {
                Ok(answering::Command::Storno(received.clone().into()))
            }
            TypedMessage::Utilmd(_) | TypedMessage::Other(_) => {
                let (pid, received) = (inbound.pid.clone().unwrap_or_default(), Box::new(received.clone()));
                match Vorgang::asked_with(&inbound.message_type, &pid) {
                    _ if follows(&pid, Then::heard_by_answerer) => Ok(answering::Command::Later(received, pid)),
                    Some(vorgang) => {
                        let lokation = Meldung::of(&received.message, vorgang.day).and_then(|says| says.lokation);
                        let technik = lokation.map(|lokation| Messtechnik::at(plan, &lokation)).transpose();
                        let technik = technik.map_err(|error| adapt(inbound, &error.to_string()))?.flatten();
                        Ok(answering::Command::Request(vorgang, received, ids.next_id().token(13), technik))
                    }
                    None if Vorgang::all().any(|vorgang| asks_for(&vorgang, &pid)) => Ok(answering::Command::ThirdParty(received, pid)),
                    None => Err(adapt(inbound, "no Vorgang begins with it")),
                }
            }
        }
    }
}

#[async_trait]
impl Process for Vorgaenge {
    fn wire(&self, plan: &Plan, builder: EngineBuilder) -> EngineBuilder {
        let master_data = plan.clone();
        let answering = move |inbound: &Inbound, version, ids: &dyn IdSource| Self::answering_command(&master_data, inbound, version, ids);
        builder.workflow::<Asking>(Adapters::from(FIRST, Self::asking_command)).workflow::<Answering>(Adapters::from(FIRST, answering))
    }

    fn routes(&self) -> Vec<(RouteKey, Route)> {
        let key = |kind: &Kind| RouteKey::of(kind.message_type).pid(kind.pid);
        let of = |vorgang: Vorgang| {
            let answers = vorgang.answer_kinds().into_iter().map(|kind| (key(&kind), Route::Continues)).collect::<Vec<_>>();
            let heard = vorgang.hears.iter().map(|kind| (key(kind), Route::Continues)).collect::<Vec<_>>();
            let [by_asker, by_answerer] = [vorgang.then.map(Then::heard_by_asker), vorgang.then.map(Then::heard_by_answerer)];
            let by_asker = by_asker.unwrap_or_default().into_iter().map(|kind| (key(&kind), Route::ContinuesIn(Asking::NAME)));
            // What answers a message of ours may answer one that began a Vorgang of its own, too: its reference tells.
            let later = |kind: &Kind| match Vorgang::all().any(|vorgang| vorgang.answer_kinds().contains(kind)) {
                true => Route::Continues,
                false => Route::ContinuesIn(Answering::NAME),
            };
            let by_answerer = by_answerer.unwrap_or_default().into_iter().map(move |kind| (key(&kind), later(&kind)));
            let begins = [(key(&vorgang.request), Route::Starts(Answering::NAME))].into_iter();
            begins.chain(answers).chain(heard).chain(by_asker).chain(by_answerer).collect::<Vec<_>>()
        };
        let taken_back = stornos().flat_map(|storno| storno.kinds()).map(|kind| (key(&kind), Route::Continues));
        Vorgang::all().flat_map(of).chain(taken_back).collect()
    }

    fn messages(&self) -> Vec<Kind> {
        let told = |vorgang: Vorgang| {
            let reported = vorgang.execution.map(|execution| execution.report);
            let later = vorgang.then.map(|then| then.sent_by_asker().into_iter().chain(then.sent_by_answerer()).collect::<Vec<_>>());
            let informs = vorgang.informs.iter().map(|information| information.kind);
            informs.chain(reported).chain(later.unwrap_or_default()).collect::<Vec<_>>()
        };
        let of = |vorgang: Vorgang| [vorgang.request].into_iter().chain(vorgang.answer_kinds()).chain(told(vorgang)).collect::<Vec<_>>();
        Vorgang::all().flat_map(of).chain(stornos().flat_map(|storno| storno.kinds())).collect()
    }

    async fn begin(&self, plan: &Plan, party: &Party, engine: &EngineContext, order: &Order) -> Option<Result<(), BeginError>> {
        if let Some(storno) =
            stornos().find(|storno| (storno.request.message_type, storno.request.pid) == (&order.message_type, &order.pid))
        {
            return Some(match lokation(plan, order) {
                Ok(lokation) => Self::take_back(storno, engine, &lokation, order).await,
                Err(error) => Err(error.into()),
            });
        }
        let vorgang = Vorgang::asked_with(&order.message_type, &order.pid)?;
        Some(match Self::ordered(vorgang, plan, order) {
            Ok((to, anliegen)) => Self::ask(vorgang, engine, plan, party, to, anliegen, format!("{} of the plan", order.word)).await,
            Err(error) => Err(error.into()),
        })
    }

    fn answer(&self, plan: &Plan, _: &Party, question: &OutboxMessage, verdict: &Verdict) -> Option<Result<serde_json::Value, String>> {
        let asked: Question = serde_json::from_value(question.message.payload.clone()).ok()?;
        let vorgang = asked.vorgang;
        let partners = Self::partners(plan, &asked.lokation);
        let says_yes = |code: &str| vorgang.answers.is_some_and(|answers| answers.accepts_with.contains(&code));
        let finding = match verdict {
            Verdict::Accept => Finding { code: String::new(), accepts: true, partners },
            Verdict::Reject(code) if says_yes(code) && question.message.kind == vorgang.title => {
                return Some(Err(format!("{code} accepts; expected `accept`")));
            }
            Verdict::Reject(code) => Finding { code: code.clone(), accepts: false, partners },
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
            Asking::NAME => Some(decided::<Asking>(engine, process, command, by_hand).await),
            Answering::NAME => Some(decided::<Answering>(engine, process, command, by_hand).await),
            _ => None,
        }
    }

    async fn state_word(&self, engine: &EngineContext, process: &ProcessRecord) -> Option<String> {
        match process.identity.workflow.as_str() {
            Asking::NAME => Some(word_of::<Asking>(engine, process, asking::word).await),
            Answering::NAME => Some(word_of::<Answering>(engine, process, answering::word).await),
            _ => None,
        }
    }

    fn recorded_object(&self, _: &Plan, _: MpId, _: MpId, message: &TypedMessage) -> Option<Object> {
        let (message_type, pid) = kind_of(message)?;
        let vorgang = Vorgang::asked_with(&message_type, &pid)?;
        let lokation = Meldung::of(message, vorgang.day)?.lokation?;
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
        let vorgang = Vorgang::asked_with(&message_type, &pid)?;
        let says = Meldung::of(message, vorgang.day)?;
        let Some(lokation) = says.lokation else { return Some(Err(format!("the {} names no location", vorgang.title).into())) };
        Some(
            Self::ask(vorgang, engine, plan, party, to, Anliegen { lokation, day: says.day, technik: None }, "a recording".to_owned())
                .await,
        )
    }

    fn recorded_verdict(&self, question: &OutboxMessage, message: &TypedMessage) -> Option<Verdict> {
        let asked: Question = serde_json::from_value(question.message.payload.clone()).ok()?;
        let answers = asked.vorgang.answers?;
        let (_, pid) = kind_of(message)?;
        let code = Meldung::of(message, answers.day)?.answer.map(|answer| answer.code).unwrap_or_default();
        if let Some(Then::Report(report)) = asked.vorgang.then
            && question.message.kind == report.title
        {
            let says = |yes: &Kind, no: &Kind| {
                let verdict = if pid == yes.pid { Some(Verdict::Accept) } else { None };
                verdict.or_else(|| (pid == no.pid).then(|| Verdict::Reject(code.clone())))
            };
            return says(&report.done, &report.failed).or_else(|| says(&report.accepts, &report.refuses));
        }
        let (accepts, kind) = answers.judge(&pid, &code);
        (kind.pid == pid).then_some(if accepts { Verdict::Accept } else { Verdict::Reject(code) })
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

/// Whether a message of this type with this Prüfidentifikator is of this kind.
fn is(kind: &Kind, message_type: &str, pid: Option<Pid>) -> bool {
    kind.message_type == message_type && pid.is_some_and(|pid| pid.to_string() == kind.pid)
}

/// Whether the one who answers `vorgang` may have asked a third party whose answer has this Prüfidentifikator.
fn asks_for(vorgang: &Vorgang, pid: &str) -> bool {
    let answers = vorgang.asks_first.map(|first| first.question.answer_kinds()).unwrap_or_default();
    answers.iter().any(|kind| kind.pid == pid)
}

/// Whether a message with this Prüfidentifikator is among those that follow a yes.
fn follows(pid: &str, heard: fn(&Then) -> Vec<Kind>) -> bool {
    Vorgang::all().filter_map(|vorgang| vorgang.then).any(|then| heard(then).iter().any(|kind| kind.pid == pid))
}

/// Whether the one who asks for `vorgang` may hear a message with this Prüfidentifikator.
fn hears(vorgang: &Vorgang, pid: &str) -> bool {
    vorgang.hears.iter().any(|kind| kind.pid == pid)
}
