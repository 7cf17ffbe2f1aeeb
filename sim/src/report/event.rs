//! A process event in a few words.
//!
//! A report knows no workflow: it knows the words that fields of the market's events go by. A field that is not in the vocabulary
//! is not told; that keeps frames, originals, tokens and document numbers out.

use mako_engine::Timestamp;
use mako_engine::fristen::berlin;
use serde_json::Value;

use super::words::date;

/// How a field is told.
enum Field {
    /// The message it is about.
    Message,
    /// As it is: a Prüfidentifikator, an answer code, a sentence.
    Text,
    /// Whether something is so: what to say if it is, and if not.
    Whether(&'static str, &'static str),
    /// A variant with fields of its own.
    Finding,
    /// A market participant, an object: with a word before it.
    Named(&'static str),
    /// The day from or until which something holds.
    Day(&'static str),
    /// What is asked for: its day. The location is in the line of the message.
    Anliegen,
    /// What is settled: its month.
    Matter,
    /// An instant.
    Moment(&'static str),
}

/// Fields that make up the verdict, in the order in which they are told: `55002 A51`.
const VERDICT: &[(&str, Field)] = &[
    ("kind", Field::Message),
    ("recognised", Field::Whether("recognised", "refused")),
    ("pid", Field::Text),
    ("consents", Field::Whether("consents", "objects")),
    ("confirms", Field::Whether("confirms", "refuses")),
    ("accepts", Field::Whether("accepts", "refuses")),
    ("done", Field::Whether("done", "failed")),
    ("finding", Field::Finding),
    ("code", Field::Text),
    ("codes", Field::Text),
    ("label", Field::Text),
];

/// Fields that are told after it, each for itself.
const DETAILS: &[(&str, Field)] = &[
    ("in_time", Field::Whether("", "too late for the decision")),
    ("due", Field::Moment("was due ")),
    ("moved_to", Field::Day("to ")),
    ("whom", Field::Named("")),
    ("lfn", Field::Named("")),
    ("lfa", Field::Named("")),
    ("nb", Field::Named("")),
    ("malo", Field::Named("MaLo ")),
    ("anliegen", Field::Anliegen),
    ("matter", Field::Matter),
    ("begin", Field::Day("begin ")),
    ("end", Field::Day("end ")),
    ("to", Field::Day("to ")),
    ("version", Field::Moment("version of ")),
    ("quarter_hours", Field::Named("quarter-hours ")),
    ("phase", Field::Text),
    ("about", Field::Text),
    ("answer", Field::Text),
    ("says", Field::Text),
];

/// What an event says, in words; `message` names a message by its kind.
pub(super) fn telling(payload: &Value, event_type: &str, message: &dyn Fn(&str) -> String) -> String {
    let Some(body) = body(payload, event_type) else { return String::new() };
    let told = |fields: &[(&str, Field)]| -> Vec<String> {
        let said = fields.iter().filter_map(|(name, field)| field.say(body.get(name)?, message));
        said.filter(|text| !text.is_empty()).collect()
    };
    let mut parts = vec![told(VERDICT).join(" ")];
    parts.extend(told(DETAILS));
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}

/// The fields of an event: under its name, which may itself be under the name of a group of events.
pub(super) fn body<'a>(payload: &'a Value, event_type: &str) -> Option<&'a Value> {
    let fields = payload.as_object()?;
    let inside = |fields: &'a serde_json::Map<String, Value>| fields.get(event_type).filter(|body| body.is_object());
    let grouped = || fields.values().filter_map(Value::as_object).find_map(inside);
    Some(inside(fields).or_else(grouped).unwrap_or(payload))
}

impl Field {
    fn say(&self, value: &Value, message: &dyn Fn(&str) -> String) -> Option<String> {
        match self {
            Self::Message => value.as_str().map(message),
            Self::Text => text(value),
            Self::Whether(so, not) => value.as_bool().map(|is| if is { *so } else { *not }.to_owned()),
            Self::Finding => finding(value),
            Self::Named(word) => text(value).map(|name| format!("{word}{name}")),
            Self::Day(word) => Some(format!("{word}{}", date(instant(value)?))),
            Self::Anliegen => {
                let technik = value.get("technik").and_then(Value::as_str).map(|technik| format!(", Messtechnik {technik}"));
                Some(format!("for {}{}", date(instant(value.get("day")?)?), technik.unwrap_or_default()))
            }
            Self::Matter => Some(format!("month {}", value.get("month")?.as_str()?)),
            Self::Moment(word) => Some(format!("{word}{}", berlin::moment_text(instant(value)?))),
        }
    }
}

fn instant(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// A text or a number; several, one after the other.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(values) => Some(values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")),
        _ => None,
    }
}

