//! Shapes as SVG text.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use plotters::style::RGBAColor;

use crate::error::Result;
use crate::font::{CSS_FAMILY, Weight};
use crate::png;
use crate::scene::{Anchor, Level, PathCommand, Scene, Shape, Stroke, Text};

/// Writes the scene as one SVG document. `title` is what a screen reader says.
pub(crate) fn write(scene: &Scene, title: &str) -> Result<String> {
    let (width, height) = (number(scene.width), number(scene.height));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" \
         style=\"max-width:100%;height:auto\" role=\"img\" aria-label=\"{}\" font-family=\"{CSS_FAMILY}\">\n",
        escape(title)
    );
    for shape in &scene.shapes {
        write_shape(&mut out, shape)?;
    }
    out.push_str("</svg>\n");
    Ok(out)
}

fn write_shape(out: &mut String, shape: &Shape) -> Result<()> {
    match shape {
        Shape::Rect { rect, radius, fill, stroke } => {
            push(out, "<rect", &[("x", rect.x), ("y", rect.y), ("width", rect.width), ("height", rect.height)]);
            if *radius > 0.0 {
                push(out, "", &[("rx", *radius)]);
            }
            paint(out, *fill, *stroke);
        }
        Shape::Circle { center, radius, fill, stroke } => {
            push(out, "<circle", &[("cx", center.0), ("cy", center.1), ("r", *radius)]);
            paint(out, *fill, *stroke);
        }
        Shape::Path { steps, fill, stroke } => {
            out.push_str("<path d=\"");
            for step in steps {
                match *step {
                    PathCommand::Move(to) => out.push_str(&format!("M{}", point(to))),
                    PathCommand::Line(to) => out.push_str(&format!("L{}", point(to))),
                    PathCommand::Curve(a, b, to) => out.push_str(&format!("C{} {} {}", point(a), point(b), point(to))),
                    PathCommand::Close => out.push('Z'),
                }
            }
            out.push('"');
            paint(out, *fill, *stroke);
        }
        Shape::Text(text) => write_text(out, text),
        Shape::Image(image) => {
            push(
                out,
                "<image",
                &[("x", image.rect.x), ("y", image.rect.y), ("width", image.rect.width), ("height", image.rect.height)],
            );
            let data = STANDARD.encode(png::encode_cells(image)?);
            out.push_str(&format!(
                " preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" \
                 href=\"data:image/png;base64,{data}\"/>\n"
            ));
        }
    }
    Ok(())
}

fn write_text(out: &mut String, text: &Text) {
    push(out, "<text", &[("x", text.at.0), ("y", text.at.1), ("font-size", text.size)]);
    match text.anchor {
        Anchor::Start => {}
        Anchor::Middle => out.push_str(" text-anchor=\"middle\""),
        Anchor::End => out.push_str(" text-anchor=\"end\""),
    }
    if text.weight == Weight::SemiBold {
        out.push_str(" font-weight=\"600\"");
    }
    color(out, "fill", text.color);
    if text.rotate != 0.0 {
        out.push_str(&format!(" transform=\"rotate({} {})\"", number(text.rotate), point(text.at)));
    }
    if text.fit {
        push(out, "", &[("textLength", text.width())]);
        out.push_str(" lengthAdjust=\"spacingAndGlyphs\"");
    }
    out.push('>');
    let mut drop = 0.0;
    for span in &text.spans {
        let target = span.level.drop() * text.size;
        if span.level == Level::Base && drop == 0.0 {
            out.push_str(&escape(&span.text));
        } else {
            let size = number(text.size * span.level.scale());
            let (dy, letters) = (number(target - drop), escape(&span.text));
            out.push_str(&format!("<tspan dy=\"{dy}\" font-size=\"{size}\">{letters}</tspan>"));
        }
        drop = target;
    }
    out.push_str("</text>\n");
}

fn push(out: &mut String, open: &str, attributes: &[(&str, f64)]) {
    out.push_str(open);
    for (name, value) in attributes {
        out.push_str(&format!(" {name}=\"{}\"", number(*value)));
    }
}

fn paint(out: &mut String, fill: Option<RGBAColor>, stroke: Option<Stroke>) {
    match fill {
        Some(fill) => color(out, "fill", fill),
        None => out.push_str(" fill=\"none\""),
    }
    if let Some(stroke) = stroke {
        color(out, "stroke", stroke.color);
        push(out, "", &[("stroke-width", stroke.width)]);
        if let Some((dash, gap)) = stroke.dash {
            out.push_str(&format!(" stroke-dasharray=\"{} {}\"", number(dash), number(gap)));
        }
        out.push_str(" stroke-linejoin=\"round\"");
    }
    out.push_str("/>\n");
}

fn color(out: &mut String, attribute: &str, RGBAColor(red, green, blue, alpha): RGBAColor) {
    out.push_str(&format!(" {attribute}=\"#{red:02x}{green:02x}{blue:02x}\""));
    if alpha < 1.0 {
        push(out, "", &[(&format!("{attribute}-opacity"), alpha)]);
    }
}

fn point((x, y): (f64, f64)) -> String {
    format!("{} {}", number(x), number(y))
}

/// At most two decimals, no trailing zeros, no "-0": the same number is always the same text.
fn number(value: f64) -> String {
    let rounded = (value * 100.0).round() / 100.0 + 0.0;
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write!(text, "{rounded}");
    text
}

/// A caller's text on one line, as it may stand in an attribute or between tags.
fn escape(text: &str) -> String {
    escape_xml(&text.replace(['\t', '\n', '\r'], " "))
}

/// Text as it may stand in an attribute or between tags of SVG and HTML: markup characters become entities, and
/// control characters, which XML forbids, U+FFFD.
pub fn escape_xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(letter),
            '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            letter if letter.is_control() => out.push('\u{FFFD}'),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_have_one_form() {
        assert_eq!(number(1.0), "1");
        assert_eq!(number(-0.0001), "0");
        assert_eq!(number(12.3456), "12.35");
    }

    #[test]
    fn text_is_escaped() {
        assert_eq!(escape("<b a='1'>\"&\u{0}\n"), "&lt;b a=&#39;1&#39;&gt;&quot;&amp;\u{FFFD} ");
    }
}
