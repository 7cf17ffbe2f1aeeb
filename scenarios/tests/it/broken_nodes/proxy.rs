//! Whoever stands between a node and its partner and breaks what goes over the wire: seen from the partner, a broken node.
//!
//! It speaks AS4 to both sides. A message that comes is read, given to the [`Fault`], and goes on, changed or not; so does the signal that
//! comes back, put into words about the message as its sender knows it. With a fault that does nothing, nobody can tell that it is there.
//! What it does, it does while the partner waits for the node's next connection, which a partner always does.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use mako_engine::Timestamp;
use mako_sim::as4::http::{encode_response, read_response};
use mako_sim::as4::{Digest, ReceiveError, Signal, Unreadable, UserMessage, answer, decode_signal, encode_user_message, receive};
use mako_sim::net::Stream;
use mako_sim::plan::{Behaviour, CrashPoint};
use mako_sim::run::stage::Door;
use tokio::io::{AsyncWriteExt as _, DuplexStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What becomes of a message on its way.
pub enum Fate {
    /// It goes on, and is answered by whom it is for.
    Pass,
    /// It gets its receipt here, and goes on so many seconds later, unless the node crashes before.
    Later(i64),
    /// It gets its receipt here, and goes no further.
    Swallow,
    /// The connection breaks.
    HangUp,
}

/// What is wrong with a node. Every hook does nothing unless a fault says otherwise.
#[expect(unused_variables, reason = "what a hook is told has a name also where nobody listens")]
pub trait Fault: Default + Send + 'static {
    /// How the node behind it behaves.
    const BEHAVIOUR: Behaviour = Behaviour::Conformant;
    /// Whether it is asked about crashes, which takes its time.
    const CRASHES: bool = false;
    /// Whether it talks to one sender after the other.
    const ONE_AT_A_TIME: bool = false;

    /// A message of the partner.
    fn reaches_node(&mut self, message: &mut UserMessage, now: Timestamp) -> Fate {
        Fate::Pass
    }

    /// What the partner is told about its `message`.
    fn told(&mut self, message: &UserMessage, signal: &mut Signal, now: Timestamp) {}

    /// What the partner is told about bytes that are no message.
    fn told_about_none(&mut self, unreadable: &Unreadable, now: Timestamp) -> Signal {
        Signal::Error(unreadable.error_signal(now))
    }

    /// A message of the node.
    fn leaves_node(&mut self, message: &mut UserMessage, now: Timestamp) -> Fate {
        Fate::Pass
    }

    /// What the node is told about its `message`; nothing where the partner hangs up.
    fn tell(&mut self, message: &UserMessage, signal: Option<Signal>, now: Timestamp) -> Option<Signal> {
        signal
    }

    /// In how many seconds a message of the node, whose try has just come, goes to the partner once more by itself.
    fn again_s(&mut self, message: &UserMessage) -> Option<i64> {
        None
    }

    /// Whether it still goes then.
    fn still(&mut self, message: &UserMessage) -> bool {
        true
    }

    /// What is different about it then.
    fn again(&mut self, message: &mut UserMessage) {}
}

type Job = BoxFuture<'static, ()>;

/// Bytes a pipe to the partner holds: more than any message.
const PIPE_BYTES: usize = 1024 * 1024;

/// Both ends of the way, and what is wrong in between.
struct Way<F> {
    door: Arc<dyn Door>,
    fault: Mutex<F>,
    /// Held by the one sender that is talked to.
    turn: tokio::sync::Mutex<()>,
    crashes: Mutex<u64>,
    jobs: UnboundedSender<Job>,
    to_partner: UnboundedSender<DuplexStream>,
}

impl<F: Fault> Way<F> {
    fn with<T>(&self, ask: impl FnOnce(&mut F, Timestamp) -> T) -> T {
        ask(&mut self.fault.lock().unwrap_or_else(PoisonError::into_inner), self.door.now())
    }

