//! GPKE Zuordnung of a generating Marktlokation that nobody markets: the grid operator announces it wholly (100 %) to a supplier.
//!
//! ```text
//! NB ─55607→ LFN      the day lies ahead:   until 15:00 of the ÜT, or of the next WT after 15:00 and on a day that is no Werktag
//!                     the day has begun:    until 15:00 of WT+1
//!                     55608 or 55609; silence is consent
//! ```
//!
//! The codes of E_0603 are in no table at hand: A01 stands for the ordinary yes. Nor does a sample tell the Transaktionsgrund. Source: BK6-24-174 GPKE Teil 2 § 2.4.2.2–2.4.2.5
//! SD Nr. 2, Fall I and II; EBD E_0603.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence, Trigger};

/// GPKE Zuordnung of a generating Marktlokation, NB to LFN.
pub const ZUORDNUNG: Art = Art {
    name: "gpke-zuordnung",
    family: "GPKE",
    sparte: Sparte::Strom,
    title: "Zuordnung",
    request: Kind::utilmd("55607", "Ankündigung der Zuordnung"),
    reason: Some(("E03", Some("ZW4"))),
    day: Day::Begin,
    frist: Trigger::ByDay { ahead: "55607", begun: "55607-started" },
    answers: Some(Answers {
        accepts: Kind::utilmd("55608", "Bestätigung der Zuordnung"),
        refuses: Kind::utilmd("55609", "Ablehnung der Zuordnung"),
        accepts_with: &["A01"],
        ebd: "E_0603",
        day: Day::Begin,
        silence: Silence::IsConsent,
    }),
    labels: labels!(strom "55607" => "55608", "55609"; informs; hears; late "55607"),
    ..Art::PLAIN
};
