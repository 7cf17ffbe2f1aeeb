//! The exchange of `../src/exchange.rs` in madsim: two nodes, half a year, 1 200 bytes there and back every ten days.
//!
//! To be built with `RUSTFLAGS="--cfg madsim"`; without it madsim is a thin layer over tokio and real time. Prints virtual seconds per second on a
//! processor, the median of the rounds that its argument names.

use std::net::SocketAddr;
use std::time::Duration;

use madsim::net::{Endpoint, NetSim};
use madsim::runtime::{Handle, Runtime};
use madsim::time::sleep;

const DAY: Duration = Duration::from_secs(86_400);
const DAYS: u32 = 180;
const EVERY: u32 = 10;

fn main() {
    let rounds: usize = std::env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(11);
    let mut rates: Vec<f64> = (0..rounds)
        .map(|_| {
            let begin = cpu_time::ThreadTime::now();
            half_a_year();
            DAY.as_secs_f64() * f64::from(DAYS) / begin.elapsed().as_secs_f64()
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    println!("{}", rates[rates.len() / 2]);
}

fn half_a_year() {
    let runtime = Runtime::new();
    let (asks, answers): (SocketAddr, SocketAddr) = ("10.0.0.1:1".parse().unwrap(), "10.0.0.2:1".parse().unwrap());
    runtime.block_on(async move {
        let _ = NetSim::current();
        let handle = Handle::current();
        let (one, two) = (handle.create_node().ip(asks.ip()).build(), handle.create_node().ip(answers.ip()).build());
        let answering = two.spawn(async move {
            let endpoint = Endpoint::bind(answers).await.unwrap();
            let mut bytes = vec![0; 1_200];
            loop {
                let (count, from) = endpoint.recv_from(1, &mut bytes).await.unwrap();
                endpoint.send_to(from, 2, &bytes[..count]).await.unwrap();
            }
        });
        let asking = one.spawn(async move {
            let endpoint = Endpoint::bind(asks).await.unwrap();
            let mut bytes = vec![7; 1_200];
            for _ in 0..DAYS / EVERY {
                sleep(DAY * EVERY).await;
                endpoint.send_to(answers, 1, &bytes).await.unwrap();
                let (count, _) = endpoint.recv_from(2, &mut bytes).await.unwrap();
                assert_eq!(count, 1_200);
            }
        });
        asking.await.unwrap();
        drop(answering);
    });
}
