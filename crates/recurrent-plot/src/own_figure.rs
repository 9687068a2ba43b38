//! A figure that a learner draws with plotters, on the sheet of all others.

use std::error::Error;

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::style::RGBColor;

use crate::canvas::Canvas;
use crate::error::{PlotError, Result};
use crate::figure::Figure;
use crate::page::Page;
use crate::scene::Rect;
use crate::theme::{self, MARGIN, WIDTH};

/// The tallest chart, in pixels.
const TALLEST: u32 = 4000;

/// A figure with a title, whose chart `draw` draws with [plotters](https://docs.rs/plotters) on an area of 760 x `height`
/// pixels, as it would inside of [`evcxr_figure`](https://docs.rs/plotters/latest/plotters/evcxr/fn.evcxr_figure.html).
/// It has the sheet and the font of the lesson's figures and is saved as they are; [`series_color`] has their colours.
///
/// ```
/// use plotters::prelude::*;
/// use recurrent_plot::{own_figure, series_color};
///
/// let losses = [1.39, 0.82, 0.55, 0.47];
/// let figure = own_figure("The loss of each epoch", 240, |root| {
///     let mut chart = ChartBuilder::on(&root)
///         .x_label_area_size(30)
///         .y_label_area_size(40)
///         .build_cartesian_2d(1..losses.len(), 0.0..1.5)?;
///     chart.configure_mesh().x_desc("epoch").draw()?;
///     chart.draw_series(LineSeries::new((1..).zip(losses), series_color(0).stroke_width(2)))?;
///     Ok(())
/// })?;
/// assert_eq!(figure.title(), "The loss of each epoch");
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
///
/// # Errors
/// What `draw` gives back; a height of 0 or more than 4,000.
pub fn own_figure<F>(title: &str, height: u32, draw: F) -> Result<Figure>
where
    F: for<'a> FnOnce(DrawingArea<Canvas<'a>, Shift>) -> std::result::Result<(), Box<dyn Error>>,
{
    if height == 0 || height > TALLEST {
        return Err(PlotError::OutOfRange {
            figure: "own_figure",
            what: "height".into(),
            value: f64::from(height),
            expected: "1 to 4000",
        });
    }
    let mut page = Page::new(title, "");
    let rect = Rect::new(MARGIN, page.top, WIDTH - 2.0 * MARGIN, f64::from(height));
    draw(Canvas::area_in_pixels(&mut page.scene, rect)).map_err(|error| PlotError::Chart(error.to_string()))?;
    page.finish(rect.bottom() + MARGIN)
}

/// The colour of the `index`-th series in the lesson's figures, which people with any of the common colour-vision
/// deficiencies tell apart ([Okabe and Ito, 2008](https://jfly.uni-koeln.de/color/)); after eight they repeat.
pub fn series_color(index: usize) -> RGBColor {
    theme::series(index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use plotters::prelude::Rectangle;
    use plotters::style::{BLACK, Color};

    #[test]
    fn a_unit_of_its_chart_is_a_pixel() -> Result<()> {
        let figure = own_figure("Own", 100, |root| {
            assert_eq!(root.dim_in_pixel(), (760, 100));
            root.draw(&Rectangle::new([(0, 0), (760, 100)], BLACK.stroke_width(2)))?;
            Ok(())
        })?;
        let svg = figure.svg();
        assert!(svg.contains("x=\"20\"") && svg.contains("width=\"760\" height=\"100\""), "{svg}");
        assert!(svg.contains("stroke-width=\"2\""), "{svg}");
        Ok(())
    }

    #[test]
    fn an_error_in_the_drawing_is_an_error_of_the_figure() {
        let failed =
            own_figure("Own", 100, |_| Err("no numbers".into())).map(|_| ()).map_err(|error| error.to_string());
        assert_eq!(failed, Err("drawing the chart failed: no numbers".into()));
        let flat = own_figure("Own", 0, |_| Ok(())).map(|_| ()).map_err(|error| error.to_string());
        assert_eq!(flat, Err("own_figure: height is 0, expected 1 to 4000".into()));
    }
}
