//! Shapes as SVG text.

use std::collections::BTreeMap;
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use plotters::style::{Color, RGBAColor, RGBColor};

use crate::error::Result;
use crate::font::{CSS_FAMILY, Weight};
use crate::png;
use crate::scene::{Anchor, Annotation, Cells, Level, Numbers, PathCommand, Rect, Scene, Shape, Stroke, Text};
use crate::theme::{INK, TEXT_SIZE};

/// Writes the scene as one SVG document. A screen reader says `title` and `description`.
///
/// Cells are rectangles, which every program draws sharp; more than [`RECTANGLES`] of them are pictures, which take less
/// room.
pub(crate) fn write(scene: &Scene, title: &str, description: &str) -> Result<String> {
    let pictures = has_many_cells(scene);
    let (width, height) = (number(scene.width), number(scene.height));
    let RGBColor(red, green, blue) = INK;
    let ink = format!("#{red:02x}{green:02x}{blue:02x}");
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" style=\"max-width:100%;height:auto\" role=\"img\" \
         font-family=\"{CSS_FAMILY}\" font-size=\"{TEXT_SIZE}\" fill=\"{ink}\" stroke-linejoin=\"round\">\n\
         <title>{}</title>\n<desc>{}</desc>\n",
        escape(title),
        escape(description)
    );
    for shape in &scene.shapes {
        write_shape(&mut out, shape, pictures)?;
    }
    out.push_str("</svg>\n");
    Ok(out)
}

/// The most cells of a figure that are drawn as rectangles.
const RECTANGLES: usize = 8_000;

/// Whether its cells are pictures, which say nothing when they are pointed at.
pub(crate) fn has_many_cells(scene: &Scene) -> bool {
    count_cells(&scene.shapes) > RECTANGLES
}

fn count_cells(shapes: &[Shape]) -> usize {
    let count = |shape: &Shape| match shape {
        Shape::Cells(cells) => cells.cells.len(),
        Shape::Group { shapes, .. } => count_cells(shapes),
        _ => 0,
    };
    shapes.iter().map(count).sum()
}

fn write_shape(out: &mut String, shape: &Shape, pictures: bool) -> Result<()> {
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
        Shape::Cells(cells) if pictures => write_picture(out, cells)?,
        Shape::Cells(cells) => write_cells(out, cells),
        Shape::Group { annotation, shapes } => {
            // So many cells are looked at from afar.
            let mut attributes = String::new();
            if !(pictures && matches!(annotation, Annotation::Map(_))) {
                write_annotation(&mut attributes, annotation, shapes);
            }
            let first = out.len();
            match &shapes[..] {
                // A shape alone needs no group around it.
                [one @ (Shape::Rect { .. } | Shape::Circle { .. } | Shape::Path { .. })] if !attributes.is_empty() => {
                    write_shape(out, one, pictures)?;
                    let name = out[first..].find(' ').map_or(out.len(), |end| first + end);
                    out.insert_str(name, &attributes);
                }
                shapes => {
                    out.push_str(&format!("<g{attributes}>\n"));
                    for shape in shapes {
                        write_shape(out, shape, pictures)?;
                    }
                    out.push_str("</g>\n");
                }
            }
        }
    }
    Ok(())
}

fn write_picture(out: &mut String, cells: &Cells) -> Result<()> {
    let Rect { x, y, width, height } = cells.rect;
    push(out, "<image", &[("x", x), ("y", y), ("width", width), ("height", height)]);
    let data = STANDARD.encode(png::encode_cells(cells)?);
    out.push_str(&format!(
        " preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{data}\"/>\n"
    ));
    Ok(())
}

/// A path for each colour: cells of one colour that lie beside each other are one rectangle of it. A cell is a unit of
/// these paths, so their numbers are short.
fn write_cells(out: &mut String, cells: &Cells) {
    let mut paths: BTreeMap<u8, String> = BTreeMap::new();
    for (row, line) in cells.cells.chunks(cells.columns.max(1)).enumerate() {
        let mut column = 0;
        for run in line.chunk_by(|one, next| one == next) {
            let (x, width) = (column, run.len());
            // Writing to a String cannot fail.
            let _ = write!(paths.entry(run[0]).or_default(), "M{x} {row}h{width}v1h-{width}z");
            column += width;
        }
    }
    let (width, height) = cells.cell_size();
    let (left, top) = (number(cells.rect.x), number(cells.rect.y));
    // More digits than a place has: a size is multiplied by the number of cells.
    let _ = writeln!(
        out,
        "<g transform=\"translate({left} {top}) scale({width:.5} {height:.5})\" shape-rendering=\"crispEdges\">"
    );
    for (color, steps) in paths {
        let [red, green, blue] = cells.palette[usize::from(color)];
        let _ = writeln!(out, "<path d=\"{steps}\" fill=\"#{red:02x}{green:02x}{blue:02x}\"/>");
    }
    out.push_str("</g>\n");
}

