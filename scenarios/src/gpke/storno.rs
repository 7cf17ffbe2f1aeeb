//! GPKE Storno of a Sperrauftrag or Entsperrauftrag: the supplier takes its order back, since the customer has paid after all.
//!
//! ```text
//! LF ─39000→ NB      until the end of WT+1: 19128 or 19129; refused at once when the order is done, failed or refused already
//! ```
//!
//! The codes of E_0468 are in no table at hand: A01 stands for the ordinary yes, A99 for what comes too late. Source: BK6-24-174 GPKE
//! Teil 2 § 3.5.3.2 Prozessschritt 2; EBD E_0468.

use crate::vorgang::{Kind, Storno};

/// GPKE Storno of a Sperrung or Entsperrung, LF to NB.
pub const STORNO: Storno = Storno {
    of: &["gpke-sperrung", "gpke-entsperrung"],
    family: "GPKE",
    title: "Storno",
    request: Kind::of("ORDCHG", "39000", "Stornierung"),
    accepts: Kind::of("ORDRSP", "19128", "Bestätigung der Stornierung"),
    refuses: Kind::of("ORDRSP", "19129", "Ablehnung der Stornierung"),
    accepts_with: "A01",
    too_late_with: "A99",
    ebd: "E_0468",
    reason: None,
};
