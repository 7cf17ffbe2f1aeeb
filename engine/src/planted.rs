//! Bugs that are planted on purpose, to see whether anybody finds them.
//!
//! A sweep over seeds that is green says little until it was red: each bug here is one that engines of this kind had, or could have, and
//! `cargo xtask simulate --planted-bugs` switches on one after the other and asks the oracles. The place of a bug asks `planted!(Name)`.
//! In a build without the feature `planted-bugs`, which no other command asks for, that is the word `false`, and this list does not exist.
//!
//! Most bugs need no place in the code at all: they are worn like a coat around the store or the delivery by whoever simulates.

/// Whether a bug of the list is switched on for this thread; `false` in every build without the feature `planted-bugs`.
///
/// ```
/// if mako_engine::planted!(WorksOnSaturday) {
///     unreachable!("nobody switched it on");
/// }
/// ```
#[cfg(not(feature = "planted-bugs"))]
#[macro_export]
macro_rules! planted {
    ($bug:ident) => {
        false
    };
}

/// Whether a bug of the list is switched on for this thread; `false` in every build without the feature `planted-bugs`.
#[cfg(feature = "planted-bugs")]
#[macro_export]
macro_rules! planted {
    ($bug:ident) => {
        $crate::planted::is_on($crate::planted::Bug::$bug)
    };
}

#[cfg(feature = "planted-bugs")]
pub use on::{Bug, is_on, with};

#[cfg(feature = "planted-bugs")]
mod on {
    use std::cell::Cell;

    /// The list: name, number of the known failure (`docs/pitfalls.md`) or 0, and what it does wrong.
    macro_rules! bugs {
        ($($bug:ident, $pitfall:literal, $does:literal;)+) => {
            /// A planted bug.
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
            pub enum Bug {
                $(#[doc = $does] $bug,)+
            }

            impl Bug {
                /// Every bug.
                pub const ALL: &'static [Self] = &[$(Self::$bug),+];

                /// Its name.
                #[must_use]
                pub const fn name(self) -> &'static str {
                    match self { $(Self::$bug => stringify!($bug),)+ }
                }

                /// The number of the known failure that it is, see `docs/pitfalls.md`; `None` for one of our own.
                #[must_use]
                pub const fn pitfall(self) -> Option<u8> {
                    let number: u8 = match self { $(Self::$bug => $pitfall,)+ };
                    if number == 0 { None } else { Some(number) }
                }

                /// What it does wrong.
                #[must_use]
                pub const fn does(self) -> &'static str {
                    match self { $(Self::$bug => $does,)+ }
                }
            }
        };
    }

    bugs! {
        // -- one commit
        ForgetsTheOutbox, 3, "what a delivery or a deadline causes is written without its messages";
        ForgetsTheDeadlines, 4, "what a delivery causes is written without its deadlines";
        WritesInTwoBatches, 3, "a group of commits is written as two batches, of which a crash can keep one";
        AnswersBeforeTheSync, 0, "a commit is acknowledged before it is synced";
        TakesATwoStateInbox, 1, "what was accepted before a crash counts as processed after it";
        SettlesNothingWhileItSends, 10, "a delivery whose meaning is another message does not leave the queue";
        ForgetsWhatFailedTwice, 12, "a message that is rescheduled for the second time leaves the queue";
        LosesTheDeadLetter, 16, "a message that is given up leaves the queue without a dead letter";
        PassesOverTheUnreadable, 0, "a row that cannot be read is passed over, and nobody is told";
        SettlesUnderALostLease, 0, "a worker whose lease was taken over settles the message all the same";
        // -- who is who
        AcceptsADuplicate, 1, "a repeated message is accepted as a new one";
        ForgetsAfterTenMinutes, 13, "a message is known for ten minutes, and its sender repeats it for days";
        SendsUnderANewId, 13, "every try carries a message id of its own";
        KeepsTheKeysOfTheFinished, 7, "a business key that was ever held is never free again";
        GivesAKeyTwice, 8, "a business key that is taken is given to a second process";
        ResumesTheFinished, 9, "a message that begins a process goes to the last one that its references name, living or not";
        // -- messages out
        GivesUpAfterFiveTries, 14, "the number of tries is the limit, not the time";
        TriesForGood, 15, "what the partner refused for good is tried for days";
        QueuesAllBehindOne, 17, "one lane for all partners: who waits for one, waits for all";
        AsksThePartner, 19, "a question for the own back office is sent to the partner";
        SendsToTheFirst, 0, "all messages of one decision go to the recipient of the first";
        RendersWithYesterdaysRelease, 42, "a message is written in the release of the day before";
        // -- time
        ForgetsTransientDeadlines, 20, "a deadline that could not be written because the store failed is never tried again";
        DecidesTheTimeoutOnAnOldState, 22, "a timeout that lost a race is written as it was decided";
        CancelsNothing, 23, "what a delivery fulfils keeps its deadline, and it acts";
        RetiresEveryAperak, 24, "one delivered APERAK retires the windows of all";
        FiresAheadAfterARestart, 25, "after a restart deadlines fire up to six hours early";
        SleepsThroughADeadline, 0, "a deadline that is set while the scheduler sleeps does not wake it";
        CountsByTheOldHolidays, 0, "what begins after holidays were announced counts by the list of before";
        TimesOutBeforeWhatArrives, 0, "what arrives at the instant of a Frist is too late";
        // -- states kept
        LabelsAnOldSnapshot, 26, "a snapshot is labelled with a version that it does not have yet";
        TrustsARottenSnapshot, 0, "a snapshot is read whether its checksum fits or not";
        KeepsTheStateOfARefusedCommit, 0, "the state of a commit that lost a race stays in memory";
        // -- what the market says
        WorksOnChristmasEve, 37, "24.12. is a Werktag";
        WorksOnAHolidayOfOneLand, 37, "a holiday that one Land has is a Werktag";
        WorksOnSaturday, 37, "Saturday is a Werktag";
        CountsTheDaysOfUtc, 38, "the day of a receipt is that of UTC";
        KnowsNoSummerTime, 38, "clock times of rules are winter time all year";
        CountsFromTheSending, 0, "a Frist counts from when the message was written, not from its receipt";
        KeepsTheFormatOfItsStart, 44, "a process takes messages of the format version of its start only";
        HearsNoRefusal, 0, "a refused message of a process is noted, and the process is not told";
        KeepsTheClocksOfARefusal, 0, "a message that was refused, and so never received, keeps its clocks running";
    }

    thread_local! {
        static ON: Cell<Option<Bug>> = const { Cell::new(None) };
    }

    /// Whether `bug` is switched on for this thread.
    #[must_use]
    pub fn is_on(bug: Bug) -> bool {
        ON.get() == Some(bug)
    }

    /// Does `work` with `bug` switched on, on this thread alone. It is off again also when `work` panics.
    pub fn with<T>(bug: Option<Bug>, work: impl FnOnce() -> T) -> T {
        struct Off(Option<Bug>);
        impl Drop for Off {
            fn drop(&mut self) {
                ON.set(self.0);
            }
        }
        let _off = Off(ON.replace(bug));
        work()
    }
}
