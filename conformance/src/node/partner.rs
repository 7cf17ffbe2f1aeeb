//! The partner of a node under test: sends, takes, and notes what it was told.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use mako_engine::Timestamp;
use mako_sim::as4::{
    Digest, ErrorCode, ErrorSignal, ExchangeError, PartyId, Receipt, Severity, Signal, UserMessage, answer, receive, send,
};
use mako_sim::net::Stream;
use mako_sim::run::stage::Door;
use tokio::sync::Notify;

use super::said::{self, Said};
use super::{NodeSubject, Request, Script};
use crate::Violation;

/// How the partner takes what the node sends to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taking {
    /// It gives the receipt.
    Receipt,
    /// It hangs up without a word.
    HangUp,
    /// It gives the receipt so many seconds later.
    Late(i64),
    /// Its receipt is about other bytes.
    WrongDigest,
    /// It refuses with an ebMS error that no later try can heal.
    Refuse,
}

/// A try of the node to deliver a message, as its partner met it.
#[derive(Debug, Clone)]
pub struct Heard {
    /// When it came.
    pub at: Timestamp,
    /// What came.
    pub message: UserMessage,
}

/// What was heard, and what it says.
struct Told {
    heard: Heard,
    said: Said,
    /// Whether no earlier try carried its MessageId.
    first: bool,
}

/// The partner of a node of subject `S`.
pub struct Partner<S> {
    door: Arc<dyn Door>,
    heard: RefCell<Vec<Told>>,
    came: Notify,
    taking: Cell<Taking>,
    sent: Cell<u32>,
    subject: PhantomData<S>,
}

impl<S: NodeSubject> Partner<S> {
    /// The script in which a partner plays `check`, and takes meanwhile what the node sends.
    pub fn plays(check: impl AsyncFnOnce(&Self) -> Result<(), Violation> + 'static) -> Script {
        Box::new(move |door| {
            Box::pin(async move {
                let partner = Rc::new(Self {
                    door,
                    heard: RefCell::default(),
                    came: Notify::new(),
                    taking: Cell::new(Taking::Receipt),
                    sent: Cell::new(0),
                    subject: PhantomData,
                });
                tokio::select! {
                    biased;
                    checked = check(&partner) => checked,
                    ended = partner.listen() => ended,
                }
            })
        })
    }

    /// Takes what comes, for ever.
    async fn listen(&self) -> Result<(), Violation> {
        let mut open = FuturesUnordered::new();
        loop {
            tokio::select! {
                biased;
                Some(()) = open.next() => {}
                stream = self.door.accept() => {
                    open.push(self.take(stream.map_err(|error| Violation::new(format!("the partner hears nothing any more: {error}")))?));
                }
            }
        }
    }

    async fn take(&self, mut stream: Box<dyn Stream>) {
        // A node that crashes in the middle of a message has sent nothing.
        let Ok(message) = receive(&mut stream).await else { return };
        let at = self.door.now();
        self.note(Heard { at, message: message.clone() });
        self.came.notify_waiters();
        let signal = match self.taking.get() {
            Taking::Receipt => Signal::Receipt(message.receipt(at)),
            Taking::HangUp => return,
            Taking::Late(seconds) => {
                self.door.sleep_until(at.plus_seconds(seconds)).await;
                Signal::Receipt(message.receipt(at))
            }
            Taking::WrongDigest => Signal::Receipt(Receipt { digest: Digest::of(b"other bytes"), ..message.receipt(at) }),
            Taking::Refuse => Signal::Error(ErrorSignal {
                code: ErrorCode::FAILED_AUTHENTICATION,
                ref_to_message_id: Some(message.message_id.clone()),
                severity: Severity::Failure,
                raised_at: at,
                detail: "the sender is not known".to_owned(),
            }),
        };
        // A node that has gone meanwhile asks again.
        let _ = answer(&mut stream, &signal).await;
    }

    fn note(&self, heard: Heard) {
        let (mut all, said) = (self.heard.borrow_mut(), said::read(&heard.message.payload));
        let first = !all.iter().any(|told| told.heard.message.message_id == heard.message.message_id);
        all.push(Told { heard, said, first });
    }

    /// From now on it takes what comes in this way.
    pub fn takes(&self, taking: Taking) {
        self.taking.set(taking);
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.door.now()
    }

    /// The way to the node, for whoever wants to write its bytes by hand.
    pub fn door(&self) -> &dyn Door {
        &*self.door
    }

    /// A request that was not sent before, in the release in force.
    pub fn request(&self) -> Request {
        self.request_as_of(self.now())
    }

    /// A request that was not sent before, in the release that is in force at `as_of`.
    pub fn request_as_of(&self, as_of: Timestamp) -> Request {
        let number = self.sent.get() + 1;
        self.sent.set(number);
        S::request(number, self.now(), as_of)
    }

    /// `payload` as a message to the node, under a MessageId that begins with `name`.
    pub fn message(&self, name: &str, payload: Vec<u8>) -> UserMessage {
        let id = format!("{name}@{}", S::PARTNER);
        UserMessage::interchange(&id, self.now(), PartyId::market(S::PARTNER), PartyId::market(S::ME), payload)
    }

