//! From a received message to a command of a workflow.
//!
//! The [`PidRouter`] knows what a message does: start a process of a workflow, or continue a conversation. A continuing message finds
//! its process by the references it names, nothing else: neither the channel nor a ConversationId (empty by profile) is asked. The
//! [`Adapters`] of the workflow make a command of the message, by its format version.

mod adapter;
mod inbound;
mod router;

pub use adapter::{AdaptError, Adapters, MessageAdapter};
pub use inbound::Inbound;
pub use router::{Claim, PidRouter, Route, RouteKey, RouteTaken};
