//! Who is asked: a node, how to put it on a stage, and what a partner may ask of it.

use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use mako_engine::{FormatVersion, Timestamp};
use mako_sim::run::stage::Door;

use crate::subject::Without;
use crate::{Capabilities, Exemption, Violation};

/// A request that a partner may send to a node: an interchange with one message, to which a conformant node answers at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// UNB 0020 of the interchange.
    pub reference: String,
    /// IDE+24 of its Vorgang.
    pub vorgang: String,
    /// The interchange.
    pub bytes: Vec<u8>,
}

/// What the partner of a node does, until it has its result.
pub type Script = Box<dyn FnOnce(Arc<dyn Door>) -> LocalBoxFuture<'static, Result<(), Violation>>>;

/// A node to be checked.
///
/// Each check gets a fresh node. It answers a [`request`](NodeSubject::request) that can be processed with an APERAK 312 and, because its
/// back office agrees at once, with one message that refers to the Vorgang. [`mako_sim::run::stage::play`] puts a node of this project on a
/// stage; a node that runs elsewhere brings a [`Door`] of its own.
pub trait NodeSubject: Sized + 'static {
    /// Its name in reports; also a directory name.
    const NAME: &'static str;
    /// What it can do. A requirement that needs more is skipped, and the report says so.
    const CAPABILITIES: Capabilities;
    /// What it cannot do, and why.
    const WITHOUT: Without = &[];
    /// What it should keep and does not, for a while.
    const EXEMPT: &'static [Exemption] = &[];

    /// MP-ID of the node.
    const ME: &'static str;
    /// MP-ID of its partner.
    const PARTNER: &'static str;

    /// The format versions that it serves, oldest first. Around the first cutover between two of them at which the request has another
    /// release it is asked about releases.
    const FORMAT_VERSIONS: &'static [FormatVersion];

    /// For how long it tries to deliver a message, in seconds: the AS4 profile leaves that open, and partners must know.
    const RETRY_HORIZON_S: i64;

    /// The `number`-th request, which differs from all others in every reference. It is written at `at`, in the release that is in force
    /// at `as_of`.
    fn request(number: u32, at: Timestamp, as_of: Timestamp) -> Request;

    /// Starts a fresh node at `start`, and plays `script` opposite to it.
    ///
    /// # Errors
    /// Why there is no result: the node did not start, or ended.
    fn play(start: Timestamp, script: Script) -> Result<Result<(), Violation>, String>;
}
