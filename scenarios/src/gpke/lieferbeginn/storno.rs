//! The Storno of an Anmeldung: the LFN takes it back before it is answered.
//!
//! ```text
//! LFN ─55022→ NB      nothing decided yet: 55023, and the Anmeldung is answered no more, the LFA told nothing more
//!                     decided:             55024, the answer stands
//! ```
//!
//! The Storno names the Vorgang that it takes back (RFF+ACW). An answer to the Anmeldung that crosses it is taken as an answer; whether
//! the Anmeldung is taken back says the answer to the Storno alone. There is one Storno for an Anmeldung. Source: UTILMD AHB Strom 2.1,
//! 55022 to 55024: the answers name the Codeliste S_0087. Neither it nor GPKE Teil 4 was at hand: the codes are those of the other lists,
//! the Frist is that of the Storno of a Sperrung.

use crate::vorgang::{Kind, Storno};

/// GPKE Storno of an Anmeldung, LFN to NB: of category E01, as the Anmeldung, and for the reason E05.
pub(super) const STORNO: Storno = Storno {
    of: &[],
    family: "GPKE",
    title: "",
    request: Kind::utilmd("55022", "Stornierung"),
    accepts: Kind::utilmd("55023", "Bestätigung der Stornierung"),
    refuses: Kind::utilmd("55024", "Ablehnung der Stornierung"),
    accepts_with: "E15",
    too_late_with: "E17",
    ebd: "S_0087",
    reason: Some("E05"),
};

/// What the mail calls it.
pub(super) const REQUEST: &str = "UTILMD 55022";

/// The label of the Frist of its answer.
pub(super) const ANSWER: &str = "answer 55022";

/// The Prüfidentifikator of the answer that says yes, or no.
pub(super) const fn answer_pid(accepts: bool) -> &'static str {
    STORNO.answer_kind(accepts).pid
}
