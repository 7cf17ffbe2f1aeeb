//! WiM Strom Störungsmeldung: somebody saw that a meter does not do what it should.
//!
//! ```text
//! LF, NB ─23001→ MSB      until the end of WT+3 (RLM, iMS: WT+1): 23004 (confirmed) or 23003 (refused)
//!                         after a confirmation, until the end of WT+7 (mME: WT+4; RLM, iMS: WT+2) from the ÜT of the 23001:
//!                         23008, what was found and done
//! ```
//!
//! No message tells what measures there; both sides know it from their master data ([`Messtechnik`](crate::vorgang::Messtechnik)). Source: WiM Strom Teil 1, Störungsbehebung.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, ByTechnik, Day, Execution, Kind, Silence, Trigger};

const RESULT: ByTechnik = ByTechnik { kme: "23008", mme: "23008-mme", rlm_ims: "23008-rlm-ims" };

const ERGEBNIS: Kind = Kind::of("INSRPT", "23008", "Ergebnisbericht");

/// WiM Strom Störungsmeldung, LF or NB to MSB.
pub const STOERUNGSMELDUNG: Art = Art {
    name: "wim-stoerungsmeldung",
    family: "WiM Strom",
    sparte: Sparte::Strom,
    title: "Störungsmeldung",
    request: Kind::of("INSRPT", "23001", "Störungsmeldung"),
    day: Day::Order,
    frist: Trigger::ByTechnik(ByTechnik { kme: "23001", mme: "23001", rlm_ims: "23001-rlm-ims" }),
    answers: Some(Answers {
        accepts: Kind::of("INSRPT", "23004", "Bestätigung der Störungsmeldung"),
        refuses: Kind::of("INSRPT", "23003", "Ablehnung der Störungsmeldung"),
        accepts_with: &["E15"],
        ebd: "",
        day: Day::None,
        silence: Silence::SaysNothing,
    }),
    execution: Some(Execution { title: "Entstörung", report: ERGEBNIS, done_with: "E15", ebd: "", frist: Some(RESULT) }),
    hears: &[ERGEBNIS],
    labels: labels!(strom "23001" => "23004", "23003"; informs "23008"; hears "23008"),
    ..Art::PLAIN
};
