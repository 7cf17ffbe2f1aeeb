//! What a node says, as far as its partner must understand it: which message, and about what.

use std::fmt;

use super::Request;

/// A message of the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// UNH 0065, such as `APERAK`; empty when the bytes are no interchange.
    pub message_type: String,
    /// UNH 0057, such as `S2.1`.
    pub release: String,
    /// BGM 1001 of an APERAK (`312`, `313`), the action of the UCI of a CONTRL (`4`, `7`), RFF+Z13 of a UTILMD.
    pub kind: String,
    /// The codes of errors: ERC of an APERAK, UCI and its like of a CONTRL.
    pub codes: Vec<String>,
    /// The interchanges and Vorgänge that it refers to.
    refers_to: Vec<String>,
}

impl Said {
    /// Whether it answers `request`.
    pub(super) fn is_about(&self, request: &Request) -> bool {
        self.refers_to.iter().any(|reference| *reference == request.reference || *reference == request.vorgang)
    }

    /// Whether it says that a message can be processed.
    pub fn is_acknowledgement(&self) -> bool {
        self.message_type == "APERAK" && self.kind == "312"
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.message_type, self.kind)?;
        self.codes.iter().try_for_each(|code| write!(f, " {code}"))
    }
}

/// Reads an interchange in the characters of the market: `'` ends a segment, `+` an element, `:` a component, `?` releases.
pub(super) fn read(bytes: &[u8]) -> Said {
    let mut said =
        Said { message_type: String::new(), release: String::new(), kind: String::new(), codes: Vec::new(), refers_to: Vec::new() };
    for segment in segments(bytes) {
        let at = |element: usize, component: usize| {
            segment.get(element).and_then(|components| components.get(component)).cloned().unwrap_or_default()
        };
        match (at(0, 0).as_str(), at(1, 0).as_str()) {
            ("UNH", _) => (said.message_type, said.release) = (at(2, 0), at(2, 4)),
            ("BGM", code) if said.message_type == "APERAK" => said.kind = code.to_owned(),
            ("UCI", reference) => {
                said.refers_to.push(reference.to_owned());
                said.kind = at(4, 0);
                said.codes.extend([at(5, 0)].into_iter().filter(|code| !code.is_empty()));
            }
            ("UCM", _) => said.codes.extend([at(4, 0)].into_iter().filter(|code| !code.is_empty())),
            ("ERC", code) => said.codes.push(code.to_owned()),
            ("RFF", "Z13") => said.kind = at(1, 1),
            ("RFF", "ACE" | "TN") => said.refers_to.push(at(1, 1)),
            _ => {}
        }
    }
    said
}

type Segment = Vec<Vec<String>>;

fn segments(bytes: &[u8]) -> Vec<Segment> {
    let text = String::from_utf8_lossy(bytes);
    let body = text.strip_prefix("UNA:+.? '").unwrap_or(&text);
    let (mut found, mut segment, mut released) = (Vec::new(), vec![vec![String::new()]], false);
    for char in body.chars() {
        match char {
            _ if released => released = push(&mut segment, char),
            '?' => released = true,
            '\'' => found.push(std::mem::replace(&mut segment, vec![vec![String::new()]])),
            '+' => segment.push(vec![String::new()]),
            ':' => segment.iter_mut().last().into_iter().for_each(|element| element.push(String::new())),
            '\n' | '\r' => {}
            char => released = push(&mut segment, char),
        }
    }
    found
}

/// Adds `char` to the last component; what follows is not released any more.
fn push(segment: &mut Segment, char: char) -> bool {
    if let Some(component) = segment.last_mut().and_then(|element| element.last_mut()) {
        component.push(char);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aperak_a_contrl_and_an_answer_are_told_apart() {
        let aperak = read(b"UNA:+.? 'UNB+UNOC:3'UNH+1+APERAK:D:07B:UN:2.1i'BGM+313+D1'RFF+ACE:IC1'ERC+Z29'RFF+TN:V?'1'UNT+5+1'");
        assert_eq!(aperak.to_string(), "APERAK 313 Z29");
        assert_eq!(aperak.refers_to, ["IC1", "V'1"]);
        let contrl = read(b"UNB+UNOC:3'UNH+1+CONTRL:D:3:UN:2.0b'UCI+IC1+9:500+8:500+4+29'UNT+3+1'");
        assert_eq!((contrl.to_string().as_str(), contrl.release.as_str()), ("CONTRL 4 29", "2.0b"));
        let answer = read(b"UNH+1+UTILMD:D:11A:UN:S2.1'RFF+Z13:55002'RFF+TN:V1'");
        assert_eq!((answer.to_string().as_str(), answer.refers_to.as_slice()), ("UTILMD 55002", &["V1".to_owned()][..]));
        assert_eq!(read(b"no interchange").message_type, "");
    }
}
