//! The registers of a page: every Frist once, and every message once, with what became of it.

use mako_engine::Timestamp;
use mako_engine::fristen::berlin;
use maud::{Markup, html};

use super::super::messages::{Message, Messages};
use super::super::names::Names;
use super::super::words::{AFTER, count, margin};
use super::anchor::local;
use super::frist::{Fristen, Owed, balance};
use super::row::Mood;
use crate::trace::{Entry, TryEnd};

/// Every Frist: when it was due, why then, and by how much it was met or missed.
pub(super) fn fristen(fristen: &Fristen) -> Markup {
    html! {
        section.register #fristen {
            h2 { "Fristen" }
            p.lead { (balance(fristen)) ". A watch is a timer at which nobody owes anything; it is not counted." }
            div.wide { table {
                thead { tr {
                    th scope="col" { "Frist" } th scope="col" { "Party" } th scope="col" { "Process" } th scope="col" { "Set" }
                    th scope="col" { "Due" } th scope="col" { "Why then" } th scope="col" { "What became of it" }
                } }
                tbody { @for (number, frist) in fristen.all() {
                    @let (mood, fate) = frist.fate_part();
                    tr.watch[frist.owed == Owed::Nobody] id={"f" (number)} data-frist=(number) {
                        th scope="row" { span.word { (frist.word()) } " " (frist.label) }
                        td { (frist.party) } td { (frist.process) }
                        td { (instant(frist.set_at)) }
                        td { (instant(frist.due)) @if frist.moved > 0 { " " small { "moved" } } }
                        td { (frist.reason) }
                        td.good[mood == Mood::Good].bad[mood == Mood::Bad] { (fate) }
                    }
                } }
            } }
        }
    }
}

/// Every message: who told whom what, how often it was tried, and when it was received.
pub(super) fn messages(entries: &[Entry], names: &Names) -> Markup {
    let messages = Messages::of(entries);
    let mut list: Vec<(usize, &str, &Message)> =
        messages.all().filter_map(|(id, message)| Some((names.number(id)?, id, message))).collect();
    list.sort_unstable_by_key(|(number, ..)| *number);
    let process = |message: &Message| message.stream.as_deref().map_or_else(String::new, |stream| names.process(&message.sender, stream));
    html! {
        section.register #messages {
            h2 { "Messages" }
            p.lead { (count(list.len(), "message", "messages")) ". ÜT is the day on which a receipt says that a message was received." }
            div.wide { table {
                thead { tr {
                    th scope="col" { "No." } th scope="col" { "From, to" } th scope="col" { "Message" } th scope="col" { "Release" }
                    th scope="col" { "Process" } th scope="col" { "For" } th scope="col" { "First try" } th scope="col" { "Tries" }
                    th scope="col" { "Received" } th scope="col" { "Margin" }
                } }
                tbody { @for (number, _, message) in &list {
                    @let (sent, received) = (first_try(entries, message), received(message));
                    @let margin = received.zip(message.fulfils).map(|(at, due)| margin(at, due)).unwrap_or_default();
                    tr id={"m" (number)} data-message=(number) {
                        th scope="row" { "#" (number) }
                        td { (names.veil(&message.sender)) " → " (names.veil(&message.to)) }
                        td { (names.veil(&message.label)) }
                        td { (message.release.as_deref().unwrap_or_default()) }
                        td { (process(message)) }
                        td {
                            @if let Some(answered) = message.answers.as_deref().and_then(|id| names.number(id)) {
                                a href={"#m" (answered)} { "#" (answered) }
                            }
                        }
                        td { @if let Some(at) = sent { (instant(at)) } }
                        td { (message.tries.len()) }
                        td.bad[received.is_none()] { @match received { Some(at) => (instant(at)), None => "NEVER" } }
                        td.good[!margin.is_empty() && !margin.ends_with(AFTER)].bad[margin.ends_with(AFTER)] { (margin) }
                    }
                } }
            } }
        }
    }
}

/// An instant, and a link to it.
fn instant(at: Timestamp) -> Markup {
    html! { a href={"#t=" (local(at))} { time datetime=(berlin::rfc3339(at)) { (berlin::moment_text(at)) } } }
}

fn first_try(entries: &[Entry], message: &Message) -> Option<Timestamp> {
    Some(entries.get(message.tries.first()?.begins)?.at)
}

/// When it was received, as its first receipt says; where none came back, when it was accepted.
fn received(message: &Message) -> Option<Timestamp> {
    let receipt = message.tries.iter().find_map(|this| match this.end {
        Some(TryEnd::Receipt(at)) => Some(at),
        _ => None,
    });
    receipt.or_else(|| message.tries.iter().find_map(|this| this.accepted))
}
