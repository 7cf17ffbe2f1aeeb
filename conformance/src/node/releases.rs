//! Which releases a node takes around a cutover.

use mako_engine::Timestamp;
use mako_engine::timestamp::InvalidTimestamp;

use super::{NodeSubject, Partner};
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
    let first = partner.request();
    partner.deliver(&partner.message("1", first.bytes.clone())).await?;
    partner.answers(&first).await?;
    partner.door().sleep_until(cutover.plus_seconds(DAY_S)).await;
    let second = partner.request();
    partner.deliver(&partner.message("2", second.bytes.clone())).await?;
    partner.answers(&second).await?;
    for request in [&first, &second] {
        for (heard, said) in partner.about(request).into_iter().filter(|(_, said)| said.message_type == "UTILMD") {
            let due = super::said::read(&S::request(1, heard.at, heard.at).bytes).release;
            same(&format!("the release of the {said} that came at {}", heard.at), due, said.release)?;
        }
    }
    Ok(())
}
