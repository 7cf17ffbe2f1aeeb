//! Format versions, and the two questions that a cutover asks.
//!
//! A format version begins at 00:00 Berlin time of its first day, a hard cut: no text of the market grants a grace period in which both
//! the old and the new release are valid. What a Formatumstellung excuses is lateness of acknowledgements, see
//! [`Rulebook::tolerated_until`](crate::fristen::Rulebook::tolerated_until).
//!
//! *Which rules does the process follow?* Those under which it was started, to its end: [`Process::rules`](crate::Process::rules).
//! Whether it takes messages of another format version is its [`WorkflowVersionPolicy`].
//!
//! *Which release goes on the wire?* That of the date, whatever process sends it: [`release_of`]. What was on its way at midnight is
//! judged by a policy of the rulebook: [`ReleasePolicy`]. Which PIDs there are is a matter of the format version as well: [`pid()`].
//!
//! ```
//! use mako_engine::Timestamp;
//! use mako_engine::fristen::Sparte;
//! use mako_engine::version::{FormatVersion, WorkflowVersionPolicy, release_of};
//!
//! let (asked, answered): (Timestamp, Timestamp) = ("2026-09-30T10:00:00Z".parse()?, "2026-10-01T06:00:00Z".parse()?);
//! let (rules, received) = (FormatVersion::at(asked), FormatVersion::at(answered));
//! assert_eq!((rules, received), (FormatVersion::Fv2026_04_01, FormatVersion::Fv2026_10_01));
//!
//! // The process was started under the old version and keeps its rules; the answer comes in the new one.
//! assert!(WorkflowVersionPolicy::ForwardCompatible.takes(rules, received));
//! assert!(!WorkflowVersionPolicy::Pinned.takes(rules, received));
//! // What the process sends now is written in the release of today, not in that of its rules.
//! assert_eq!(release_of("UTILMD", Sparte::Strom, asked), Some("S2.1"));
//! assert_eq!(release_of("UTILMD", Sparte::Strom, answered), Some("S2.2"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A third thing, the adapter that reads a message, follows neither: the format version of the *message* picks it, see
//! [`Adapters`](crate::routing::Adapters).

mod cutover;
mod format_version;
mod pids;
mod policy;
mod release;

pub use cutover::{ReleasePolicy, Transit, UnknownReleasePolicy};
pub use format_version::{FormatVersion, UnknownFormatVersion};
pub use pids::{PidRefusal, PidRow, directory_of, message_types, pid, pid_row, pids};
pub use policy::WorkflowVersionPolicy;
pub use release::{ReleaseRow, release_of, releases};
