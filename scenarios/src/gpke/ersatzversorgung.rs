//! GPKE Ersatz- and Grundversorgung: the grid operator assigns a Marktlokation that nobody supplies to the default supplier.
//!
//! ```text
//! NB ─55013→ E/G      the day lies ahead:   until 15:00 of the ÜT, or of the next WT after 15:00 and on a day that is no Werktag
//!                     the day has begun:    until 15:00 of WT+1
//!                     55014 (A09) or 55015 (A02–A05); silence is consent: assigned with the default Bilanzkreis
//! ```
//!
//! Source: BK6-24-174 GPKE Teil 2 § 2.3.2.2 SD Nr. 2, Fall I and II; EBD E_0615.

use mako_engine::fristen::Sparte;

use crate::labels;
use crate::vorgang::{Answers, Art, Day, Kind, Silence, Trigger};

/// GPKE Ersatz- and Grundversorgung, NB to E/G.
pub const ERSATZVERSORGUNG: Art = Art {
    name: "gpke-ersatzversorgung",
    family: "GPKE",
    sparte: Sparte::Strom,
    title: "Ersatzversorgung",
    request: Kind::utilmd("55013", "Zuordnung zur Ersatzversorgung"),
    reason: Some(("Z36", Some("ZW4"))),
    day: Day::Begin,
    frist: Trigger::ByDay { ahead: "55013", begun: "55013-started" },
    answers: Some(Answers {
        accepts: Kind::utilmd("55014", "Bestätigung der Ersatzversorgung"),
        refuses: Kind::utilmd("55015", "Ablehnung der Ersatzversorgung"),
        accepts_with: &["A09"],
        ebd: "E_0615",
        day: Day::Begin,
        silence: Silence::IsConsent,
    }),
    labels: labels!(strom "55013" => "55014", "55015"; informs; hears; late "55013"),
    ..Art::PLAIN
};
