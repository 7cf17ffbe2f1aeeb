//! What the processes of the market have in common: one party asks, the other answers inside a Frist.
//!
//! Most processes are an Anfrage and its answer, each with its Prüfidentifikatoren, its Frist and its rule for silence. Such a process is
//! a [`Vorgang`]: a file that says these things as data ([`Art`]), and two workflows that do them for every Vorgang alike, [`Asking`] and
//! [`Answering`]. A Vorgang that stands in the list of its family is wired, routed, and asked by the conformance gate.
//! Processes with more steps than that are workflows of their own, made of the same parts: [`Frame`] (who, under which rules), [`Post`]
//! (what becomes of the mail), [`Meldung`] (what a message says).
//!
//! ```text
//! Asking     sending ─receipt→ waiting ─answer→ confirmed | refused
//!                       │         ├─Frist→ overdue ─answer→ confirmed | refused     (silence says nothing)
//!                       │         └─Frist→ by-silence ─late answer→ noted           (silence is consent)
//!                       └─APERAK 313, CONTRL 4→ not-received     └─given up→ not-delivered
//!
//! Answering  checking ─back office→ confirmed | refused            ─lead time missed→ refused
//!               │                      └─done→ executed | failed                     (where something is done after the answer)
//!               │                      └─then→ what follows, weeks later: see [`then`]
//!               ├─Frist→ overdue ─back office→ confirmed | refused                  (silence says nothing)
//!               ├─Frist→ by-silence                                                 (silence is consent)
//!               └─back office→ asking ─the third party's answer, or its silence→ confirmed | refused   (where somebody is asked first)
//! ```

pub mod answering;
mod art;
pub mod asking;
pub mod asks_first;
mod execution;
mod frame;
mod information;
mod labels;
mod list;
mod meldung;
mod messtechnik;
mod post;
mod question;
mod role;
mod storno;
pub mod then;

pub use answering::{Answering, Finding, Question};
pub use art::{Answers, Art, AsksFirst, Day, Execution, Information, Kind, Labels, Silence, To, Trigger, UnknownVorgang, Vorgang, When};
pub use asking::Asking;
pub use asks_first::Third;
pub use frame::Frame;
pub use list::VORGAENGE;
use list::{ANSWERING_LABELS, ASKING_LABELS};
pub(crate) use meldung::named;
pub use meldung::{Anliegen, Meldung};
pub use messtechnik::{ByTechnik, Messtechnik, UnknownMesstechnik};
pub use post::{Post, PostEvent, Refusal, Stage, contradiction, name_of, names};
pub use role::Vorgaenge;
pub use storno::Storno;
pub use then::{Report, Successor, Then};
