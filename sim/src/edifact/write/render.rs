//! Segments built by hand, and segments to bytes; the last guard against what must not be sent.

use edifact_rs::{Charset, ServiceStringAdvice, Writer};

use super::WriteError;
use crate::edifact::interchange::{Element, Segment};
use crate::edifact::syntax::{is_writable, too_long};

pub(super) fn dtm(qualifier: &str, value: &str, format: &str) -> Segment {
    seg("DTM", &[]).with(&[qualifier, value, format])
}

/// A segment from elements in which `:` separates components; for texts of our own, never for values.
pub(super) fn seg(tag: &str, elements: &[&str]) -> Segment {
    let empty = Segment { tag: tag.to_owned(), elements: Vec::new(), bytes: 0..0 };
    elements.iter().fold(empty, |segment, element| segment.with(&element.split(':').collect::<Vec<_>>()))
}

impl Segment {
    /// Appends an element.
    pub(super) fn with(mut self, components: &[&str]) -> Self {
        self.elements.push(Element { components: components.iter().map(|c| (*c).to_owned()).collect(), position: 0 });
        self
    }
}

/// Components that mean nothing when empty: tag, element, component. Where a segment does not reach that far, there is nothing to fill.
const FILLED: &[(&str, usize, usize)] = &[
    ("BGM", 1, 0),
    ("IDE", 1, 0),
    ("RFF", 0, 1),
    ("STS", 2, 0),
    ("STS", 2, 1),
    ("STS", 3, 0),
    ("PIA", 1, 0),
    ("CAV", 0, 3),
    ("NAD", 3, 0),
    ("FTX", 3, 0),
    ("UCI", 0, 0),
];

/// Whether `segment` has a component that should be filled and is not.
fn is_hollow(segment: &Segment) -> bool {
    let component = |element: usize, component: usize| segment.elements.get(element).and_then(|e| e.components.get(component));
    FILLED.iter().any(|&(tag, e, c)| segment.tag == tag && component(e, c).is_some_and(String::is_empty))
}

pub(super) fn render(segments: &[Segment], is_built: bool) -> Result<Vec<u8>, WriteError> {
    let unwritable =
        |segment: &Segment, text: &str, reason| WriteError::Unwritable { segment: segment.tag.clone(), text: text.to_owned(), reason };
    let failed = |segment: &Segment| unwritable(segment, "", "the encoder refused it");
    let mut writer = Writer::with_una(Vec::new(), ServiceStringAdvice::default())
        .map_err(|_| WriteError::NoForm { what: "UNA".to_owned() })?
        .with_charset(Charset::UnoC);
    for segment in segments {
        if let Some((element, _, _)) = too_long(segment) {
            return Err(unwritable(segment, segment.text(element, 0), "it is too long"));
        }
        if is_built && is_hollow(segment) {
            return Err(unwritable(segment, "", "it is empty"));
        }
        let mut elements: Vec<&[String]> = Vec::with_capacity(segment.elements.len());
        for element in &segment.elements {
            if let Some(text) = element.components.iter().find(|text| !is_writable(text)) {
                return Err(unwritable(segment, text, "it has characters outside ISO 8859-1"));
            }
            elements.push(&element.components);
        }
        writer.write_composites(&segment.tag, &elements).map_err(|_| failed(segment))?;
    }
    writer.finish().map_err(|_| WriteError::NoForm { what: "interchange".to_owned() })
}
