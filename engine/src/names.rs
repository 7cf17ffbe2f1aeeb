//! Names of things inside a store: tenants, streams, keys. Any text is allowed; no name leaks into another's range.
//!
//! Each is a type of its own, so that a stream is never looked up as a key. Two names are equal when their texts are, byte for byte.
//!
//! ```
//! use mako_engine::{StreamId, TenantId};
//! let (tenant, stream) = (TenantId::new("9900000000001"), StreamId::from("anfrage/1"));
//! assert_eq!((tenant.as_str(), stream.to_string()), ("9900000000001", "anfrage/1".to_owned()));
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The name made of this text.
            #[must_use]
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text of the name.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
    };
}

name! {
    /// Whose data it is. Tenants never see each other; one market participant is one tenant.
    TenantId
}
name! {
    /// An append-only sequence of events inside one tenant. A process is one stream.
    StreamId
}
name! {
    /// What a later message names to find its process, such as the sender's Vorgangsnummer. One key may name many processes.
    CorrelationKey
}
name! {
    /// What at most one living process may hold, such as "Anmeldung of this Marktlokation by this supplier".
    BusinessKey
}
name! {
    /// What a caller calls one command of its own, so that repeating it after a lost answer does nothing again. Unique in the tenant; a
    /// caller begins it with its own name, such as "back-office/2026-000137".
    IdempotencyKey
}
name! {
    /// Whom personal data is about, such as the Marktlokation of a household. It stands in one row beside the subject's key and goes with it.
    SubjectId
}
name! {
    /// The name of a deadline inside one process. Setting a label again moves its deadline.
    DeadlineLabel
}
name! {
    /// The role in which a market participant is addressed. The engine knows none: to it a role is a name that routes compare.
    RoleName
}
