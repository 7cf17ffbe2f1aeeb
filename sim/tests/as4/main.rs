//! The AS4 wire layer from outside: what goes in comes out, what is not a message is refused, and a cut connection is never a success.

mod bytes;
mod exchange;
mod sample;
mod simulated_network;
