//! What the reference workflows lend a nemesis: a small market, its Anmeldungen, and what its back offices are asked.
//!
//! LFN registers Marktlokationen at NB; every second one is supplied by LFA, who is asked first. Source: BK6-24-174 GPKE Teil 2,
//! SD Lieferbeginn; refusal codes of EBD E_0622 and E_0624.

use std::collections::BTreeMap;

use mako_engine::fristen::Sparte;
use mako_sim::edifact::{MaloId, MpId};
use mako_sim::nemesis::{Ground, Opening, Question};
use mako_sim::plan::{Behaviour, Object, Party};
use time::Time;
use time::macros::time;

/// Who takes part: name, role, market partner id.
const PARTIES: [(&str, &str, &str); 3] =
    [("LFN", "Lieferant", "9999000001012"), ("NB", "Netzbetreiber", "9999000002010"), ("LFA", "Lieferant", "9999000001020")];

/// How many Marktlokationen there are; more than orders in a plan.
const MALOS: u32 = 6;

/// GPKE Lieferbeginn with LFN, NB and LFA.
///
/// ```
/// let ground = mako_scenarios::ground::lieferbeginn();
/// let drawn = mako_sim::nemesis::draw(7, &ground);
/// assert_eq!(drawn, mako_sim::nemesis::draw(7, &ground));
/// assert!(!drawn.plan.steps.is_empty());
/// ```
#[must_use]
pub fn lieferbeginn() -> Ground {
    Ground {
        title: "Lieferbeginn".to_owned(),
        source: "GPKE Teil 2 SD Lieferbeginn".to_owned(),
        parties: PARTIES.iter().filter_map(|(name, role, id)| party(name, role, id.parse().ok()?)).collect(),
        objects: (0..MALOS).filter_map(malo).collect(),
        openings: vec![Opening {
            from: "LFN".to_owned(),
            to: "NB".to_owned(),
            message_type: "UTILMD".to_owned(),
            pid: "55001".to_owned(),
            word: "Anmeldung".to_owned(),
            // The first ones are too late.
            day: Some(("begin".to_owned(), vec![0, 1, 2, 4, 7, 14, 14, 30, 60])),
        }],
        questions: vec![question("NB", "Anmeldung", time!(11:00), &["A05"]), question("LFA", "Anfrage", time!(09:00), &["A30", "A32"])],
    }
}

fn party(name: &str, role: &str, mp_id: MpId) -> Option<Party> {
    Some(Party { name: name.to_owned(), role: role.to_owned(), mp_id, sparte: Sparte::Strom, behaviour: Behaviour::Conformant })
}

/// A Marktlokation with its check digit.
fn malo(number: u32) -> Option<Object> {
    let id = (0..10).find_map(|digit| format!("5{number:09}{digit}").parse::<MaloId>().ok())?;
    let supplier = BTreeMap::from([("supplier".to_owned(), "LFA".to_owned())]);
    let attributes = if number.is_multiple_of(2) { supplier } else { BTreeMap::new() };
    Some(Object { name: format!("malo{number}"), kind: "MaLo".to_owned(), id: id.to_string(), attributes })
}

fn question(party: &str, about: &str, due: Time, refusals: &[&str]) -> Question {
    let refusals = refusals.iter().map(|code| (*code).to_owned()).collect();
    Question { party: party.to_owned(), about: about.to_owned(), due, refusals }
}
