//! The side of the one who makes the series.

use mako_engine::fristen::Sparte;
use mako_engine::{BusinessKey, Decision, Delivered, Rejection, WorkflowResult};
use mako_sim::edifact::{Auftrag, Summenzeitreihe, TypedMessage};
use mako_sim::received::ReceivedMessage;

use super::event::{Event, Order};
use super::exchange::{ANSWER, Exchange, SERIES, Slot, answered as answered_version, frame_of, joined, lifted, named};
use super::{Matter, Side, State, checking, next, window};
use crate::vorgang::{Frame, Post, PostEvent, Refusal, Stage, name_of};

/// Sends a version; the first one begins the process.
pub(super) fn send(state: &State, order: Order) -> WorkflowResult<Event> {
    let Order { rulebook, me, to, checks, zaehlpunkt, month, version, value, token } = order;
    if let Some(newest) = state.newest.filter(|newest| version <= *newest) {
        return Err(Rejection::new("not-newer", format!("the version of {version} is not newer than that of {newest}")));
    }
    let (matter, decision) = match &state.matter {
        Some(matter) if (matter.side, &matter.zaehlpunkt, matter.month, matter.partner) == (Side::Provides, &zaehlpunkt, month, to) => {
            (matter.clone(), Decision::nothing())
        }
        Some(_) => return Err(Rejection::new("other-matter", "this process settles another Zählpunkt, month or partner")),
        None => {
            let frame = Frame { rulebook, me, sparte: Sparte::Strom, token };
            let key = BusinessKey::new(format!("mabis-abrechnung/to {to}/{zaehlpunkt}/{month}"));
            let matter = Matter { frame, side: Side::Provides, checks, partner: to, zaehlpunkt, month };
            let begun = Decision::event(Event::Begun { matter: matter.clone() }).claim(key);
            let ends = window::ahead(matter.frame.rules(), checks, month, version)?;
            (matter, ends.into_iter().fold(begun, |begun, (label, frist)| begun.deadline(label, frist.due, frist.reason)))
        }
    };
    let slot = next(state)?;
    let frame = frame_of(&matter, slot);
    let sent = decision.and(Event::VersionSent { slot, version, value });
    Ok(joined(sent, slot, series(&matter, &frame, version, value, Decision::nothing())?))
}

fn series(
    matter: &Matter,
    frame: &Frame,
    version: mako_engine::Timestamp,
    value: u64,
    decision: Decision<PostEvent>,
) -> WorkflowResult<PostEvent> {
    let series = Summenzeitreihe::flat(frame.document("13003"), matter.zaehlpunkt.clone(), matter.month, version, value);
    frame.send(decision, TypedMessage::Other(series.message()), matter.partner, None)
}

/// A version was received: its answer has a Frist.
pub(super) fn delivered(
    slot: Slot,
    exchange: &Exchange,
    matter: &Matter,
    delivered: &Delivered,
    decision: Decision<Event>,
) -> WorkflowResult<Event> {
    let is_series = name_of(&delivered.kind) == SERIES && !decision.events.is_empty();
    let is_refused = matches!(exchange.post.sent.get(SERIES), Some(Stage::Refused));
    if !is_series || is_refused || exchange.answer.is_some() {
        return Ok(decision);
    }
    let frist = checking::frist(matter, delivered.received_at)?;
    Ok(joined(decision, slot, Decision::nothing().deadline(ANSWER, frist.due, frist.reason)))
}

