//! The table behind [`AllPids`](super::pid::AllPids): which Prüfidentifikator belongs to which message type.
//!
//! Covers the format versions FV2025-10-01, FV2026-04-01 and FV2026-10-01 together: a PID that was added or withdrawn within that
//! span (added: 44183, 55693, 55694; withdrawn: 17114, 19115, 21015, 21024, 21026, 44170) counts as known throughout.

/// The PIDs of one message type and where the list comes from.
pub(super) struct PidRow {
    pub(super) message_type: &'static str,
    /// The Anwendungshandbuch that introduces these PIDs.
    pub(super) source: &'static str,
    pub(super) pids: &'static [u32],
}

/// Every row; no PID appears twice.
#[rustfmt::skip]
pub(super) const PIDS: &[PidRow] = &[
    PidRow {
        message_type: "MSCONS",
        source: "MSCONS AHB, as listed in the PID overview 3.x/4.0",
        pids: &[
            13002, 13003, 13005, 13006, 13007, 13008, 13009, 13010, 13011, 13012, 13013, 13014, 13015, 13016, 13017, 13018, 13019,
            13020, 13021, 13022, 13023, 13025, 13026, 13027, 13028,
        ],
    },
    PidRow {
        message_type: "QUOTES",
        source: "QUOTES AHB, as listed in the PID overview 3.x/4.0",
        pids: &[
            15001, 15002, 15003, 15004, 15005,
        ],
    },
    PidRow {
        message_type: "ORDERS",
        source: "ORDERS AHB, as listed in the PID overview 3.x/4.0",
        pids: &[
            17001, 17002, 17004, 17005, 17006, 17007, 17008, 17009, 17011, 17101, 17102, 17103, 17104, 17110, 17113, 17114, 17115,
            17116, 17117, 17118, 17120, 17121, 17122, 17123, 17126, 17128, 17129, 17130, 17131, 17132, 17133, 17134, 17135, 17201,
            17202, 17203, 17204, 17205, 17206, 17207, 17208, 17209, 17210, 17211, 17301,
        ],
    },
    PidRow {
        message_type: "ORDRSP",
        source: "ORDRSP AHB, as listed in the PID overview 3.x/4.0",
        pids: &[
            19001, 19002, 19003, 19004, 19005, 19006, 19007, 19009, 19010, 19011, 19012, 19013, 19014, 19015, 19016, 19101, 19102,
            19103, 19104, 19110, 19114, 19115, 19116, 19117, 19118, 19119, 19120, 19121, 19123, 19124, 19127, 19128, 19129, 19130,
            19131, 19132, 19133, 19204, 19301, 19302,
        ],
    },
    PidRow {
        message_type: "IFTSTA",
        source: "IFTSTA AHB, as listed in the PID overview 3.x/4.0",
        pids: &[
            21000, 21001, 21002, 21003, 21004, 21005, 21007, 21009, 21010, 21011, 21012, 21013, 21015, 21018, 21024, 21025, 21026,
            21027, 21028, 21029, 21030, 21031, 21032, 21033, 21035, 21036, 21037, 21038, 21039, 21040, 21042, 21043, 21044, 21045,
            21047,
        ],
    },
    PidRow {
        message_type: "INSRPT",
        source: "INSRPT AHB, as listed in the PID overview 3.x/4.0",
        pids: &[
            23001, 23003, 23004, 23005, 23008, 23009, 23011, 23012,
        ],
    },
    PidRow {
        message_type: "UTILTS",
        source: "UTILTS AHB, as listed in the PID overview 3.x/4.0",
        pids: &[
            25001, 25004, 25005, 25006, 25007, 25008, 25009, 25010,
        ],
    },
    PidRow {
        message_type: "PRICAT",
        source: "PRICAT AHB, as listed in the PID overview 3.x/4.0",
        pids: &[
            27001, 27002, 27003,
        ],
    },
    PidRow {
        message_type: "COMDIS",
        source: "COMDIS AHB, as listed in the PID overview 3.x/4.0",
        pids: &[
            29001, 29002,
        ],
    },
    PidRow {
        message_type: "INVOIC",
        source: "INVOIC AHB, as listed in the PID overview 3.x/4.0",
        pids: &[
            31001, 31002, 31003, 31004, 31005, 31006, 31007, 31008, 31009, 31010, 31011,
        ],
    },
    PidRow {
        message_type: "REMADV",
        source: "REMADV AHB, as listed in the PID overview 3.x/4.0",
        pids: &[
            33001, 33002, 33003, 33004,
        ],
    },
    PidRow {
        message_type: "REQOTE",
        source: "REQOTE AHB, as listed in the PID overview 3.x/4.0",
        pids: &[
            35001, 35002, 35003, 35004, 35005,
        ],
    },
    PidRow {
        message_type: "PARTIN",
        source: "PARTIN AHB, as listed in the PID overview 3.x/4.0",
        pids: &[
            37000, 37001, 37002, 37003, 37004, 37005, 37006, 37008, 37009, 37010, 37011, 37012, 37013, 37014,
        ],
    },
    PidRow {
        message_type: "ORDCHG",
        source: "ORDCHG AHB, as listed in the PID overview 3.x/4.0",
        pids: &[
            39000, 39001, 39002,
        ],
    },
    PidRow {
        message_type: "UTILMD",
        source: "UTILMD AHB Gas 1.0a to 1.2, as listed in the PID overview 3.x/4.0",
        pids: &[
            44001, 44002, 44003, 44004, 44005, 44006, 44007, 44008, 44009, 44010, 44011, 44012, 44013, 44014, 44015, 44016, 44017,
            44018, 44019, 44020, 44021, 44022, 44023, 44024, 44035, 44036, 44037, 44038, 44039, 44040, 44041, 44042, 44043, 44044,
            44051, 44052, 44053, 44060, 44101, 44102, 44103, 44104, 44105, 44109, 44111, 44112, 44113, 44115, 44116, 44117, 44119,
            44120, 44121, 44123, 44124, 44137, 44138, 44139, 44140, 44142, 44143, 44145, 44146, 44147, 44148, 44149, 44150, 44151,
            44152, 44156, 44157, 44159, 44160, 44161, 44162, 44163, 44164, 44165, 44166, 44167, 44168, 44169, 44170, 44175, 44176,
            44180, 44181, 44182, 44183,
        ],
    },
    PidRow {
        message_type: "UTILMD",
        source: "UTILMD AHB Strom 2.1/2.2, as listed in the PID overview 3.x/4.0",
        pids: &[
            55001, 55002, 55003, 55004, 55005, 55006, 55007, 55008, 55009, 55010, 55011, 55012, 55013, 55014, 55015, 55016, 55017,
            55018, 55022, 55023, 55024, 55035, 55036, 55037, 55038, 55039, 55040, 55041, 55042, 55043, 55044, 55051, 55052, 55053,
            55060, 55062, 55063, 55064, 55065, 55066, 55067, 55069, 55070, 55071, 55072, 55073, 55074, 55075, 55076, 55077, 55078,
            55080, 55095, 55109, 55110, 55126, 55136, 55137, 55156, 55168, 55169, 55170, 55173, 55175, 55177, 55180, 55194, 55195,
            55196, 55197, 55198, 55199, 55200, 55201, 55202, 55203, 55204, 55205, 55206, 55207, 55208, 55209, 55210, 55211, 55212,
            55213, 55214, 55218, 55220, 55223, 55224, 55225, 55227, 55230, 55232, 55235, 55236, 55237, 55238, 55239, 55240, 55241,
            55242, 55243, 55553, 55555, 55557, 55559, 55600, 55601, 55602, 55603, 55604, 55605, 55607, 55608, 55609, 55611, 55613,
            55614, 55615, 55616, 55617, 55618, 55619, 55620, 55621, 55622, 55623, 55624, 55625, 55626, 55627, 55628, 55629, 55630,
            55632, 55633, 55634, 55635, 55636, 55638, 55639, 55640, 55641, 55642, 55643, 55644, 55645, 55646, 55647, 55648, 55649,
            55650, 55651, 55652, 55653, 55654, 55655, 55656, 55657, 55658, 55659, 55660, 55661, 55662, 55663, 55664, 55665, 55666,
            55667, 55669, 55670, 55671, 55672, 55673, 55674, 55675, 55684, 55685, 55686, 55687, 55688, 55689, 55690, 55691, 55692,
            55693, 55694,
        ],
    },
    PidRow {
        message_type: "SSQNOT",
        source: "SSQNOT AHB, as listed in the PID overview 3.x/4.0",
        pids: &[
            70095, 70096,
        ],
    },
];
