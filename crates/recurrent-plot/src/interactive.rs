//! A figure as interactive HTML.

use crate::figure::Figure;

/// Puts the drawing of the picture before it into the page, and makes it interactive: `interactive.js` without what only its
/// readers need, as `npx terser@5 interactive.js --compress passes=2 --mangle` makes it.
const SCRIPT: &str = include_str!("interactive.min.js");

/// The figure as a picture, and the script that wakes it. A page that runs no scripts shows the picture.
pub(crate) fn html(figure: &Figure) -> String {
    let (width, height) = figure.size();
    // Inside of an attribute in double quotes, and inside of an address: there `#` would begin a fragment.
    let svg = figure.svg().replace('%', "%25").replace('#', "%23").replace('&', "&amp;").replace('"', "'");
    let svg = svg.replace('\n', ""); // a notebook stores each line with its indentation
    let title = crate::svg::escape_xml(figure.title());
    format!(
        "<div><img alt=\"{title}\" width=\"{width}\" height=\"{height}\" style=\"max-width:100%;height:auto\" \
         src=\"data:image/svg+xml;utf8,{svg}\"><script>{}</script></div>",
        SCRIPT.trim_end()
    )
}

#[cfg(test)]
mod tests {
    use crate::{Result, class_probabilities};

    #[test]
    fn a_picture_in_an_attribute_comes_out_as_it_was() -> Result<()> {
        let figure = class_probabilities("\"100 %\" <b> & 'c' #1", &["#1 & \"2\"".to_owned()], &[1.0])?;
        let html = figure.html().unwrap_or_default();
        let picture = html.split("src=\"data:image/svg+xml;utf8,").nth(1).and_then(|rest| rest.split('"').next());
        let picture = picture.unwrap_or_default();
        assert!(!picture.contains('#') && picture.contains("</svg>"), "{picture}");
        // As a browser reads it: the attribute, then the address. Only the quotation marks around attributes differ.
        let read = picture.replace("&amp;", "&").replace("%23", "#").replace("%25", "%");
        assert_eq!(read, figure.svg().replace('"', "'").replace('\n', ""));
        assert!(roxmltree::Document::parse(&read).is_ok(), "{read}");
        Ok(())
    }

    #[test]
    fn the_short_script_is_made_of_the_long_one() {
        // Whoever changes the long one makes the short one again, and writes this number anew.
        let sum = include_str!("interactive.js")
            .bytes()
            .fold(0u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        assert_eq!(sum, MADE_OF);
    }

    /// Of the long script that the short one was made of.
    const MADE_OF: u64 = 3_883_126_571_106_132_179;
}
