//! The rulebooks against independent answers, where a folder with them lies beside the repository. Without it each test says so
//! and passes: what the project itself needs stands in `fristen.rs`.

use std::path::PathBuf;

use mako_engine::Timestamp;
use mako_engine::fristen::{
    HolidayCalendar, Rulebook, Sparte, add_werktage, berlin, gas_day_start, next_werktag, nth_werktag_of_month, subtract_werktage,
};
use mako_engine::version::{FormatVersion, release_of};
use time::macros::format_description;
use time::{Date, Duration};

/// The rows of an oracle table by column name; `None`, with a word on why, when the table is absent.
fn oracle(name: &str) -> Option<Vec<Vec<(String, String)>>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/oracle").join(name);
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: shared oracle absent ({name})");
        return None;
    };
    let mut lines = text.lines().map(fields);
    let header = lines.next()?;
    Some(lines.map(|row| header.iter().cloned().zip(row).collect()).collect())
}

/// The fields of a CSV line; quotes protect commas and are doubled inside.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => fields.last_mut().unwrap().push(c),
        }
    }
    fields
}

fn get<'a>(row: &'a [(String, String)], column: &str) -> &'a str {
    row.iter().find(|(name, _)| name == column).map(|(_, value)| value.as_str()).unwrap()
}

fn date(text: &str) -> Date {
    Date::parse(text, format_description!("[year]-[month]-[day]")).unwrap()
}

fn instant(text: &str) -> Timestamp {
    let seconds = if text.len() == "2025-10-25T04:00Z".len() { text.replace('Z', ":00Z") } else { text.to_owned() };
    seconds.parse().unwrap()
}

