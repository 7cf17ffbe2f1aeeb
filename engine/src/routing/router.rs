//! The router: what the messages of a type, a Prüfidentifikator, a Sparte and a role do.

use std::collections::BTreeMap;
use std::fmt;

use super::Inbound;
use crate::fristen::Sparte;
use crate::names::RoleName;

/// Which messages a route is for. What is left open matches everything; a Prüfidentifikator that is left open also matches messages
/// that have none, such as APERAK.
///
/// ```
/// use mako_engine::fristen::Sparte;
/// use mako_engine::routing::RouteKey;
/// let gas = RouteKey::of("IFTSTA").pid("21007").sparte(Sparte::Gas);
/// assert_eq!(gas.to_string(), "IFTSTA 21007 in gas");
/// assert!(gas.overlaps(&RouteKey::of("IFTSTA")));
/// assert!(!gas.overlaps(&RouteKey::of("IFTSTA").sparte(Sparte::Strom)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RouteKey {
    /// The message type.
    pub message_type: String,
    /// The Prüfidentifikator.
    pub pid: Option<String>,
    /// The Sparte of the message.
    pub sparte: Option<Sparte>,
    /// The role in which the receiver is addressed.
    pub role: Option<RoleName>,
}

impl RouteKey {
    /// Every message of `message_type`.
    #[must_use]
    pub fn of(message_type: impl Into<String>) -> Self {
        Self { message_type: message_type.into(), pid: None, sparte: None, role: None }
    }

    /// Only those with this Prüfidentifikator.
    #[must_use]
    pub fn pid(mut self, pid: impl Into<String>) -> Self {
        self.pid = Some(pid.into());
        self
    }

    /// Only those of this Sparte.
    #[must_use]
    pub fn sparte(mut self, sparte: Sparte) -> Self {
        self.sparte = Some(sparte);
        self
    }

    /// Only those to a receiver in this role.
    #[must_use]
    pub fn role(mut self, role: impl Into<RoleName>) -> Self {
        self.role = Some(role.into());
        self
    }

    /// Whether some message could be meant by both.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        fn meet<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
            one.zip(other).is_none_or(|(one, other)| one == other)
        }
        self.message_type == other.message_type
            && meet(self.pid.as_ref(), other.pid.as_ref())
            && meet(self.sparte.as_ref(), other.sparte.as_ref())
            && meet(self.role.as_ref(), other.role.as_ref())
    }

    /// Whether `inbound` is meant.
    #[must_use]
    pub fn matches(&self, inbound: &Inbound) -> bool {
        self.message_type == inbound.message_type
            && self.pid.as_ref().is_none_or(|pid| inbound.pid.as_ref() == Some(pid))
            && self.sparte.is_none_or(|sparte| inbound.sparte == sparte)
            && self.role.as_ref().is_none_or(|role| inbound.role == *role)
    }
}

impl fmt::Display for RouteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.message_type, self.pid.as_deref().unwrap_or("with any PID"))?;
        if let Some(sparte) = self.sparte {
            write!(f, " in {sparte}")?;
        }
        self.role.as_ref().map_or(Ok(()), |role| write!(f, " to {role}"))
    }
}

/// What a message does.
///
/// ```
/// use mako_engine::routing::Route;
/// assert_eq!(Route::Starts("gpke-lieferbeginn-nb").workflow(), Some("gpke-lieferbeginn-nb"));
/// assert_eq!(Route::Continues.workflow(), None, "the references of the message say which");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// It starts a process of this workflow.
    Starts(&'static str),
    /// It continues the process that its references name, whichever workflow that is. For a Prüfidentifikator that several workflows
    /// share.
    Continues,
    /// It continues the process of this workflow that its references name.
    ContinuesIn(&'static str),
    /// It continues the living process of this workflow that its references name, and starts one where there is none: the first of many
    /// messages of one kind, such as the versions of a Summenzeitreihe, begins what the others go on with.
    Joins(&'static str),
}

impl Route {
    /// The workflow that it names.
    #[must_use]
    pub const fn workflow(self) -> Option<&'static str> {
        match self {
            Self::Starts(workflow) | Self::ContinuesIn(workflow) | Self::Joins(workflow) => Some(workflow),
            Self::Continues => None,
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starts(workflow) => write!(f, "starts {workflow}"),
            Self::Continues => write!(f, "continues what its references name"),
            Self::ContinuesIn(workflow) => write!(f, "continues in {workflow}"),
            Self::Joins(workflow) => write!(f, "joins {workflow}"),
        }
    }
}

/// A route, and the messages it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Which messages.
    pub on: RouteKey,
    /// What they do.
    pub route: Route,
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.on, self.route)
    }
}

