//! What a CalDAV server answers: XML as a small tree.
//!
//! Nothing outside the text is ever read, and nothing in it can grow: a document type, which alone
//! could declare entities, is refused.

use quick_xml::{
    NsReader, XmlVersion,
    events::{BytesRef, BytesStart, Event},
    name::ResolveResult,
};

/// The namespaces that matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// `DAV:`, RFC 4918.
    Dav,
    /// `urn:ietf:params:xml:ns:caldav`, RFC 4791.
    CalDav,
    Other,
}

/// How deep elements may lie in each other.
const DEPTH: usize = 32;

/// How many elements a text may have.
const ELEMENTS: usize = 400_000;

/// An element.
#[derive(Debug)]
pub struct Element {
    pub space: Space,
    pub name: String,
    /// Its attribute `name`, by which components are listed.
    pub named: Option<String>,
    /// Its own text, without that of its children.
    pub text: String,
    pub children: Vec<Self>,
}

impl Element {
    /// The first child of a name.
    pub fn child(&self, space: Space, name: &str) -> Option<&Self> {
        let mut children = self.children.iter();
        children.find(|child| child.space == space && child.name == name)
    }

    /// All children of a name.
    pub fn children<'a>(&'a self, space: Space, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children
            .iter()
            .filter(move |child| child.space == space && child.name == name)
    }

    /// The address in the child `href`.
    pub fn href(&self) -> Option<&str> {
        Some(self.child(Space::Dav, "href")?.text.trim())
    }
}

/// Reads a text; none if it is not well-formed, declares a document type, or is too deep or large.
pub fn parse(text: &str) -> Option<Element> {
    let mut reader = NsReader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut count = 0;
    loop {
        let (resolved, event) = reader.read_resolved_event().ok()?;
        let closed = match event {
            Event::Start(start) => {
                count += 1;
                if open.len() >= DEPTH || count > ELEMENTS {
                    return None;
                }
                open.push(element(&resolved, &start)?);
                None
            }
            Event::Empty(start) => {
                count += 1;
                if count > ELEMENTS {
                    return None;
                }
                Some(element(&resolved, &start)?)
            }
            Event::End(_) => Some(open.pop()?),
            Event::Text(text) => {
                add(&mut open, &text.xml_content(XmlVersion::Explicit1_0));
                None
            }
            Event::CData(text) => {
                add(&mut open, &text.xml_content(XmlVersion::Explicit1_0));
                None
            }
            Event::GeneralRef(reference) => {
                let mut bytes = [0; 4];
                add(&mut open, character(&reference)?.encode_utf8(&mut bytes));
                None
            }
            Event::DocType(_) => return None,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => None,
            Event::Eof => break,
        };
        if let Some(closed) = closed {
            match open.last_mut() {
                Some(parent) => parent.children.push(closed),
                None if root.is_none() => root = Some(closed),
                None => return None,
            }
        }
    }
    root.filter(|_| open.is_empty())
}

fn add(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn element(resolved: &ResolveResult<'_>, start: &BytesStart<'_>) -> Option<Element> {
    let space = match resolved {
        ResolveResult::Bound(space) if space.0 == "DAV:" => Space::Dav,
        ResolveResult::Bound(space) if space.0 == "urn:ietf:params:xml:ns:caldav" => Space::CalDav,
        ResolveResult::Bound(_) | ResolveResult::Unbound => Space::Other,
        ResolveResult::Unknown(_) => return None,
    };
    let named = start.try_get_attribute("name").ok()?;
    let named = match named {
        Some(value) => Some(
            value
                .normalized_value(XmlVersion::Explicit1_0)
                .ok()?
                .into_owned(),
        ),
        None => None,
    };
    Some(Element {
        space,
        name: start.local_name().as_ref().to_owned(),
        named,
        text: String::new(),
        children: Vec::new(),
    })
}

/// The five that XML itself has, and characters by number.
fn character(reference: &BytesRef<'_>) -> Option<char> {
    if let Some(character) = reference.resolve_char_ref().ok()? {
        return Some(character);
    }
    Some(match reference.as_ref() {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "apos" => '\'',
        "quot" => '"',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_by_their_space_whatever_the_prefix() {
        let text = r#"<?xml version="1.0"?>
            <multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><response>
            <href>/a%20b/</href><C:calendar-data>BEGIN:VCALENDAR&#13;
X:&lt;&amp;<![CDATA[<b>]]></C:calendar-data><C:comp name="VEVENT"/></response></multistatus>"#;
        let root = parse(text).unwrap();
        assert_eq!(
            (root.space, root.name.as_str()),
            (Space::Dav, "multistatus")
        );
        let response = root.child(Space::Dav, "response").unwrap();
        assert_eq!(response.href(), Some("/a%20b/"));
        let data = response.child(Space::CalDav, "calendar-data").unwrap();
        assert_eq!(data.text, "BEGIN:VCALENDAR\r\nX:<&<b>");
        let comp = response.child(Space::CalDav, "comp").unwrap();
        assert_eq!(comp.named.as_deref(), Some("VEVENT"));
    }

    #[test]
    fn what_could_grow_or_is_broken_is_refused() {
        let laughs = r#"<!DOCTYPE a [<!ENTITY b "ha">]><a>&b;</a>"#;
        let deep = format!("{}{}", "<a>".repeat(33), "</a>".repeat(33));
        for text in [
            laughs,
            "<a>&b;</a>",
            "<a><b></a></b>",
            "<a>",
            "<a/><b/>",
            "",
            "x:y",
            "<x:a/>",
            &deep,
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
        let fine = format!("{}{}", "<a>".repeat(32), "</a>".repeat(32));
        assert!(parse(&fine).is_some());
    }
}
