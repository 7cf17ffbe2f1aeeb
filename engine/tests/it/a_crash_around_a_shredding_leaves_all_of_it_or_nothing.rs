//! The power goes at each commit around two shreddings, before, behind and inside of its batch on disk: the key is there with everything that
//! it opens, or it is gone with every snapshot, and the note says so.

use mako_engine::boundary::{BOUNDARY_STREAM, BoundaryEvent};
use mako_engine::{Process, StreamId};

use crate::a_shredded_person_is_forgotten_and_the_history_stays::{state, tables_with};
use crate::directory::{active_journal, batches, bytes_between, crash_image, home};
use crate::testing::inquiry::{Command, Inquiry, State};
use crate::testing::{House, Place, at, by_hand, tenant};

const FIRST: &str = "51238696780";
const SECOND: &str = "41373559241";
/// At so many places each batch is cut.
const CUTS: u64 = 8;

/// What happens after the process began, in this order.
#[derive(Debug, Clone, Copy)]
enum Step {
    Meets,
    Notes,
    Shreds(&'static str),
    Ends,
}

const STEPS: [Step; 7] = [Step::Meets, Step::Notes, Step::Shreds(FIRST), Step::Notes, Step::Notes, Step::Ends, Step::Shreds(SECOND)];

async fn take(house: &House, process: &Process<Inquiry>, step: Step) {
    let command = match step {
        Step::Meets => Command::Meet(SECOND.to_owned()),
        Step::Notes => Command::Note("noted".to_owned()),
        Step::Ends => Command::Answer,
        Step::Shreds(subject) => {
            house.engine.shred(&subject.into(), "crash").await.unwrap().expect("something is sealed");
            return;
        }
    };
    process.execute(by_hand(command)).await.unwrap();
}

/// How often the boundary says that a key went.
async fn notes(house: &House) -> usize {
    let events = house.engine.store().read_stream(&tenant(), &BOUNDARY_STREAM.into(), 0, 99).await.unwrap();
    events.iter().filter(|event| matches!(event.payload.decode(), Ok(BoundaryEvent::Shredded { .. }))).count()
}

/// What is there after the crash is what was there after `taken` steps, and goes on to the same end.
async fn assert_whole(place: &Place, stream: &StreamId, taken: usize, expected: &State, end: &State, context: &str) {
    let house = House::sealing(place, at(0));
    let process = house.engine.resume::<Inquiry>(stream).await.unwrap();
    assert_eq!(state(&process).await, *expected, "{context}");
    let shredded = STEPS[..taken].iter().filter(|step| matches!(step, Step::Shreds(_))).count();
    assert_eq!(notes(&house).await, shredded, "{context}");
    for subject in [FIRST, SECOND] {
        let gone = STEPS[..taken].iter().any(|step| matches!(step, Step::Shreds(who) if *who == subject));
        let stands = house.engine.store().key_of(&tenant(), &subject.into()).await.unwrap().is_some();
        let known = !gone && (subject == FIRST || taken > 0);
        assert_eq!(stands, known, "{context}: the key of {subject}");
    }
    for step in &STEPS[taken..] {
        take(&house, &process, *step).await;
    }
    assert_eq!((state(&process).await, notes(&house).await), (end.clone(), 2), "{context}");
    drop((process, house));
    // What verifies the chain looks where the second one still stands: nowhere, as no queue and no key ever had it.
    assert_eq!(tables_with(place, SECOND.as_bytes()), "", "{context}");
}

#[tokio::test]
async fn a_crash_at_every_commit_around_a_shredding() {
    let live = Place::Fjall(home());
    let Place::Fjall(dir) = &live else { unreachable!("it was just made") };
    let dir = dir.path().join("store");
    let house = House::sealing(&live, at(0));
    let process = house.ask(FIRST, "partner", at(60)).await;
    let stream = process.identity().stream.clone();
    let (mut states, mut ends) = (vec![state(&process).await], Vec::new());
    let journal = active_journal(&dir);
    let end = || batches(&journal).last().expect("a batch").end();
    ends.push(end());
    for step in STEPS {
        take(&house, &process, step).await;
        states.push(state(&process).await);
        ends.push(end());
    }
    let last = states.last().expect("a state");
    assert_eq!((last.malo.as_deref(), last.met.as_slice()), (Some("nobody"), &["nobody".to_owned()][..]));
    let mut crashes = 0;
    for (taken, batch) in ends.windows(2).enumerate() {
        let bytes = bytes_between(&journal, batch[0], batch[1]);
        for cut in 0..=CUTS {
            let tail = &bytes[..bytes.len() * cut as usize / CUTS as usize];
            let image = home();
            crash_image(&dir, batch[0], tail, &image.path().join("store"));
            let arrived = taken + usize::from(cut == CUTS);
            let context = format!("step {taken} {:?}, {cut} of {CUTS} parts on disk", STEPS[taken]);
            assert_whole(&Place::Fjall(image), &stream, arrived, &states[arrived], last, &context).await;
            crashes += 1;
        }
    }
    assert_eq!(crashes, STEPS.len() as u64 * (CUTS + 1));
}