/// Two claims to the same messages.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("routed twice: {stands}, and {refused}: narrow one by PID, Sparte or role, or route both by reference (Route::Continues)")]
pub struct RouteTaken {
    /// The claim that stands.
    pub stands: Box<Claim>,
    /// The claim that was refused.
    pub refused: Box<Claim>,
}

/// (message type, Prüfidentifikator, Sparte, role) → what the message does. At most one route is for any message.
///
/// ```
/// use mako_engine::fristen::Sparte;
/// use mako_engine::routing::{PidRouter, Route, RouteKey};
///
/// let mut router = PidRouter::default();
/// router.add(RouteKey::of("UTILMD").pid("55001").sparte(Sparte::Strom), Route::Starts("lieferbeginn"))?;
/// router.add(RouteKey::of("REMADV").pid("33001"), Route::Continues)?;
///
/// let taken = router.add(RouteKey::of("REMADV"), Route::Starts("rechnung")).unwrap_err();
/// assert_eq!(taken.stands.to_string(), "REMADV 33001 continues what its references name");
/// assert_eq!(router.iter().count(), 2);
/// # Ok::<(), mako_engine::routing::RouteTaken>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct PidRouter {
    by_type: BTreeMap<String, ByPid>,
}

/// The claims to one message type, by the Prüfidentifikator that they name, if any; those to one Prüfidentifikator are few, and in order.
type ByPid = BTreeMap<Option<String>, Vec<Claim>>;

impl PidRouter {
    /// Adds a route.
    ///
    /// # Errors
    /// [`RouteTaken`] when a route for some of the same messages is there already; that one stands.
    pub fn add(&mut self, on: RouteKey, route: Route) -> Result<(), RouteTaken> {
        let by_pid = self.by_type.entry(on.message_type.clone()).or_default();
        let refused = Claim { on, route };
        // Who names a Prüfidentifikator meets those who name it and those who name none.
        let stands = match &refused.on.pid {
            Some(_) => {
                by_pid.get(&None).into_iter().chain(by_pid.get(&refused.on.pid)).flatten().find(|claim| claim.on.overlaps(&refused.on))
            }
            None => by_pid.values().flatten().find(|claim| claim.on.overlaps(&refused.on)),
        };
        if let Some(stands) = stands {
            return Err(RouteTaken { stands: Box::new(stands.clone()), refused: Box::new(refused) });
        }
        let claims = by_pid.entry(refused.on.pid.clone()).or_default();
        claims.insert(claims.partition_point(|claim| claim.on < refused.on), refused);
        Ok(())
    }

    /// What `inbound` does; `None` when nobody claims it.
    #[must_use]
    pub fn route(&self, inbound: &Inbound) -> Option<Route> {
        let by_pid = self.by_type.get(&inbound.message_type)?;
        let named = inbound.pid.as_ref().and_then(|_| by_pid.get(&inbound.pid));
        let mut claims = named.into_iter().chain(by_pid.get(&None)).flatten();
        claims.find(|claim| claim.on.matches(inbound)).map(|claim| claim.route)
    }

    /// Every route, in the order of its messages: what a coverage check asks.
    pub fn iter(&self) -> impl Iterator<Item = &Claim> {
        self.by_type.values().flat_map(BTreeMap::values).flatten()
    }
}