/// `{"Possible": {"lfa": …}}` is `possible …`; `{"accepts": false, "code": "A04"}` is `refuses A04`.
fn finding(value: &Value) -> Option<String> {
    if let Some(word) = value.as_str() {
        return Some(word.to_lowercase());
    }
    let fields = value.as_object()?;
    if let Some(accepts) = fields.get("accepts").and_then(Value::as_bool) {
        let code = fields.get("code").and_then(Value::as_str).filter(|code| !code.is_empty());
        let word = if accepts { "accepts" } else { "refuses" };
        return Some(code.map_or_else(|| word.to_owned(), |code| format!("{word} {code}")));
    }
    let (name, fields) = fields.iter().next()?;
    let said = fields.as_object().into_iter().flat_map(|fields| fields.values()).filter_map(Value::as_str);
    Some(std::iter::once(name.to_lowercase()).chain(said.map(str::to_owned)).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tell(event_type: &str, payload: &Value) -> String {
        telling(payload, event_type, &|kind| format!("<{kind}>"))
    }

    #[test]
    fn a_decision_is_its_pruefidentifikator_and_its_code() {
        assert_eq!(tell("Decided", &json!({"Decided": {"pid": "55002", "code": "A51"}})), "55002 A51");
        assert_eq!(tell("LfaAnswered", &json!({"LfaAnswered": {"consents": true, "code": "A36", "in_time": true}})), "consents A36");
        let late = json!({"LfaAnswered": {"consents": false, "code": "A30", "in_time": false}});
        assert_eq!(tell("LfaAnswered", &late), "objects A30, too late for the decision");
        assert_eq!(tell("AnmeldungChecked", &json!({"AnmeldungChecked": {"finding": {"Possible": {"lfa": null}}}})), "possible");
        assert_eq!(tell("AnmeldungChecked", &json!({"AnmeldungChecked": {"finding": {"Impossible": {"code": "A05"}}}})), "impossible A05");
        assert_eq!(tell("Checked", &json!({"Checked": {"finding": {"accepts": true, "code": ""}}})), "accepts");
        assert_eq!(tell("Checked", &json!({"Checked": {"finding": {"accepts": false, "code": "A04"}}})), "refuses A04");
    }

    #[test]
    fn a_request_is_told_with_its_day_and_an_answer_with_what_it_says() {
        let asked = json!({"Requested": {"anliegen": {"lokation": "51999990018", "day": "2025-11-30T23:00:00Z"}, "to": "NB"}});
        assert_eq!(tell("Requested", &asked), "for 1.12.2025");
        let there = json!({"Requested": {"anliegen": {"lokation": "DE1", "day": "2025-11-30T23:00:00Z", "technik": "iMS"}, "to": "MSB"}});
        assert_eq!(tell("Requested", &there), "for 1.12.2025, Messtechnik iMS");
        assert_eq!(
            tell("AnswerReceived", &json!({"AnswerReceived": {"accepts": false, "pid": "55018", "code": "Z12"}})),
            "55018 refuses Z12"
        );
        assert_eq!(tell("Reported", &json!({"Reported": {"pid": "21010", "done": true}})), "21010 done");
        assert_eq!(tell("Begun", &json!({"Begun": {"matter": {"month": "2025-10"}}})), "month 2025-10");
    }

    #[test]
    fn a_finding_that_refuses_is_told_with_its_code() {
        let found = |accepts: bool, code: &str| json!({"Checked": {"finding": {"accepts": accepts, "code": code, "partners": {}}}});
        assert_eq!(tell("Checked", &found(false, "Z12")), "refuses Z12");
        assert_eq!(tell("Checked", &found(true, "")), "accepts");
    }

    #[test]
    fn a_mail_event_lies_one_name_deeper() {
        let refused = json!({"Post": {"AperakReceived": {"kind": "UTILMD 55001", "recognised": false, "codes": ["Z35", "Z18"]}}});
        assert_eq!(tell("AperakReceived", &refused), "<UTILMD 55001> refused Z35 Z18");
        let lapsed = json!({"Post": {"FristLapsed": {"label": "answer 55001", "due": "2025-12-29T10:00:00Z"}}});
        assert_eq!(tell("FristLapsed", &lapsed), "answer 55001, was due Mon 29.12. 11:00");
    }

    #[test]
    fn what_is_not_in_the_vocabulary_is_not_told() {
        let payload = json!({"AnfrageReceived": {"frame": {"token": "K7Q2M9XA"}, "original": {"vorgang": "K7Q2M9XA55010"}, "nb": "NB"}});
        assert_eq!(tell("AnfrageReceived", &payload), "NB");
        assert_eq!(tell("LfaSilent", &json!("LfaSilent")), "");
        assert_eq!(tell("Odd", &json!([1, null, {"Odd": 3}])), "");
    }
}