    /// Sends `message` once. `None` when the node is down or the connection broke: nobody knows whether it has it.
    ///
    /// # Errors
    /// [`Violation`] when what comes back is no answer to it.
    pub async fn send(&self, message: &UserMessage) -> Result<Option<Signal>, Violation> {
        let Ok(mut stream) = self.door.connect().await else { return Ok(None) };
        match send(&mut stream, message).await {
            Ok(signal) => Ok(Some(signal)),
            Err(ExchangeError::NoAnswer(_) | ExchangeError::ConnectionRefused(_)) => Ok(None),
            Err(error) => {
                Err(Violation::new(format!("{} was answered with something else than receipt or error: {error}", message.message_id)))
            }
        }
    }

    /// Sends `message` and wants its receipt.
    ///
    /// # Errors
    /// [`Violation`] when there is none.
    pub async fn deliver(&self, message: &UserMessage) -> Result<Receipt, Violation> {
        match self.send(message).await? {
            Some(Signal::Receipt(receipt)) => Ok(receipt),
            Some(Signal::Error(error)) => {
                Err(Violation::new(format!("{}: expected a receipt | found the error {} {}", message.message_id, error.code, error.detail)))
            }
            None => Err(Violation::new(format!("{}: expected a receipt | found no answer, the connection broke", message.message_id))),
        }
    }

    /// As `deliver`, once a minute until there is a receipt, as an AS4 sender does.
    ///
    /// # Errors
    /// [`Violation`] when there is none within an hour.
    pub async fn insist(&self, message: &UserMessage) -> Result<Receipt, Violation> {
        for _ in 0..60 {
            if let Some(Signal::Receipt(receipt)) = self.send(message).await? {
                return Ok(receipt);
            }
            self.pass(60).await;
        }
        Err(Violation::new(format!("{}: expected a receipt within an hour | found none in 60 tries", message.message_id)))
    }

    /// Lets so many seconds pass.
    pub async fn pass(&self, seconds: i64) {
        self.door.sleep_until(self.now().plus_seconds(seconds)).await;
    }

    /// Every try of the node so far, in the order in which they came.
    pub fn heard(&self) -> Vec<Heard> {
        self.heard.borrow().iter().map(|told| told.heard.clone()).collect()
    }

    /// Every message of the node so far, each MessageId once.
    pub fn messages(&self) -> Vec<(Heard, Said)> {
        self.first(|_| true)
    }

    /// How many messages of the node came so far.
    pub fn count(&self) -> usize {
        self.heard.borrow().iter().filter(|told| told.first).count()
    }

    fn first(&self, wanted: impl Fn(&Said) -> bool) -> Vec<(Heard, Said)> {
        let all = self.heard.borrow();
        all.iter().filter(|told| told.first && wanted(&told.said)).map(|told| (told.heard.clone(), told.said.clone())).collect()
    }

    /// The messages of the node so far that are about `request`.
    pub fn about(&self, request: &Request) -> Vec<(Heard, Said)> {
        self.first(|said| said.is_about(request))
    }

    /// Waits until `there` is, for at most so many seconds; whether it is.
    pub async fn wait(&self, seconds: i64, there: impl Fn(&Self) -> bool) -> bool {
        let end = self.now().plus_seconds(seconds);
        while !there(self) {
            if self.now() >= end {
                return false;
            }
            tokio::select! {
                biased;
                () = self.came.notified() => {}
                () = self.door.sleep_until(end) => {}
            }
        }
        true
    }

    /// The answers to `request`, once a decision is there and nothing more came for an hour. Whether it was acknowledged is asked
    /// elsewhere.
    ///
    /// # Errors
    /// [`Violation`] when it is not there within a day, or when there is one too many.
    pub async fn answers(&self, request: &Request) -> Result<Vec<(Heard, Said)>, Violation> {
        self.wait(86_400, |partner| partner.about(request).iter().any(|(_, said)| !said.is_acknowledgement())).await;
        self.pass(3_600).await;
        self.decided_once(request)?;
        Ok(self.about(request))
    }

    /// `request` was acknowledged once and decided once.
    ///
    /// # Errors
    /// [`Violation`] when not.
    pub fn answered_once(&self, request: &Request) -> Result<(), Violation> {
        self.wants(request, "one APERAK 312 and one decision", |acknowledged, others| (acknowledged, others) == (1, 1))
    }

    /// `request` was decided once, and nothing else was said about it than that it can be processed.
    ///
    /// # Errors
    /// [`Violation`] when not.
    pub fn decided_once(&self, request: &Request) -> Result<(), Violation> {
        self.wants(request, "one decision", |_, others| others == 1)
    }

    /// As many acknowledgements of `request`, and other messages about it, as `fits`.
    fn wants(&self, request: &Request, expected: &str, fits: impl Fn(usize, usize) -> bool) -> Result<(), Violation> {
        let about = self.about(request);
        let acknowledged = about.iter().filter(|(_, said)| said.is_acknowledgement()).count();
        if fits(acknowledged, about.len() - acknowledged) {
            return Ok(());
        }
        let kinds: Vec<String> = about.iter().map(|(_, said)| said.to_string()).collect();
        let (reference, found) = (&request.reference, if kinds.is_empty() { "nothing".to_owned() } else { kinds.join(", ") });
        Err(Violation::new(format!("answers to {reference}: expected {expected} | found {found}")))
    }
}
