//! As much XML as a SOAP header needs: a small tree with resolved namespaces, and the escaping on the way out.
//!
//! Prefixes are the writer's taste and are resolved away; order and white space between elements do not matter; the text of an
//! element is kept exactly. A document type declaration is refused (SOAP 1.2 forbids it, and it is how an XML bomb starts), depth and
//! number of elements are bounded, and a character that XML cannot carry is refused on the way in *and* on the way out, so that what
//! was read can always be written again.

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

const DEPTH_LIMIT: usize = 32;
const ELEMENT_LIMIT: usize = 4096;

/// An element with its namespace resolved.
pub(super) struct Element {
    namespace: String,
    name: String,
    /// Attributes without a namespace; others carry nothing that is read here.
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
    /// All character data directly in this element.
    pub(super) text: String,
}

impl Element {
    /// The first child of that name.
    pub(super) fn child(&self, namespace: &str, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.is(namespace, name))
    }

    /// All children of that name, in order.
    pub(super) fn children_named<'a>(&'a self, namespace: &'a str, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.is(namespace, name))
    }

    /// The element reached by following `path` of names in one namespace.
    pub(super) fn descend(&self, namespace: &str, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |element, name| element.child(namespace, name))
    }

    /// Whether the element has that name.
    pub(super) fn is(&self, namespace: &str, name: &str) -> bool {
        self.name == name && self.namespace == namespace
    }

    /// The value of an attribute without namespace.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a whole document. The error is a sentence for people.
pub(super) fn parse(document: &str) -> Result<Element, String> {
    if let Some(bad) = document.chars().find(|c| !is_character(*c)) {
        return Err(format!("the character U+{:04X} cannot stand in XML", u32::from(bad)));
    }
    let mut reader = NsReader::from_str(document);
    let mut open: Vec<Element> = Vec::new();
    let mut root: Option<Element> = None;
    let mut elements = 0;
    loop {
        let (namespace, event) = reader.read_resolved_event().map_err(|error| format!("not well-formed XML: {error}"))?;
        match event {
            Event::Start(ref start) | Event::Empty(ref start) => {
                elements += 1;
                if elements > ELEMENT_LIMIT || open.len() >= DEPTH_LIMIT {
                    return Err(format!("more than {ELEMENT_LIMIT} elements, or nested deeper than {DEPTH_LIMIT}"));
                }
                let element = element(&namespace, start)?;
                if matches!(event, Event::Start(_)) {
                    open.push(element);
                } else {
                    close(element, &mut open, &mut root)?;
                }
            }
            Event::End(_) => {
                let element = open.pop().ok_or("an end tag without a start tag")?;
                close(element, &mut open, &mut root)?;
            }
            Event::Text(text) => append(&mut open, &text.xml10_content())?,
            Event::CData(text) => append(&mut open, &text.xml10_content())?,
            Event::GeneralRef(reference) => {
                let mut buffer = [0; 4];
                let text = match reference.resolve_char_ref().map_err(|error| format!("bad character reference: {error}"))? {
                    Some(c) if is_character(c) => c.encode_utf8(&mut buffer),
                    Some(c) => return Err(format!("the character U+{:04X} cannot stand in XML", u32::from(c))),
                    None => resolve_predefined_entity(&reference).ok_or_else(|| format!("unknown entity `{}`", &*reference))?,
                };
                append(&mut open, text)?;
            }
            Event::DocType(_) => return Err("a document type declaration is not allowed in SOAP".to_owned()),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    match (root, open.last()) {
        (_, Some(unclosed)) => Err(format!("the document ends inside `{}`", unclosed.name)),
        (None, None) => Err("no element at all".to_owned()),
        (Some(root), None) => Ok(root),
    }
}

fn element(namespace: &ResolveResult<'_>, start: &BytesStart<'_>) -> Result<Element, String> {
    let namespace = match namespace {
        ResolveResult::Bound(namespace) => namespace.0.to_owned(),
        ResolveResult::Unbound => String::new(),
        ResolveResult::Unknown(prefix) => return Err(format!("the prefix `{prefix}` is bound to no namespace")),
    };
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| format!("bad attribute: {error}"))?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| format!("bad attribute value: {error}"))?;
        if let Some(bad) = value.chars().find(|c| !is_character(*c)) {
            return Err(format!("the character U+{:04X} cannot stand in XML", u32::from(bad)));
        }
        let (name, prefix) = attribute.key.decompose();
        if prefix.is_none() {
            attributes.push((name.as_ref().to_owned(), value.into_owned()));
        }
    }
    Ok(Element { namespace, name: start.local_name().as_ref().to_owned(), attributes, children: Vec::new(), text: String::new() })
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<(), String> {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None if root.is_none() => *root = Some(element),
        None => return Err("more than one root element".to_owned()),
    }
    Ok(())
}

fn append(open: &mut [Element], text: &str) -> Result<(), String> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err("text outside the root element".to_owned()),
    }
    Ok(())
}

/// Whether XML 1.0 can carry the character at all (production 2, `Char`).
pub(super) const fn is_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// Appends `text` so that it reads back exactly, as character data and inside a quoted attribute alike.
pub(super) fn escape_into(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            // Written out, these would be normalised to a blank or a line feed by the reader.
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_do_not_matter_and_namespaces_do() {
        for document in ["<a:x xmlns:a='urn:1'><a:y>t</a:y></a:x>", "<x xmlns='urn:1'><b:y xmlns:b='urn:1'>t</b:y></x>"] {
            let root = parse(document).unwrap();
            assert_eq!(root.descend("urn:1", &["y"]).unwrap().text, "t");
            assert!(root.child("urn:2", "y").is_none());
        }
    }

    #[test]
    fn escaped_text_reads_back_exactly() {
        let text = " <&>\"'\t\r\n]]> ä€\u{10FFFF} ";
        let mut document = String::from("<x a=\"");
        escape_into(&mut document, text);
        document.push_str("\">");
        escape_into(&mut document, text);
        document.push_str("</x>");
        let root = parse(&document).unwrap();
        assert_eq!(root.text, text);
        assert_eq!(root.attribute("a"), Some(text));
    }

    #[test]
    fn what_is_not_one_small_well_formed_document_is_refused() {
        let deep = "<x>".repeat(DEPTH_LIMIT + 1);
        let wide = format!("<x>{}</x>", "<y/>".repeat(ELEMENT_LIMIT));
        for document in [
            "",
            "text",
            "<x>",
            "<x></y>",
            "<x/><y/>",
            "<x/>tail",
            "<p:x/>",
            "<x>&nbsp;</x>",
            "<x>&#0;</x>",
            "<x>&#1;</x>",
            "<x a='&#1;'/>",
            "<x>\u{1}</x>",
            "<!DOCTYPE x [<!ENTITY e 'e'>]><x/>",
            &deep,
            &wide,
        ] {
            assert!(parse(document).is_err(), "{document:.60} was accepted");
        }
    }
}
