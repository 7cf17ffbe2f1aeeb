//! Why a rulebook gives no answer.

use super::registry::RulebookId;

/// A rulebook has no single answer to the question.
///
/// ```
/// use mako_engine::fristen::{Rulebook, RulebookId};
/// let error = Rulebook::of(RulebookId::BK6_24_174).answer_frist("99999", None, "2025-11-06T09:01:00Z".parse().unwrap()).unwrap_err();
/// assert_eq!(error.to_string(), "rulebook bk6-24-174 has no answer window for `99999`");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FristError {
    /// No row has the trigger (in that family, if one was named).
    #[error("rulebook {rulebook} has no {what} for `{trigger}`{}", in_family(.family.as_deref()))]
    UnknownTrigger {
        /// The rulebook that was asked.
        rulebook: RulebookId,
        /// What was looked for: answer window, information duty, lead time, Frist.
        what: &'static str,
        /// The trigger that was asked for.
        trigger: String,
        /// The family that was named.
        family: Option<String>,
    },
    /// The rulebook has no such family.
    #[error("rulebook {rulebook} has no family `{family}`; known: {known}")]
    UnknownFamily {
        /// The rulebook that was asked.
        rulebook: RulebookId,
        /// The family that was named.
        family: String,
        /// The families it has.
        known: String,
    },
    /// Rows of several families have the trigger.
    #[error("`{trigger}` stands in several families of rulebook {rulebook}: name one of {families}")]
    Ambiguous {
        /// The rulebook that was asked.
        rulebook: RulebookId,
        /// The trigger that was asked for.
        trigger: String,
        /// The families that have it.
        families: String,
    },
}

fn in_family(family: Option<&str>) -> String {
    family.map_or_else(String::new, |family| format!(" in family {family}"))
}
