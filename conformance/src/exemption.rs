//! A requirement that a subject does not keep, and says so: why, and until which version of this kit that is bearable.
//!
//! An exemption is data beside the subject. The check still runs and what it finds is reported; it just does not fail. An exemption ends
//! by itself: nobody has to remember it. It ends with a version and not with a day, so that the same code has the same result tomorrow.

use crate::Requirement;

/// The version of this kit.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// One requirement from which a subject is exempt for a while.
///
/// ```
/// use mako_conformance::Exemption;
/// let single_lane = Exemption { id: "OB-FED-01", because: "a single lane", until: "0.5" };
/// assert!(!single_lane.is_over_at("0.4.9") && single_lane.is_over_at("0.5.0") && single_lane.is_over_at("1.0.0"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exemption {
    /// Which requirement.
    pub id: &'static str,
    /// Why it is not kept.
    pub because: &'static str,
    /// The first version of this kit at which it must be kept, such as `0.5`.
    pub until: &'static str,
}

impl Exemption {
    /// Whether it is over at this version of the kit. One whose end cannot be read is over.
    #[must_use]
    pub fn is_over_at(&self, version: &str) -> bool {
        match (numbers(version), numbers(self.until)) {
            (Some(version), Some(until)) => version >= until,
            (None, _) | (_, None) => true,
        }
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_over_at(VERSION)
    }
}

pub(crate) fn numbers(version: &str) -> Option<[u64; 3]> {
    let mut numbers = [0; 3];
    let mut parts = version.split('.');
    for number in &mut numbers {
        *number = match parts.next() {
            Some(part) => part.parse().ok()?,
            None => 0,
        };
    }
    parts.next().is_none().then_some(numbers)
}

/// The exemption of `requirement`, if there is one.
pub(crate) fn of(requirement: &Requirement, exempt: &'static [Exemption]) -> Option<&'static Exemption> {
    exempt.iter().find(|one| one.id == requirement.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exemption_whose_end_nobody_can_read_is_over() {
        for until in ["", "soon", "0.x", "1.2.3.4"] {
            assert!(Exemption { id: "ES-APP-01", because: "it is", until }.is_over_at("0.1.0"), "{until}");
        }
        assert!(!Exemption { id: "ES-APP-01", because: "it is", until: "999" }.is_over());
    }
}
