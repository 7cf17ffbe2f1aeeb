//! What the pages of the house point to: the links of a Markdown text that lead to files.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag};

/// A link of a page, or a picture in it.
pub struct Link {
    /// Where it leads, relative to the page, without a `#heading`.
    pub target: String,
    /// What stands between its brackets.
    pub text: String,
    /// The bytes of the page that it takes.
    pub place: Range<usize>,
}

/// The links of `page` to files, in order; those to other places of the world, and within the page, are left out.
pub fn links(page: &str) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    let mut open: Option<usize> = None;
    for (event, place) in Parser::new_ext(page, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                let target = dest_url.split('#').next().unwrap_or_default();
                open = (!target.is_empty() && !target.contains("://") && !target.starts_with("mailto:")).then_some(links.len());
                if open.is_some() {
                    links.push(Link { target: target.to_owned(), text: String::new(), place });
                }
            }
            Event::End(pulldown_cmark::TagEnd::Link | pulldown_cmark::TagEnd::Image) => open = None,
            Event::Text(text) | Event::Code(text) => {
                if let Some(link) = open.and_then(|index| links.get_mut(index)) {
                    link.text.push_str(&text);
                }
            }
            _ => {}
        }
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_files_are_found_and_nothing_in_code() {
        let page = "see [a *page*](a.md#there), [out](https://example.org), [here](#x)\n\n```\n[no](code.md)\n```\n\n| `[no](x)` | ![p](p.png) |\n";
        let found: Vec<_> = links(page).into_iter().map(|link| (link.target, link.text)).collect();
        assert_eq!(found, [("a.md".to_owned(), "a page".to_owned()), ("p.png".to_owned(), "p".to_owned())]);
    }
}