    fn crashes(&self) -> u64 {
        *self.crashes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn starts(&self, job: impl Future<Output = ()> + Send + 'static) {
        // Nobody takes jobs any more when the partner is done.
        let _ = self.jobs.send(Box::pin(job));
    }

    async fn pass(&self, seconds: i64) {
        self.door.sleep_until(self.door.now().plus_seconds(seconds)).await;
    }

    async fn tell_node(&self, message: &UserMessage) -> Option<Signal> {
        ask(&mut self.door.connect().await.ok()?, message).await
    }

    async fn tell_partner(&self, message: &UserMessage) -> Option<Signal> {
        let (mut ours, theirs) = tokio::io::duplex(PIPE_BYTES);
        self.to_partner.send(theirs).ok()?;
        ask(&mut ours, message).await
    }

    /// A message from the partner to the node.
    async fn inward(self: Arc<Self>, mut partner: DuplexStream) {
        let _turn = if F::ONE_AT_A_TIME { Some(self.turn.lock().await) } else { None };
        let message = match receive(&mut partner).await {
            Ok(message) => message,
            Err(ReceiveError::Unreadable(unreadable)) => {
                let signal = self.with(|fault, now| fault.told_about_none(&unreadable, now));
                return drop(answer(&mut partner, &signal).await);
            }
            Err(_) => return,
        };
        let mut passed = message.clone();
        let signal = match self.with(|fault, now| fault.reaches_node(&mut passed, now)) {
            Fate::Pass => self.tell_node(&passed).await.map(|signal| about(signal, &passed, &message)),
            Fate::Later(seconds) => {
                let (way, crashes) = (self.clone(), self.crashes());
                self.starts(async move {
                    way.pass(seconds).await;
                    if way.crashes() == crashes {
                        way.tell_node(&passed).await;
                    }
                });
                Some(Signal::Receipt(message.receipt(self.door.now())))
            }
            Fate::Swallow => Some(Signal::Receipt(message.receipt(self.door.now()))),
            Fate::HangUp => None,
        };
        if let Some(mut signal) = signal {
            self.with(|fault, now| fault.told(&message, &mut signal, now));
            let _ = answer(&mut partner, &signal).await;
        }
    }

    /// A message from the node to the partner.
    async fn outward(self: Arc<Self>, mut node: Box<dyn Stream>) {
        // A node that crashes in the middle of a message has sent nothing.
        let Ok(message) = receive(&mut node).await else { return };
        if let Some(seconds) = self.with(|fault, _| fault.again_s(&message)) {
            let (way, mut message) = (self.clone(), message.clone());
            self.starts(async move {
                way.pass(seconds).await;
                if way.with(|fault, _| fault.still(&message)) {
                    way.with(|fault, _| fault.again(&mut message));
                    way.tell_partner(&message).await;
                }
            });
        }
        let mut passed = message.clone();
        let signal = match self.with(|fault, now| fault.leaves_node(&mut passed, now)) {
            Fate::Pass => self.tell_partner(&passed).await.map(|signal| about(signal, &passed, &message)),
            Fate::Later(seconds) => {
                let way = self.clone();
                self.starts(async move {
                    way.pass(seconds).await;
                    way.tell_partner(&passed).await;
                });
                Some(Signal::Receipt(message.receipt(self.door.now())))
            }
            Fate::Swallow => Some(Signal::Receipt(message.receipt(self.door.now()))),
            Fate::HangUp => return,
        };
        if let Some(signal) = self.with(|fault, now| fault.tell(&message, signal, now)) {
            let _ = answer(&mut node, &signal).await;
        }
    }
}

/// What comes back for `message`, whatever it is about; nothing when the connection breaks.
async fn ask<S: Stream>(stream: &mut S, message: &UserMessage) -> Option<Signal> {
    stream.write_all(&encode_user_message(message).ok()?).await.ok()?;
    stream.flush().await.ok()?;
    decode_signal(&encode_response(&read_response(stream).await.ok()?)).ok()
}

/// What `signal` says about `passed`, said about `message`. What it says about anything else stays as it is.
fn about(signal: Signal, passed: &UserMessage, message: &UserMessage) -> Signal {
    match signal {
        Signal::Receipt(mut receipt) => {
            if receipt.ref_to_message_id == passed.message_id {
                receipt.ref_to_message_id.clone_from(&message.message_id);
            }
            if receipt.digest == Digest::of(&passed.payload) {
                receipt.digest = Digest::of(&message.payload);
            }
            Signal::Receipt(receipt)
        }
        Signal::Error(mut error) => {
            if error.ref_to_message_id.as_ref() == Some(&passed.message_id) {
                error.ref_to_message_id = Some(message.message_id.clone());
            }
            Signal::Error(error)
        }
    }
}

/// The door of a node that is broken by `F`.
pub struct Broken<F> {
    way: Arc<Way<F>>,
    desk: tokio::sync::Mutex<Desk>,
}

/// What is under way, and what is there for the partner.
struct Desk {
    starting: UnboundedReceiver<Job>,
    under_way: FuturesUnordered<Job>,
    to_partner: UnboundedReceiver<DuplexStream>,
}

impl<F: Fault> Broken<F> {
    /// Stands in `door`.
    pub fn stand_in(door: Arc<dyn Door>) -> Arc<dyn Door> {
        let ((jobs, starting), (to_partner, handed)) = (unbounded_channel(), unbounded_channel());
        let (fault, turn, crashes) = (Mutex::new(F::default()), tokio::sync::Mutex::default(), Mutex::default());
        let way = Arc::new(Way { door, fault, turn, crashes, jobs, to_partner });
        let desk = Desk { starting, under_way: FuturesUnordered::new(), to_partner: handed };
        Arc::new(Self { way, desk: tokio::sync::Mutex::new(desk) })
    }
}

#[async_trait]
impl<F: Fault> Door for Broken<F> {
    fn now(&self) -> Timestamp {
        self.way.door.now()
    }

    async fn sleep_until(&self, at: Timestamp) {
        self.way.door.sleep_until(at).await;
    }

    async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        let (ours, theirs) = tokio::io::duplex(PIPE_BYTES);
        self.way.starts(self.way.clone().inward(ours));
        Ok(Box::new(theirs))
    }

    async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        let mut desk = self.desk.lock().await;
        let Desk { starting, under_way, to_partner } = &mut *desk;
        loop {
            tokio::select! {
                biased;
                Some(job) = starting.recv() => under_way.push(job),
                Some(()) = under_way.next() => {}
                Some(stream) = to_partner.recv() => return Ok(Box::new(stream)),
                node = self.way.door.accept() => under_way.push(Box::pin(self.way.clone().outward(node?))),
            }
        }
    }

    fn crash(&self, point: CrashPoint, down_s: i64) {
        *self.way.crashes.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.way.door.crash(point, down_s);
    }
}
