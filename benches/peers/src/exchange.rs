//! Two hosts and half a year: every ten days one asks the other something of 1 200 bytes and hears as much. Our clock jumps; stock turmoil ticks.
//!
//! Stock turmoil at its 1 ms tick would take hours for half a year, so it gets ten minutes with one exchange in it, and the rate is what
//! counts. madsim needs a compiler flag for everything below it, so it is a program of its own: `madsim/`.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use mako_benches::timing::on_thread;
use mako_engine::{Clock as _, Timestamp};
use mako_sim::clock::{Agenda, NodeClock};
use mako_sim::net::{Boot, Fabric, MemoryFabric, Net, TurmoilFabric};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::peer::Failed;
use crate::{Row, row};

const MESSAGE: usize = 1_200;
const DAYS: i64 = 180;
const EVERY: i64 = 10;
/// What stock turmoil gets.
const TICKED_SECONDS: u64 = 600;
const WORKLOAD: &str = "virtual seconds per CPU second";

/// Rates of everybody here.
pub fn measure(rounds: usize) -> Result<Vec<Row>, Failed> {
    let (mut jumping, mut pipes, mut ticking) = (Vec::new(), Vec::new(), Vec::new());
    let seconds = (DAYS * 86_400) as f64;
    for round in 0..rounds {
        jumping.push(seconds / half_a_year(|boot| Ok(TurmoilFabric::new(7, 2, boot)))?);
        pipes.push(seconds / half_a_year(|boot| MemoryFabric::new(2, boot).map_err(|error| error.to_string()))?);
        if round < 5 {
            ticking.push(TICKED_SECONDS as f64 / ticks()?);
        }
    }
    let settings = "18 exchanges in 180 days";
    Ok(vec![
        row(WORKLOAD.to_owned(), "mako (this repository), turmoil", settings, jumping),
        row(WORKLOAD.to_owned(), "mako (this repository), pipes", settings, pipes),
        row(WORKLOAD.to_owned(), "turmoil 0.7.2, as it comes", "1 ms tick, one exchange in 600 s", ticking),
    ])
}

/// Seconds on a processor of half a year on our clock.
fn half_a_year<F: Fabric>(fabric: impl Fn(&Boot) -> Result<F, String>) -> Result<f64, Failed> {
    let start = Timestamp::from_unix_ms(1_766_502_000_000);
    let agenda = Agenda::starting_at(start);
    let until = start.plus_seconds(DAYS * 86_400);
    let mut ended = Ok(());
    let seconds = on_thread(|| {
        let of_nodes = agenda.clone();
        let boot: Boot = Rc::new(move |node, net| {
            let clock = NodeClock::new(of_nodes.clone(), node);
            Box::pin(async move { if node == 0 { asks(clock, net).await } else { answers(net).await } })
        });
        ended = (|| {
            let mut fabric = fabric(&boot)?;
            fabric.settle()?;
            while agenda.wake_next(until) {
                fabric.settle()?;
            }
            Ok::<(), String>(())
        })();
    });
    ended?;
    Ok(seconds)
}

async fn asks(clock: NodeClock, net: Arc<dyn Net>) -> Result<(), Box<dyn std::error::Error>> {
    loop {
        clock.sleep_until(clock.now().plus_seconds(EVERY * 86_400)).await;
        let mut stream = net.connect(1).await?;
        let mut bytes = [7; MESSAGE];
        stream.write_all(&bytes).await?;
        stream.read_exact(&mut bytes).await?;
    }
}

async fn answers(net: Arc<dyn Net>) -> Result<(), Box<dyn std::error::Error>> {
    let mut listener = net.listen(1).await?;
    loop {
        let mut stream = listener.accept().await?;
        let mut bytes = [0; MESSAGE];
        stream.read_exact(&mut bytes).await?;
        stream.write_all(&bytes).await?;
    }
}

/// Seconds on a processor of ten minutes in stock turmoil.
fn ticks() -> Result<f64, Failed> {
    let mut ended = Ok(());
    let seconds = on_thread(|| {
        let mut sim = turmoil::Builder::new().simulation_duration(Duration::from_secs(TICKED_SECONDS + 60)).build();
        sim.host("answers", || async {
            let listener = turmoil::net::TcpListener::bind("0.0.0.0:4080").await?;
            loop {
                let (mut stream, _) = listener.accept().await?;
                let mut bytes = [0; MESSAGE];
                stream.read_exact(&mut bytes).await?;
                stream.write_all(&bytes).await?;
            }
        });
        sim.client("asks", async {
            tokio::time::sleep(Duration::from_secs(TICKED_SECONDS / 2)).await;
            let mut stream = turmoil::net::TcpStream::connect("answers:4080").await?;
            let mut bytes = [7; MESSAGE];
            stream.write_all(&bytes).await?;
            stream.read_exact(&mut bytes).await?;
            tokio::time::sleep(Duration::from_secs(TICKED_SECONDS / 2)).await;
            Ok(())
        });
        ended = sim.run().map_err(|error| error.to_string());
    });
    ended?;
    Ok(seconds)
}