fn report(checked: usize, wrong: &[String]) {
    assert!(checked > 0 && wrong.is_empty(), "{} of {checked} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn golden_deadlines_agree_under_both_rulebooks() {
    let Some(rows) = oracle("golden_deadlines.csv") else { return };
    let mut wrong = Vec::new();
    for row in &rows {
        let rulebook = Rulebook::of(get(row, "profile").parse().unwrap());
        let window = rulebook.window(get(row, "trigger"), Some(get(row, "family"))).unwrap();
        let frist = window.due(instant(get(row, "received_utc")), rulebook.calendar());
        let mut tolerated = String::new();
        if ["APERAK", "CONTRL"].iter().any(|family| get(row, "family").starts_with(family)) {
            tolerated = rulebook.tolerated_until(frist.due).map(|at| at.to_string()).unwrap_or_default();
        }
        let computed = (frist.due.to_string(), frist.kind.to_string(), berlin::rfc3339(frist.due), tolerated);
        let expected = ["due_utc", "due_kind", "due_berlin", "deviation_tolerated_until_utc"].map(|column| get(row, column).to_owned());
        if <[String; 4]>::from(computed.clone()) != expected {
            wrong.push(format!("{}: {computed:?}, expected {expected:?}", get(row, "case_id")));
        }
    }
    report(rows.len(), &wrong);
}

#[test]
fn acknowledgement_windows_are_found_by_message_type() {
    let Some(rows) = oracle("golden_deadlines.csv") else { return };
    let (mut checked, mut wrong) = (0, Vec::new());
    for row in rows.iter().filter(|row| get(row, "profile") == "bk6-24-174") {
        let rulebook = Rulebook::of(get(row, "profile").parse().unwrap());
        let received = instant(get(row, "received_utc"));
        let frists = match (get(row, "family"), get(row, "trigger")) {
            ("APERAK Strom", "UTILMD/ORDERS") => ["UTILMD", "ORDERS"].map(|m| rulebook.aperak_frist(Sparte::Strom, m, None, received)),
            ("APERAK Strom", _) => ["MSCONS", "INVOIC"].map(|m| rulebook.aperak_frist(Sparte::Strom, m, None, received)),
            ("APERAK Gas", "Initialprozess") => {
                ["44001", "44042"].map(|pid| rulebook.aperak_frist(Sparte::Gas, "UTILMD", Some(pid), received))
            }
            ("APERAK Gas", _) => ["44004", "44013"].map(|pid| rulebook.aperak_frist(Sparte::Gas, "UTILMD", Some(pid), received)),
            ("CONTRL", "gas-ALOCAT") => ["ALOCAT", "ALOCAT"].map(|m| rulebook.contrl_frist(Sparte::Gas, m, received)),
            ("CONTRL", "regelfall") => {
                [("UTILMD", Sparte::Gas), ("MSCONS", Sparte::Strom)].map(|(m, s)| rulebook.contrl_frist(s, m, received))
            }
            ("CONTRL", _) => ["UTILMD", "ORDERS"].map(|m| rulebook.contrl_frist(Sparte::Strom, m, received)),
            _ => continue,
        };
        checked += 1;
        if frists.iter().any(|frist| frist.due.to_string() != get(row, "due_utc")) {
            wrong.push(format!("{}: {frists:?}, expected {}", get(row, "case_id"), get(row, "due_utc")));
        }
    }
    report(checked, &wrong);
}

#[test]
fn holidays_agree_day_by_day() {
    let Some(rows) = oracle("bdew_holidays.csv") else { return };
    let calendar = HolidayCalendar::Bk6_24_174.calendar();
    let mut wrong = Vec::new();
    for row in &rows {
        let (day, name) = (date(get(row, "date")), get(row, "name"));
        let ours = calendar.holiday(day).unwrap_or("none");
        if ours != name && !(name.contains("Jahrestag") || name == "Sonderfeiertag") || ours == "none" || calendar.is_werktag(day) {
            wrong.push(format!("{day}: {ours}, expected {name}"));
        }
    }
    let mut day = date("2015-01-01");
    while day < date("2036-01-01") {
        let holiday = calendar.holiday(day).is_some();
        if holiday != rows.iter().any(|row| get(row, "date") == day.to_string()) {
            wrong.push(format!("{day}: holiday {holiday}"));
        }
        day += Duration::DAY;
    }
    report(rows.len(), &wrong);
}

/// The operations of the oracle in terms of this calendar. `add_frist`: INCLUSIVE is the n-th Werktag strictly after (before),
/// EXCLUSIVE one more, 0 the next Werktag, and INCLUSIVE -1 is an oddity of the oracle. The Werktage of a Fristenmonat are those of
/// the month after it. Calendar days (KT) occur in no rule of ours.
fn werktag_of(row: &[(String, String)]) -> Option<Date> {
    let calendar = HolidayCalendar::Bk6_24_174.calendar();
    let (start, n): (_, i32) = (get(row, "start"), get(row, "n").parse().unwrap());
    let count = n.unsigned_abs();
    match (get(row, "op"), get(row, "day_or_month_type")) {
        ("nth_werktag_after", _) => Some(add_werktage(date(start), count, calendar)),
        ("nth_werktag_before", _) => Some(subtract_werktage(date(start), count, calendar)),
        ("nth_werktag_of_month", kind) => {
            let month = date(&format!("{}-01", &start[..7]));
            let month = if kind == "LIEFERMONAT" { month } else { month + Duration::days(i64::from(month.month().length(month.year()))) };
            nth_werktag_of_month(month.year(), month.month(), count, calendar)
        }
        ("add_frist", "WT") => {
            let exclusive = get(row, "end_date_type") == "EXCLUSIVE";
            match n {
                -1 if !exclusive => None,
                0 => Some(next_werktag(date(start), calendar)),
                1.. => Some(add_werktage(date(start), count + u32::from(exclusive), calendar)),
                _ => Some(subtract_werktage(date(start), count + u32::from(exclusive), calendar)),
            }
        }
        _ => None,
    }
}

#[test]
fn counting_werktage_agrees() {
    let Some(rows) = oracle("bdew_werktage.csv") else { return };
    let (mut checked, mut wrong) = (0, Vec::new());
    for row in &rows {
        let Some(computed) = werktag_of(row) else {
            let calendar_days = get(row, "day_or_month_type") == "KT";
            assert!(
                calendar_days || (get(row, "n"), get(row, "end_date_type")) == ("-1", "INCLUSIVE"),
                "not compared, and no reason: {row:?}"
            );
            continue;
        };
        checked += 1;
        if computed.to_string() != get(row, "result") {
            wrong.push(format!("{row:?}: {computed}"));
        }
    }
    println!(
        "{checked} rows compared, {} not: no rule of the market counts calendar days, and INCLUSIVE -1 is an oddity",
        rows.len() - checked
    );
    report(checked, &wrong);
}

#[test]
fn days_with_23_and_25_hours_agree() {
    let Some(rows) = oracle("dst_days.csv") else { return };
    let mut wrong = Vec::new();
    for row in &rows {
        let day = date(get(row, "day"));
        let start = |day| {
            if get(row, "kind") == "gas" { gas_day_start(day) } else { berlin::midnight(day) }
        };
        let (from, until) = (start(day), start(day.next_day().unwrap()));
        let hours = until.ms_since(from) / 3_600_000;
        if from != instant(get(row, "start_utc")) || until != instant(get(row, "end_utc")) || hours.to_string() != get(row, "hours") {
            wrong.push(format!("{row:?}: {from} {until} {hours}"));
        }
    }
    report(rows.len(), &wrong);
}

#[test]
fn published_examples_agree() {
    let Some(rows) = oracle("worked_examples.csv") else { return };
    let rulebook = Rulebook::of("bk6-24-174".parse().unwrap());
    let mut wrong = Vec::new();
    for row in &rows {
        let input = date(get(row, "input_date"));
        let computed = match get(row, "rule").strip_prefix("WT+") {
            Some(rest) => add_werktage(input, rest.split(' ').next().unwrap().parse().unwrap(), rulebook.calendar()),
            None => rulebook.latest_uet("55004", input).unwrap(),
        };
        if computed.to_string() != get(row, "published_result") {
            wrong.push(format!("{row:?}: {computed}"));
        }
    }
    report(rows.len(), &wrong);
}

#[test]
fn format_versions_agree_around_their_boundaries() {
    let Some(rows) = oracle("format_version_probes.csv") else { return };
    let mut wrong = Vec::new();
    for row in &rows {
        let computed = FormatVersion::at(instant(get(row, "instant_utc")));
        let start = computed.start();
        // Two versions keep the month for which they were first announced in their short name.
        let short = match computed {
            FormatVersion::Fv2025_06_06 => "FV2504".to_owned(),
            _ => format!("FV{:02}{:02}", start.year() % 100, u8::from(start.month())),
        };
        if short != get(row, "format_version") {
            wrong.push(format!("{row:?}: {computed}"));
        }
    }
    report(rows.len(), &wrong);
}

#[test]
fn releases_agree_at_both_ends() {
    let Some(rows) = oracle("message_releases.csv") else { return };
    let mut wrong = Vec::new();
    for row in &rows {
        let spartes: &[Sparte] = match get(row, "sparte") {
            "Strom" => &[Sparte::Strom],
            "Gas" => &[Sparte::Gas],
            _ => &[Sparte::Strom, Sparte::Gas],
        };
        let first = instant(get(row, "valid_from_utc"));
        let last = match get(row, "valid_until_utc") {
            "" => Timestamp::MAX,
            until => instant(until).plus_ms(-1),
        };
        for (sparte, at) in spartes.iter().flat_map(|sparte| [(*sparte, first), (*sparte, last)]) {
            let computed = release_of(get(row, "message"), sparte, at);
            if computed != Some(get(row, "release")) {
                wrong.push(format!("{row:?} at {at}: {computed:?}"));
            }
        }
    }
    report(rows.len(), &wrong);
}

#[test]
fn whole_conversations_agree_on_what_is_due() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/messages/conversations");
    let Ok(conversations) = std::fs::read_dir(folder) else {
        println!("skipped: shared conversations absent");
        return;
    };
    let rulebook = Rulebook::of("bk6-24-174".parse().unwrap());
    let (mut checked, mut wrong) = (0, Vec::new());
    for conversation in conversations {
        let path = conversation.unwrap().path().join("manifest.json");
        let manifest: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let mut uet_of_55001 = None;
        for step in manifest["steps"].as_array().unwrap() {
            let text = |name: &str| step[name].as_str().unwrap_or_default();
            let (received, message, pid) = (instant(text("receipt_utc")), text("message"), text("pid"));
            let sparte = if pid.starts_with("44") { Sparte::Gas } else { Sparte::Strom };
            if pid == "55001" {
                uet_of_55001 = Some(received);
            }
            let clock_start = if pid == "55010" { uet_of_55001.unwrap() } else { received };
            let computed = [
                ("aperak_due", Ok(rulebook.aperak_frist(sparte, message, Some(pid), received))),
                ("answer_due", rulebook.answer_frist(pid, None, clock_start)),
                ("latest_receipt", rulebook.answer_frist(&format!("{pid}-receipt"), None, clock_start)),
            ];
            for (field, frist) in computed {
                let Some(expected) = step[field]["iso_utc"].as_str() else {
                    continue;
                };
                checked += 1;
                if frist.as_ref().map(|frist| frist.due) != Ok(instant(expected)) {
                    wrong.push(format!("{} {pid} {field}: {frist:?}, expected {expected}", path.display()));
                }
            }
        }
    }
    report(checked, &wrong);
}

