//! Many at once, and crashes among them.

use futures_util::future::join_all;
use mako_sim::plan::CrashPoint;

use super::{NodeSubject, Partner, Request};
use crate::Violation;
use crate::violation::same;

/// # Errors
/// [`Violation`] when one of 64 senders at the same instant gets no receipt, no answer, or two.
pub async fn of_64_senders_none_is_lost<S: NodeSubject>(partner: &Partner<S>) -> Result<(), Violation> {
    let requests: Vec<Request> = (0..64).map(|_| partner.request()).collect();
    let deliver = |(number, request): (usize, &Request)| {
        let message = partner.message(&number.to_string(), request.bytes.clone());
        async move { partner.deliver(&message).await }
    };
    for receipt in join_all(requests.iter().enumerate().map(deliver)).await {
        receipt?;
    }
    partner.wait(86_400, |partner| partner.count() >= 2 * requests.len()).await;
    partner.pass(3_600).await;
    requests.iter().try_for_each(|request| partner.decided_once(request))
}

/// How many messages, and after how many of them the node crashes once.
const MESSAGES: u32 = 1_000;
const BETWEEN_CRASHES: u32 = 40;

/// # Errors
/// [`Violation`] when a message with a receipt was not answered, or one was answered twice.
pub async fn crashes_among_1000_messages_lose_none<S: NodeSubject>(partner: &Partner<S>) -> Result<(), Violation> {
    let points = [
        CrashPoint::Now,
        CrashPoint::BeforeWrite,
        CrashPoint::BeforeSync,
        CrashPoint::AfterSync,
        CrashPoint::AfterReceipt,
        CrashPoint::BeforeMarkSent,
    ];
    let (mut requests, mut crashes) = (Vec::new(), 0);
    // Where it crashes follows from a sequence of its own, so that a node cannot be lucky twice in the same way.
    let mut dice = 0x9e37_79b9_u32;
    for number in 0..MESSAGES {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if number % BETWEEN_CRASHES == (dice >> 16) % BETWEEN_CRASHES {
            let point = points.get(crashes % points.len()).copied().unwrap_or(CrashPoint::Now);
            partner.door().crash(point, i64::from((dice >> 8) % 900) + 30);
            crashes += 1;
        }
        let request = partner.request();
        partner.insist(&partner.message(&number.to_string(), request.bytes.clone())).await?;
        requests.push(request);
    }
    same(&format!("{crashes} crashes are enough to tell something"), true, crashes >= 6)?;
    partner.wait(4 * 86_400, |partner| partner.count() >= 2 * requests.len()).await;
    partner.pass(3_600).await;
    requests.iter().try_for_each(|request| partner.answered_once(request))
}
