//! Which classes a classifier takes for which.

use plotters::style::Color;

use crate::check::Check;
use crate::error::Result;
use crate::figure::Figure;
use crate::label::{compact, shorten, thousands};
use crate::page::{Page, color_steps};
use crate::scene::{Anchor, Cells, Rect, Stroke, Text};
use crate::theme::{BORDER, MARGIN, MUTED, SEQUENTIAL, TEXT_SIZE, WIDTH, ink_on, palette, solid};

const CLASSES: usize = 24;

/// Draws how many rows of each class (down) were predicted as each class (across). Colours are
/// shares of a row of the matrix, so a rare class is as easy to judge as a frequent one.
///
/// `counts[truth][predicted]` is a number of rows.
///
/// # Errors
/// No class, more than 24, or a matrix that is not classes x classes.
///
/// ```
/// let classes = ["World", "Sports"].map(String::from);
/// let figure = recurrent_plot::confusion_matrix(&classes, &[vec![9, 1], vec![2, 8]])?;
/// assert!(figure.svg().contains("85.00 % are right"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn confusion_matrix(classes: &[String], counts: &[Vec<u64>]) -> Result<Figure> {
    let check = Check("confusion_matrix");
    check.some("class", classes)?;
    check.at_most("classes", classes.len(), CLASSES)?;
    check.length("counts", counts, classes.len())?;
    for (truth, row) in counts.iter().enumerate() {
        check.length(&format!("counts[{truth}]"), row, classes.len())?;
    }
    let right: u128 = (0..classes.len()).map(|class| u128::from(counts[class][class])).sum();
    let all: u128 = counts.iter().flatten().map(|&count| u128::from(count)).sum();
    let note = if all == 0 {
        "No row was classified.".to_owned()
    } else {
        let share = right as f64 / all as f64 * 100.0;
        format!("{right} of {all} rows are on the diagonal: {share:.2} % are right. Colour: share of the row.")
    };
    let mut page = Page::new("Confusion matrix", &note);
    let names: Vec<String> = classes.iter().map(|name| shorten(name, 18)).collect();
    let label = names.iter().map(|name| Text::new(name, (0.0, 0.0)).width() * 1.1).fold(30.0, f64::max);
    let (left, top) = (MARGIN + 26.0 + label + 10.0, page.top + 24.0);
    let cell = ((WIDTH - MARGIN - 110.0 - left) / classes.len() as f64).min(118.0);
    let height = cell.min(54.0);
    let slanted = label > cell - 6.0;
    let top = if slanted { top + label * 0.72 + 4.0 } else { top + 18.0 };
    let size = cell * classes.len() as f64;
    let tall = height * classes.len() as f64;
    let scene = &mut page.scene;
    let axis = |text, at| Text::new(text, at).color(MUTED).anchor(Anchor::Middle);
    scene.text(axis("predicted class", (left + size / 2.0, page.top + TEXT_SIZE)));
    scene.text(axis("true class", (MARGIN + TEXT_SIZE, top + tall / 2.0)).rotate(-90.0));
    for (index, name) in names.iter().enumerate() {
        let (x, y) = (left + cell * (index as f64 + 0.5), top + height * (index as f64 + 0.5));
        scene.text(Text::new(name, (left - 10.0, y)).anchor(Anchor::End).centered_y());
        scene.text(if slanted {
            Text::new(name, (x - 2.0, top - 8.0)).rotate(-45.0)
        } else {
            Text::new(name, (x, top - 8.0)).anchor(Anchor::Middle)
        });
    }
    for (truth, row) in counts.iter().enumerate() {
        let total: u128 = row.iter().map(|&count| u128::from(count)).sum();
        for (predicted, &count) in row.iter().enumerate() {
            let share = if total == 0 { 0.0 } else { count as f64 / total as f64 };
            let color = SEQUENTIAL.at(share);
            let rect = Rect::new(left + cell * predicted as f64, top + height * truth as f64, cell, height);
            let (x, y) = rect.center();
            let ink = ink_on(color);
            let number = |text: String, size: f64, y: f64| {
                Text::new(text, (x, y)).size(size).color(ink).anchor(Anchor::Middle).centered_y()
            };
            let digits = TEXT_SIZE.min(cell / 3.1);
            let note = format!(
                "true {}, predicted {}: {} ({:.1} %)",
                names[truth],
                names[predicted],
                thousands(count.into()),
                share * 100.0
            );
            scene.noted(note, |scene| {
                scene.rect(rect, 0.0, solid(color), Some(Stroke::new(BORDER, 1.0)));
                if cell >= 52.0 && height >= 40.0 {
                    scene.text(number(compact(count), 14.0, y - 9.0).bold());
                    scene.text(number(format!("{:.1} %", share * 100.0), 11.0, y + 10.0).color(ink.mix(0.9)));
                } else {
                    scene.text(number(compact(count), digits, y));
                }
            });
        }
    }
    let bar = Rect::new(left + size + 46.0, top + 4.0, 14.0, tall.min(150.0) - 8.0);
    share_bar(&mut page, bar);
    page.finish(top + tall + 22.0)
}

/// The scale of colours, upright: all of a row at the top, nothing at the bottom.
fn share_bar(page: &mut Page, rect: Rect) {
    let mut colors = palette(SEQUENTIAL);
    colors.reverse();
    page.scene.cells(Cells { rect, columns: 1, cells: color_steps(&colors), palette: colors });
    page.scene.rect(rect, 0.0, None, Some(Stroke::new(BORDER, 1.0)));
    for (y, text) in [(rect.y, "100 %"), (rect.center().1, "50 %"), (rect.bottom(), "0 %")] {
        page.scene.text(Text::new(text, (rect.right() + 6.0, y)).size(11.0).color(MUTED).centered_y());
    }
}
