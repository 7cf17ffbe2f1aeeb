//! The ebMS error codes, and what the sender of a message may conclude from each.
//!
//! Codes, names and meanings: OASIS ebMS 3.0 Core, section 6.7.1, and AS4 Profile 1.0, section 5. Whether the same bytes may succeed
//! later is stated by neither; that column is ours, and its rule is: an error about *the message or the partner's configuration* is
//! permanent, an error about *this attempt* is transient. A code nobody has listed is transient, because a message given up for an
//! unknown reason is lost, while a message sent again under its old id is only a duplicate.

use std::borrow::Cow;
use std::fmt;

/// An `errorCode` as it stands on the wire, such as `EBMS:0004`. Foreign codes are kept as they came.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ErrorCode(Cow<'static, str>);

struct Row {
    code: &'static str,
    name: &'static str,
    category: &'static str,
    permanent: bool,
    source: &'static str,
}

const fn row(code: &'static str, name: &'static str, category: &'static str, permanent: bool, source: &'static str) -> Row {
    Row { code, name, category, permanent, source }
}

const PERMANENT: bool = true;
const TRANSIENT: bool = false;

const CODES: &[Row] = &[
    row("EBMS:0001", "ValueNotRecognized", "Content", PERMANENT, "ebMS 3.0 Core 6.7.1"),
    row("EBMS:0002", "FeatureNotSupported", "Content", PERMANENT, "ebMS 3.0 Core 6.7.1"),
    row("EBMS:0003", "ValueInconsistent", "Content", PERMANENT, "ebMS 3.0 Core 6.7.1"),
    row("EBMS:0004", "Other", "Content", TRANSIENT, "ebMS 3.0 Core 6.7.1"),
    row("EBMS:0005", "ConnectionFailure", "Communication", TRANSIENT, "ebMS 3.0 Core 6.7.1"),
    row("EBMS:0006", "EmptyMessagePartitionChannel", "Communication", TRANSIENT, "ebMS 3.0 Core 6.7.1"),
    row("EBMS:0007", "MimeInconsistency", "Unpackaging", PERMANENT, "ebMS 3.0 Core 6.7.1"),
    row("EBMS:0008", "FeatureNotSupported", "Unpackaging", PERMANENT, "ebMS 3.0 Core 6.7.1"),
    row("EBMS:0009", "InvalidHeader", "Unpackaging", PERMANENT, "ebMS 3.0 Core 6.7.1"),
    row("EBMS:0010", "ProcessingModeMismatch", "Processing", PERMANENT, "ebMS 3.0 Core 6.7.1"),
    row("EBMS:0011", "ExternalPayloadError", "Content", PERMANENT, "ebMS 3.0 Core 6.7.1"),
    row("EBMS:0101", "FailedAuthentication", "Processing", PERMANENT, "ebMS 3.0 Core 6.7.2"),
    row("EBMS:0102", "FailedDecryption", "Processing", PERMANENT, "ebMS 3.0 Core 6.7.2"),
    row("EBMS:0103", "PolicyNoncompliance", "Processing", PERMANENT, "ebMS 3.0 Core 6.7.2"),
    row("EBMS:0201", "DysfunctionalReliability", "Processing", TRANSIENT, "ebMS 3.0 Core 6.7.3"),
    row("EBMS:0202", "DeliveryFailure", "Communication", TRANSIENT, "ebMS 3.0 Core 6.7.3"),
    row("EBMS:0301", "MissingReceipt", "Communication", TRANSIENT, "AS4 Profile 1.0, 5.1.8"),
    row("EBMS:0302", "InvalidReceipt", "Communication", TRANSIENT, "AS4 Profile 1.0, 5.1.8"),
    row("EBMS:0303", "DecompressionFailure", "Communication", PERMANENT, "AS4 Profile 1.0, 3.1"),
    // A handler that answers a duplicate with an error has had the message before: sending it again cannot help.
    row("EBMS:4001", "Duplicate", "Processing", PERMANENT, "behaviour of phase4"),
];

