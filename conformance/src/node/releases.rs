//! Which releases a node takes around a cutover.

use mako_engine::Timestamp;
use mako_engine::fristen::Sparte;
use mako_engine::timestamp::InvalidTimestamp;
use mako_engine::version::release_of;

use super::answers::with_wrong_count;
use super::{NodeSubject, Partner, Request};
use crate::Violation;
use crate::violation::same;

/// The cutover around which is asked: the first one at which the subject's request has another release.
fn cutover<S: NodeSubject>() -> Result<Timestamp, Violation> {
    let release = |as_of: Timestamp| super::said::read(&S::request(1, as_of, as_of).bytes).release;
    let later = S::FORMAT_VERSIONS.iter().skip(1).map(|version| version.valid_from());
    let changes = |at: &Timestamp| release(*at) != release(at.plus_seconds(-1));
    later.into_iter().find(changes).ok_or_else(|| Violation::new("the release of the subject's request never changes"))
}

const DAY_S: i64 = 86_400;

/// When a check about a cutover begins.
pub(crate) fn before_the_cutover<S: NodeSubject>() -> Result<Timestamp, InvalidTimestamp> {
    // Without a cutover the check itself says so.
    cutover::<S>().map_or_else(|_| "2025-11-04T09:00:00Z".parse(), |at| Ok(at.plus_seconds(-3 * DAY_S)))
}

/// Begins three days before the cutover.
///
/// # Errors
/// [`Violation`] when the release in force is refused, or another one is taken.
pub async fn change_at_midnight<S: NodeSubject>(partner: &Partner<S>) -> Result<(), Violation> {
    let cutover = cutover::<S>()?;
    let (before, after) = (cutover.plus_seconds(-1), cutover);
    // Days away from it, so that no tolerance excuses anything.
    for (at, in_force, other) in [(cutover.plus_seconds(-2 * DAY_S), before, after), (cutover.plus_seconds(14 * DAY_S), after, before)] {
        partner.door().sleep_until(at).await;
        let good = partner.request_as_of(in_force);
        partner.deliver(&partner.message(&good.reference, good.bytes.clone())).await?;
        let bad = partner.request_as_of(other);
        partner.deliver(&partner.message(&bad.reference, bad.bytes.clone())).await?;
        partner.pass(DAY_S).await;
        partner.decided_once(&good)?;
        let refused: Vec<String> = partner.about(&bad).into_iter().map(|(_, said)| said.to_string()).collect();
        let as_it_should = refused.len() == 1 && refused.iter().all(|said| said.starts_with("CONTRL 4"));
        same(&format!("{refused:?} at {at} to a release that is not in force is one CONTRL 4"), true, as_it_should)?;
    }
    Ok(())
}

/// Begins one day before the cutover.
///
/// # Errors
/// [`Violation`] when what was received before midnight is not answered after it, in the release of that day.
pub async fn of_an_answer_is_that_of_its_day<S: NodeSubject>(partner: &Partner<S>) -> Result<(), Violation> {
    let cutover = cutover::<S>()?;
    partner.door().sleep_until(cutover.plus_seconds(-DAY_S)).await;
    let mut days = vec![asked_of_everything(partner, "before").await?];
    partner.door().sleep_until(cutover.plus_seconds(DAY_S)).await;
    days.push(asked_of_everything(partner, "after").await?);
    for (good, bad) in &days {
        for (heard, said) in partner.about(good).into_iter().chain(partner.about(bad)) {
            let due = release_of(&said.message_type, Sparte::Strom, heard.at).unwrap_or("(none)");
            same(&format!("the release of the {said} that came at {}", heard.at), due, said.release.as_str())?;
        }
    }
    Ok(())
}

/// A request that is acknowledged and answered, and one that is refused with CONTRL: every message type that a node says. `when` tells
/// them from others.
async fn asked_of_everything<S: NodeSubject>(partner: &Partner<S>, when: &str) -> Result<(Request, Request), Violation> {
    let (good, bad) = (partner.request(), partner.request());
    partner.deliver(&partner.message(&format!("good-{when}"), good.bytes.clone())).await?;
    partner.deliver(&partner.message(&format!("bad-{when}"), with_wrong_count(&bad)?)).await?;
    partner.answers(&good).await?;
    partner.wait(DAY_S / 2, |partner| !partner.about(&bad).is_empty()).await;
    Ok((good, bad))
}