/// What the script beside a figure reads; see `interactive.js`.
fn write_annotation(out: &mut String, annotation: &Annotation, shapes: &[Shape]) {
    let mut attribute = |name: &str, value: &str| {
        let _ = write!(out, " data-{name}=\"{value}\"");
    };
    match annotation {
        Annotation::Note(note) => attribute("note", &escape(note)),
        Annotation::Series(name) => attribute("series", &escape(name)),
        Annotation::Switch(name) => attribute("switch", &escape(name)),
        Annotation::Chart { rect, x, y } => {
            attribute("chart", &sides(*rect));
            for (axis, scale) in [("x", x), ("y", y)] {
                let (low, high) = scale.ends;
                let kind = match scale.numbers {
                    Numbers::Plain => "",
                    Numbers::Percent => " percent",
                    Numbers::Log => " log",
                    Numbers::Exponent => " exponent",
                };
                attribute(axis, &format!("{low:e} {high:e}{kind}"));
                attribute(&format!("{axis}-name"), &escape(&scale.name));
            }
            if !x.words.is_empty() {
                attribute("words", &lines(&x.words));
            }
        }
        Annotation::Map(map) => {
            let cells = shapes.iter().find_map(|shape| match shape {
                Shape::Cells(cells) => Some(cells),
                _ => None,
            });
            let Some(cells) = cells else { return };
            attribute("map", &sides(cells.rect));
            attribute("size", &format!("{} {}", cells.columns, cells.rows()));
            attribute("ends", &format!("{:e} {:e} {}", map.ends.0, map.ends.1, cells.palette.len()));
            attribute("name", &escape(&map.name));
            attribute("axes", &lines(&map.axes));
            attribute("words", &lines(&map.columns));
            attribute("cells", &STANDARD.encode(&cells.cells));
        }
    }
}

fn sides(rect: Rect) -> String {
    [rect.x, rect.y, rect.width, rect.height].map(number).join(" ")
}

/// Texts of which none has a line's end.
fn lines(texts: &[String]) -> String {
    texts.iter().map(|text| escape(text)).collect::<Vec<_>>().join("&#10;")
}

fn write_text(out: &mut String, text: &Text) {
    push(out, "<text", &[("x", text.at.0), ("y", text.at.1)]);
    if text.size != TEXT_SIZE {
        push(out, "", &[("font-size", text.size)]);
    }
    match text.anchor {
        Anchor::Start => {}
        Anchor::Middle => out.push_str(" text-anchor=\"middle\""),
        Anchor::End => out.push_str(" text-anchor=\"end\""),
    }
    if text.weight == Weight::SemiBold {
        out.push_str(" font-weight=\"600\"");
    }
    if text.color != INK.to_rgba() {
        color(out, "fill", text.color);
    }
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
        if stroke.width != 1.0 {
            push(out, "", &[("stroke-width", stroke.width)]);
        }
        if let Some((dash, gap)) = stroke.dash {
            out.push_str(&format!(" stroke-dasharray=\"{} {}\"", number(dash), number(gap)));
        }
    }
    out.push_str("/>\n");
}

fn color(out: &mut String, attribute: &str, RGBAColor(red, green, blue, alpha): RGBAColor) {
    out.push_str(&format!(" {attribute}=\"#{red:02x}{green:02x}{blue:02x}\""));
    if alpha < 1.0 {
        out.push_str(&format!(" {attribute}-opacity=\"{alpha:.2}\""));
    }
}

fn point((x, y): (f64, f64)) -> String {
    format!("{} {}", number(x), number(y))
}

/// At most one decimal (a tenth of a pixel is not seen), no trailing zeros, no "-0": the same number is always the same
/// text.
fn number(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0 + 0.0;
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
    use crate::scene::Map;

    #[test]
    fn cells_are_rectangles_and_say_their_numbers() -> Result<()> {
        let mut scene = Scene::new(10.0, 10.0);
        let cells = Cells {
            rect: Rect::new(1.0, 2.0, 6.0, 4.0),
            columns: 3,
            cells: vec![0, 0, 1, 1, 0, 1],
            palette: vec![[0, 0, 0], [255, 255, 255]],
        };
        let columns = ["\"a\"\n", "<b>", "c"].map(String::from).to_vec();
        let map = Map { name: "gate".into(), axes: ["word".into(), "unit".into()], columns, ends: (0.0, 1.0) };
        scene.group(Annotation::Map(map), |scene| scene.cells(cells));
        let svg = write(&scene, "t", "d")?;
        assert!(svg.contains("<g transform=\"translate(1 2) scale(2.00000 2.00000)\""), "{svg}");
        assert!(svg.contains("<path d=\"M0 0h2v1h-2zM1 1h1v1h-1z\" fill=\"#000000\"/>"), "{svg}");
        assert!(svg.contains("<path d=\"M2 0h1v1h-1zM0 1h1v1h-1zM2 1h1v1h-1z\" fill=\"#ffffff\"/>"), "{svg}");
        assert!(svg.contains("data-words=\"&quot;a&quot; &#10;&lt;b&gt;&#10;c\" data-cells=\"AAABAQAB\""), "{svg}");
        Ok(())
    }

    #[test]
    fn numbers_are_short_and_have_one_form() {
        assert_eq!(number(1.0), "1");
        assert_eq!(number(-0.0001), "0");
        assert_eq!(number(12.3456), "12.3");
    }

    #[test]
    fn text_is_escaped() {
        assert_eq!(escape("<b a='1'>\"&\u{0}\n"), "&lt;b a=&#39;1&#39;&gt;&quot;&amp;\u{FFFD} ");
    }
}