/// The partner says what it makes of a version. Nobody else can.
pub(super) fn answered(state: &State, matter: &Matter, received: &ReceivedMessage, pid: &str) -> WorkflowResult<Event> {
    if received.from != matter.partner {
        return Err(Rejection::new("not-asked", format!("{} was not sent the series, and gives it no status", received.from)));
    }
    let none = || Rejection::new("no-version", "it names no version that is open");
    let (slot, exchange) = answered_version(state, matter, received).ok_or_else(none)?;
    let [yes, no] = [true, false].map(|accepts| matter.checks.answer(accepts));
    if matter.side != Side::Provides || ![yes.pid, no.pid].contains(&pid) {
        return Err(Rejection::new("not-this-status", format!("{pid} is not what answers this series")));
    }
    let TypedMessage::Other(other) = &received.message else { return Err(none()) };
    let code = Auftrag::of(other).and_then(|says| says.answer).map(|answer| answer.code).unwrap_or_default();
    let accepts = if yes.pid == no.pid { code == checking::ACCEPTED } else { pid == yes.pid };
    let (pid, kind) = (pid.to_owned(), if accepts { yes } else { no });
    let frame = exchange.frame(matter);
    let acknowledged = |mail: Decision<PostEvent>| frame.acknowledge(mail, received, &kind.name());
    if exchange.answer.is_some() {
        return Ok(joined(Decision::event(Event::FurtherAnswerNoted { slot, pid, code }), slot, acknowledged(Decision::nothing())?));
    }
    let mut mail = Decision::nothing().cancel(ANSWER);
    if exchange.post.lapsed.get(ANSWER).is_some_and(|due| received.received_at <= *due) {
        mail = mail.and(PostEvent::LapseWithdrawn { label: ANSWER.to_owned() });
    }
    let answered = Event::AnswerReceived { slot, accepts, pid, code, received_at: received.received_at };
    Ok(joined(Decision::event(answered), slot, acknowledged(mail)?))
}

/// The partner refused the interchange of a version: it is sent again, once.
pub(super) fn refused(state: &State, matter: &Matter, refusal: &Refusal) -> WorkflowResult<Event> {
    let none = || Rejection::new("contrl-about-nothing", format!("no open version sent {}", refusal.kind));
    let (slot, exchange, kind) = named(state, &refusal.kind).ok_or_else(none)?;
    let owed = name_of(&kind) == SERIES && exchange.answer.is_none();
    let (frame, refusal) = (exchange.frame(matter), Refusal { kind, answer: refusal.answer.clone() });
    let (decision, again) = exchange.post.refused::<PostEvent>(&frame, &refusal, owed)?;
    if !again {
        return Ok(lifted(slot, decision));
    }
    let decision = series(matter, &frame, exchange.version, exchange.value, decision.cancel(ANSWER))?;
    // The place comes first in the name, and then that it is sent again.
    Ok(Post::again(lifted(slot, decision)))
}

#[cfg(test)]
mod tests {
    use mako_engine::Workflow as _;
    use mako_engine::fristen::RulebookId;
    use mako_sim::edifact::{AnswerStatus, MpId};
    use mako_sim::received::Original;

    use super::super::{Abrechnung, Checks, Command};
    use super::*;

    fn status(from: &str, document: &str) -> Command {
        let answer = Some(AnswerStatus { code: "A01".to_owned(), ebd: None });
        let says = Auftrag { answer, answers: Some(document.to_owned()), ..Auftrag::new("IFTSTA", "21003".parse().unwrap(), "P1") };
        let at = "2025-11-13T08:00:00Z".parse().unwrap();
        let original = Original { interchange: "I1".to_owned(), document: "P1".to_owned(), document_time: at, vorgang: None };
        let (me, from): (MpId, MpId) = ("9999000002010".parse().unwrap(), from.parse().unwrap());
        let message = TypedMessage::Other(says.message().unwrap());
        let rulebook = RulebookId::BK6_24_174;
        let received = ReceivedMessage { rulebook, me, from, sparte: Sparte::Strom, received_at: at, original, about_sent: None, message };
        Command::Answer(Box::new(received), "21003".to_owned())
    }

    #[test]
    fn nobody_but_the_one_it_was_sent_to_gives_a_version_its_status() {
        let order = Order {
            rulebook: RulebookId::BK6_24_174,
            me: "9999000002010".parse().unwrap(),
            to: "9999000004016".parse().unwrap(),
            checks: Checks::Biko,
            zaehlpunkt: "DE00099900000MABIS000000000000000".parse().unwrap(),
            month: "2025-10".parse().unwrap(),
            version: "2025-11-12T09:00:00Z".parse().unwrap(),
            value: 1,
            token: "T".to_owned(),
        };
        let sent = Abrechnung::handle(&State::default(), Command::Send(Box::new(order))).unwrap();
        let state = sent.events.iter().fold(State::default(), Abrechnung::apply);
        let by = |from: &str| Abrechnung::handle(&state, status(from, "TN1D13003"));
        assert_eq!(by("9999000001012").unwrap_err().code, "not-asked");
        let given = by("9999000004016").unwrap();
        let state = given.events.iter().fold(state.clone(), Abrechnung::apply);
        assert_eq!(super::super::word(&state), "confirmed");
    }
}
