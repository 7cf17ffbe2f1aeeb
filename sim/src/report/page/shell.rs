//! The document around a page: its style, its script, and a policy that lets nothing else in.
//!
//! A page is one file: it loads nothing and sends nothing. The Content-Security-Policy names the two texts that may act by their digests,
//! so that even markup that slipped past the escaping could neither run nor load anything.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// `body` as a whole document. Its title is text and gets escaped.
pub(super) fn document(title: &str, body: &Markup) -> String {
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
        digest(STYLE),
        digest(SCRIPT)
    );
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(policy);
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (body)
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

fn digest(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_would_end_early_is_not_in_style_and_script() {
        assert!(!STYLE.contains("</") && !SCRIPT.contains("</"));
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import") && !SCRIPT.contains("http") && !SCRIPT.contains("innerHTML"));
    }

    #[test]
    fn a_title_is_text() {
        let page = document("<script>alert(1)</script>", &html! { p { "\"<&>'" } });
        assert!(page.contains("<title>&lt;script&gt;alert(1)&lt;/script&gt;</title>") && page.contains("&lt;&amp;&gt;"), "{page}");
        assert_eq!(page.matches("<script").count(), 1);
    }
}
