//! EDIFACT seen from outside: the corpus of broken messages, recorded conversations, and laws over generated input.

mod any_bytes;
mod broken;
mod conversations;
mod every_message_type;
mod oracle;
mod receiver;
mod round_trip;
mod series;
