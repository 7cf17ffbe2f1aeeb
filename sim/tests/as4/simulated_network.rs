//! The same exchange over the simulated TCP between two hosts.

use std::cell::RefCell;
use std::rc::Rc;

use mako_sim::as4::http::HttpError;
use mako_sim::as4::{ExchangeError, Signal, answer, receive, send};
use turmoil::net::{TcpListener, TcpStream};

use crate::sample;

#[test]
fn two_hosts_exchange_a_message_and_a_receipt() {
    let received = Rc::new(RefCell::new(Vec::new()));
    let mut sim = turmoil::Builder::new().rng_seed(1).build();
    let seen = Rc::clone(&received);
    sim.host("netzbetreiber", move || {
        let seen = Rc::clone(&seen);
        async move {
            let listener = TcpListener::bind(("0.0.0.0", 443)).await?;
            loop {
                let (mut stream, _) = listener.accept().await?;
                let message = receive(&mut stream).await?;
                answer(&mut stream, &Signal::Receipt(sample::receipt(&message))).await?;
                seen.borrow_mut().push(message);
            }
        }
    });
    let payload: Vec<u8> = (0..100_000u32).map(|i| i as u8).collect();
    let messages = [sample::message(b"UNA:+.? '"), sample::message(&payload)];
    let sent = messages.clone();
    sim.client("lieferant", async move {
        for message in &sent {
            let mut stream = TcpStream::connect(("netzbetreiber", 443)).await?;
            let receipt = send(&mut stream, message).await?.into_receipt()?;
            assert_eq!(receipt, sample::receipt(message));
        }
        Ok(())
    });
    sim.run().unwrap();
    assert_eq!(*received.borrow(), messages);
}

#[test]
fn a_host_without_a_listener_is_refused_and_one_that_hangs_up_leaves_the_outcome_unknown() {
    let mut sim = turmoil::Builder::new().rng_seed(1).build();
    sim.host("netzbetreiber", || async {
        let listener = TcpListener::bind(("0.0.0.0", 443)).await?;
        loop {
            let (mut stream, _) = listener.accept().await?;
            receive(&mut stream).await?;
        }
    });
    sim.client("lieferant", async {
        let message = sample::message(b"UNA:+.? '");
        let refused = TcpStream::connect(("netzbetreiber", 444)).await.unwrap_err();
        let refused = ExchangeError::connecting(&refused);
        assert_eq!(refused, ExchangeError::ConnectionRefused(std::io::ErrorKind::ConnectionRefused));
        assert!(!refused.may_have_arrived());

        let mut stream = TcpStream::connect(("netzbetreiber", 443)).await?;
        let unknown = send(&mut stream, &message).await.unwrap_err();
        assert_eq!(unknown, ExchangeError::NoAnswer(HttpError::Closed));
        assert!(unknown.may_have_arrived());
        Ok(())
    });
    sim.run().unwrap();
}
