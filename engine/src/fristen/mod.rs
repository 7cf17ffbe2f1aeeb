//! Fristen: when something is due in German market communication, and why then.
//!
//! Four different clocks are easily taken for one and are kept apart here: the window for a CONTRL, the window for an APERAK,
//! the window for the business answer, and the lead time that a message must keep before the day it asks for. All start from the
//! ÜT/ÜZ: the instant of the AS4 receipt, not that of sending or of processing.
//!
//! Rules are data. A [`Rulebook`] is a directory of TOML files, one per subject, whose every row has a source and a confidence; code
//! knows the shapes of rules ([`rule`], [`lead`]) and how to count days ([`Calendar`]), and no regulation. Three are built in, others are
//! read at the start ([`load_rulebooks`]); all are checked for completeness. The first two stand side by side because the product's
//! table and the regulation differ; nothing here picks one for you.
//!
//! Nothing in this module asks what time it is.
//!
//! ```
//! use mako_engine::fristen::{Rulebook, RulebookId, Sparte};
//! let rulebook = Rulebook::of("bk6-24-174".parse::<RulebookId>().unwrap());
//! let received = "2025-12-23T15:00:01Z".parse().unwrap();
//! assert_eq!(rulebook.answer_frist("55001", None, received).unwrap().to_string(), "Mon 29.12. 11:00   (24.–26.12. holidays, 27./28. weekend)");
//! assert_eq!(rulebook.aperak_frist(Sparte::Strom, "UTILMD", Some("55001"), received).to_string(), "Tue 23.12. 16:45:01");
//! ```

pub mod berlin;
pub mod calendar;
pub mod lead;
pub mod rule;

mod error;
mod files;
mod frist;
mod gas_day;
mod holiday;
mod registry;
mod retry;
mod row;
mod rulebook;
mod tables;
mod werktag;

pub use calendar::{Calendar, HolidayCalendar, NonWerktag};
pub use error::FristError;
pub use files::RulebookError;
pub use frist::{DueKind, Frist, Sparte, UnknownSparte};
pub use gas_day::{gas_day, gas_day_start};
pub(crate) use holiday::iso_date;
pub use registry::{RulebookId, UnknownRulebook, check_rulebook, load_rulebooks};
pub use retry::RetryPolicy;
pub use row::{Confidence, Family, HolidayRow, LeadTime, Provenance, Tolerance, Window, WindowKind};
pub use rulebook::Rulebook;
pub use werktag::{
    add_hours, add_werktage, end_of_werktag, next_werktag, nth_werktag_of_month, subtract_werktage, time_on_werktag, werktage_between,
};