#[test]
fn answer_obligations_agree_rule_by_rule() {
    let Some(rows) = oracle("makotest_obligations.csv") else { return };
    let rulebook = Rulebook::of("bk6-24-174".parse().unwrap());
    let mut wrong = Vec::new();
    for row in &rows {
        let (pid, werktage, clock) = (get(row, "trigger_pid"), get(row, "werktage"), get(row, "clock"));
        let expected = match get(row, "shape") {
            "werktag_at" if clock == "00:00" => format!("SOD(WT+{werktage})"),
            "werktag_at" => format!("WT+{werktage}@{clock}"),
            shape if shape.contains("same_day") || shape.contains("spaetestens") => format!("ÜT@{clock}"),
            _ => format!("EOD(WT+{werktage})"),
        };
        let computed = rulebook.window(pid, None).map(|window| window.rule.to_string());
        if computed.as_ref() != Ok(&expected) {
            wrong.push(format!("{row:?}: {computed:?}, expected {expected}"));
        }
    }
    report(rows.len(), &wrong);
}

#[test]
fn tolerance_windows_and_validity_agree_at_both_ends_of_every_format_version() {
    let Some(rows) = oracle("format_versions.csv") else { return };
    let rulebook = Rulebook::of("bk6-24-174".parse().unwrap());
    let mut wrong = Vec::new();
    for row in &rows {
        let version: FormatVersion = get(row, "iso_label").parse().unwrap();
        let (from, until) = (instant(get(row, "aperak_relaxation_from_utc")), instant(get(row, "aperak_relaxation_until_utc")));
        let tolerated = [from.plus_ms(-1), from, until.plus_ms(-1), until].map(|at| rulebook.tolerated_until(at));
        let ends = match get(row, "valid_until_utc_exclusive") {
            "" => version.next().is_none(),
            end => version.next().map(FormatVersion::valid_from) == Some(instant(end)),
        };
        let begins = version.valid_from() == instant(get(row, "valid_from_utc"));
        if tolerated != [None, Some(until), Some(until), None] || !begins || !ends {
            wrong.push(format!("{row:?}: {tolerated:?} {begins} {ends}"));
        }
    }
    report(rows.len(), &wrong);
}
