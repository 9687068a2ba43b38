//! Shapes as pixels.

use plotters::style::RGBAColor;
use tiny_skia::{FillRule, Paint, Path, PathBuilder, Pixmap, PixmapMut, StrokeDash, Transform};
use ttf_parser::OutlineBuilder;

use crate::error::{PlotError, Result};
use crate::font;
use crate::scene::{Anchor, Cells, PathCommand, Rect, Scene, Shape, Stroke, Text};

/// Pixels of a saved PNG per CSS pixel, so that it stays sharp on a dense screen and on paper.
const SCALE: f32 = 2.0;

/// Paints the scene and encodes it.
pub(crate) fn encode(scene: &Scene) -> Result<Vec<u8>> {
    let (width, height) = ((scene.width as f32 * SCALE).round() as u32, (scene.height as f32 * SCALE).round() as u32);
    let mut pixels = Pixmap::new(width, height).ok_or_else(|| PlotError::Chart("the figure has no area".to_owned()))?;
    for shape in &scene.shapes {
        paint_shape(&mut pixels.as_mut(), shape);
    }
    // A figure's background is opaque, so premultiplied colours are plain colours.
    let rgb: Vec<u8> = pixels.pixels().iter().flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&rgb)?;
    Ok(file)
}

/// Encodes cells, one pixel each: a browser stretches them without smoothing.
pub(crate) fn encode_cells(cells: &Cells) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, cells.columns as u32, cells.rows() as u32);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(cells.palette.concat());
    encoder.write_header()?.write_image_data(&cells.cells)?;
    Ok(file)
}

fn paint_shape(pixels: &mut PixmapMut, shape: &Shape) {
    match shape {
        Shape::Rect { rect, radius, fill, stroke } => paint_path(pixels, rounded(*rect, *radius), *fill, *stroke),
        Shape::Circle { center, radius, fill, stroke } => {
            let circle = PathBuilder::from_circle(center.0 as f32, center.1 as f32, *radius as f32);
            paint_path(pixels, circle, *fill, *stroke);
        }
        Shape::Path { steps, fill, stroke } => {
            let mut builder = PathBuilder::new();
            for step in steps {
                match *step {
                    PathCommand::Move((x, y)) => builder.move_to(x as f32, y as f32),
                    PathCommand::Line((x, y)) => builder.line_to(x as f32, y as f32),
                    PathCommand::Curve((x1, y1), (x2, y2), (x, y)) => {
                        builder.cubic_to(x1 as f32, y1 as f32, x2 as f32, y2 as f32, x as f32, y as f32);
                    }
                    PathCommand::Close => builder.close(),
                }
            }
            paint_path(pixels, builder.finish(), *fill, *stroke);
        }
        Shape::Text(text) => paint_text(pixels, text),
        Shape::Group { shapes, .. } => shapes.iter().for_each(|shape| paint_shape(pixels, shape)),
        Shape::Cells(cells) => {
            let (width, height) = cells.cell_size();
            for (index, &cell) in cells.cells.iter().enumerate() {
                let (row, column) = (index / cells.columns, index % cells.columns);
                let [red, green, blue] = cells.palette[usize::from(cell)];
                let place =
                    Rect::new(cells.rect.x + column as f64 * width, cells.rect.y + row as f64 * height, width, height);
                if let Some(rect) = rect_of(place) {
                    // Neighbours share an edge exactly, so no seam shows.
                    let paint = Paint { anti_alias: false, ..paint_of(RGBAColor(red, green, blue, 1.0)) };
                    pixels.fill_rect(rect, &paint, Transform::from_scale(SCALE, SCALE), None);
                }
            }
        }
    }
}

fn paint_path(pixels: &mut PixmapMut, path: Option<Path>, fill: Option<RGBAColor>, stroke: Option<Stroke>) {
    // A path without a length paints nothing.
    let Some(path) = path else { return };
    let scale = Transform::from_scale(SCALE, SCALE);
    if let Some(fill) = fill {
        pixels.fill_path(&path, &paint_of(fill), FillRule::Winding, scale, None);
    }
    if let Some(stroke) = stroke {
        let dash = stroke.dash.and_then(|(dash, gap)| StrokeDash::new(vec![dash as f32, gap as f32], 0.0));
        let style = tiny_skia::Stroke {
            width: stroke.width as f32,
            line_join: tiny_skia::LineJoin::Round,
            dash,
            ..tiny_skia::Stroke::default()
        };
        pixels.stroke_path(&path, &paint_of(stroke.color), &style, scale, None);
    }
}

fn paint_text(pixels: &mut PixmapMut, text: &Text) {
    let start = match text.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => -text.width() / 2.0,
        Anchor::End => -text.width(),
    };
    let mut letters = Letters(PathBuilder::new());
    let mut pen = start;
    for span in &text.spans {
        let size = text.size * span.level.scale();
        font::outline(&span.text, (pen, span.level.drop() * text.size), size, text.weight, &mut letters);
        pen += font::width(&span.text, size, text.weight);
    }
    let Some(path) = letters.0.finish() else {
        return;
    };
    let place = Transform::from_rotate(text.rotate as f32)
        .post_translate(text.at.0 as f32, text.at.1 as f32)
        .post_scale(SCALE, SCALE);
    pixels.fill_path(&path, &paint_of(text.color), FillRule::Winding, place, None);
}

struct Letters(PathBuilder);

impl OutlineBuilder for Letters {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.0.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.0.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.0.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.0.close();
    }
}

fn paint_of(RGBAColor(red, green, blue, alpha): RGBAColor) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(red, green, blue, (alpha * 255.0).round() as u8);
    paint
}

fn rect_of(rect: Rect) -> Option<tiny_skia::Rect> {
    tiny_skia::Rect::from_ltrb(rect.x as f32, rect.y as f32, rect.right() as f32, rect.bottom() as f32)
}

fn rounded(rect: Rect, radius: f64) -> Option<Path> {
    let (left, top, right, bottom) = (rect.x as f32, rect.y as f32, rect.right() as f32, rect.bottom() as f32);
    if radius <= 0.0 {
        return rect_of(rect).map(PathBuilder::from_rect);
    }
    let radius = radius.min(rect.width / 2.0).min(rect.height / 2.0) as f32;
    // Distance of a cubic's control point that makes it a quarter of a circle.
    let k = radius * (1.0 - 0.552_284_8);
    let mut builder = PathBuilder::new();
    builder.move_to(left + radius, top);
    builder.line_to(right - radius, top);
    builder.cubic_to(right - k, top, right, top + k, right, top + radius);
    builder.line_to(right, bottom - radius);
    builder.cubic_to(right, bottom - k, right - k, bottom, right - radius, bottom);
    builder.line_to(left + radius, bottom);
    builder.cubic_to(left + k, bottom, left, bottom - k, left, bottom - radius);
    builder.line_to(left, top + radius);
    builder.cubic_to(left, top + k, left + k, top, left + radius, top);
    builder.close();
    builder.finish()
}