impl ErrorCode {
    /// A value in the header is not one this receiver knows.
    pub const VALUE_NOT_RECOGNIZED: Self = Self(Cow::Borrowed("EBMS:0001"));
    /// Values contradict each other.
    pub const VALUE_INCONSISTENT: Self = Self(Cow::Borrowed("EBMS:0003"));
    /// Anything else, such as a receiver that could not store the message.
    pub const OTHER: Self = Self(Cow::Borrowed("EBMS:0004"));
    /// The MIME packaging is broken or contradicts the header.
    pub const MIME_INCONSISTENCY: Self = Self(Cow::Borrowed("EBMS:0007"));
    /// The ebMS header cannot be read.
    pub const INVALID_HEADER: Self = Self(Cow::Borrowed("EBMS:0009"));
    /// The message does not follow the agreement, here the BDEW profile.
    pub const PROCESSING_MODE_MISMATCH: Self = Self(Cow::Borrowed("EBMS:0010"));
    /// The signature or certificate was not accepted.
    pub const FAILED_AUTHENTICATION: Self = Self(Cow::Borrowed("EBMS:0101"));
    /// The payload could not be decrypted.
    pub const FAILED_DECRYPTION: Self = Self(Cow::Borrowed("EBMS:0102"));
    /// The message could not be handed on.
    pub const DELIVERY_FAILURE: Self = Self(Cow::Borrowed("EBMS:0202"));
    /// The message was here before (a phase4 receiver says so instead of giving the receipt again).
    pub const DUPLICATE: Self = Self(Cow::Borrowed("EBMS:4001"));

    /// The code as it came, listed or not.
    #[must_use]
    pub fn from_wire(code: &str) -> Self {
        Self(CODES.iter().find(|row| row.code == code).map_or_else(|| Cow::Owned(code.to_owned()), |row| Cow::Borrowed(row.code)))
    }

    /// The text on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name the standard gives it; `Unlisted` for a foreign code.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.row().map_or("Unlisted", |row| row.name)
    }

    /// The category the standard gives it; `Processing` for a foreign code.
    #[must_use]
    pub fn category(&self) -> &'static str {
        self.row().map_or("Processing", |row| row.category)
    }

    /// Where the code is defined, if it is listed.
    #[must_use]
    pub fn source(&self) -> Option<&'static str> {
        self.row().map(|row| row.source)
    }

    /// Whether the same message would be refused again however often it is sent.
    ///
    /// ```
    /// use mako_sim::as4::ErrorCode;
    /// assert!(ErrorCode::FAILED_AUTHENTICATION.is_permanent());
    /// assert!(!ErrorCode::OTHER.is_permanent());
    /// assert!(!ErrorCode::from_wire("ACME:7").is_permanent());
    /// ```
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        self.row().is_some_and(|row| row.permanent)
    }

    fn row(&self) -> Option<&'static Row> {
        CODES.iter().find(|row| row.code == self.0)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_row_names_its_source() {
        assert!(CODES.is_sorted_by(|a, b| a.code < b.code));
        assert!(CODES.iter().all(|row| !row.source.is_empty()));
    }

    #[test]
    fn the_named_codes_are_rows_of_the_table() {
        for code in [
            ErrorCode::VALUE_NOT_RECOGNIZED,
            ErrorCode::VALUE_INCONSISTENT,
            ErrorCode::OTHER,
            ErrorCode::MIME_INCONSISTENCY,
            ErrorCode::INVALID_HEADER,
            ErrorCode::PROCESSING_MODE_MISMATCH,
            ErrorCode::FAILED_AUTHENTICATION,
            ErrorCode::FAILED_DECRYPTION,
            ErrorCode::DELIVERY_FAILURE,
            ErrorCode::DUPLICATE,
        ] {
            assert!(code.source().is_some(), "{code} is not in the table");
        }
    }
}
