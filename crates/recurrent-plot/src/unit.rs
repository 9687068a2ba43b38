//! One unit of a layer over a sentence, and a classifier's answer after every word.

use crate::chart::{Axes, axis_range, line};
use crate::check::Check;
use crate::error::Result;
use crate::figure::Figure;
use crate::mark::{Annotated, Marker, Markers, series_line};
use crate::page::Page;
use crate::scene::{Numbers, Rect};
use crate::theme::{MARGIN, WIDTH, quantity, series};
use crate::word_axis::{self, MOST_WORDS};

/// A name and its numbers, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// The name in the legend.
    pub name: String,
    /// The numbers.
    pub values: Vec<f64>,
}

const LINES: usize = 8;
/// Of longer sentences only the lines are drawn, without a dot per word.
pub(crate) const DOTTED: usize = 60;

/// Draws one unit's gates (0 to 1) and, below them, its states (candidate, cell, hidden) over a
/// sentence.
///
/// Every series has one number per word. `states` may be empty, or `gates`, as a simple recurrent layer has none.
///
/// # Errors
/// No word or more than 120, neither gate nor state, more than eight series of a kind, a series of another length,
/// a gate that is not in 0..1, a number that is not finite.
///
/// ```
/// use recurrent_plot::{Series, unit_over_words};
/// let words = ["dogs", "bark"].map(String::from);
/// let gate = Series { name: "input gate".into(), values: vec![0.1, 0.9] };
/// let cell = Series { name: "cell state".into(), values: vec![-0.5, 1.5] };
/// assert!(unit_over_words("Unit 3", &words, &[gate], &[cell])?.svg().contains("cell state"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn unit_over_words(title: &str, words: &[String], gates: &[Series], states: &[Series]) -> Result<Figure> {
    let check = Check("unit_over_words");
    if states.is_empty() {
        check.some("gate", gates)?;
    }
    check_lines(check, words, gates)?;
    check_lines(check, words, states)?;
    for gate in gates {
        check.shares(&format!("gate {:?}", gate.name), &gate.values)?;
    }
    let mut page = Page::new(title, "");
    let names = gates.iter().chain(states).enumerate();
    page.legend(names.map(|(index, one)| (&*one.name, quantity(&one.name, index), Marker::Line)));
    if !gates.is_empty() {
        let axes = Axes { title: "gates", y: "0 closed, 1 open", y_ticks: 4, ..Axes::default() };
        let plot = lines(&mut page, words, 190.0, gates, 0, (0.0, 1.02), &axes)?;
        if states.is_empty() {
            let bottom = plot.bottom() + word_axis::draw(&mut page.scene, plot, words);
            return page.finish(bottom + 14.0);
        }
        page.top += 18.0;
    }
    let (low, high) = axis_range(states.iter().flat_map(|state| state.values.iter().copied()), 0.08);
    let axes = Axes { title: "states", y: "value", y_ticks: 5, ..Axes::default() };
    let plot = lines(&mut page, words, 190.0, states, gates.len(), (low.min(-0.1), high.max(0.1)), &axes)?;
    let bottom = plot.bottom() + word_axis::draw(&mut page.scene, plot, words);
    page.finish(bottom + 14.0)
}

/// Draws a classifier's probability of each class after every word of a sentence.
///
/// Each series is a class and has one number per word.
///
/// # Errors
/// As [`unit_over_words`].
///
/// ```
/// use recurrent_plot::{Series, prediction_trajectory};
/// let words = ["dogs", "bark"].map(String::from);
/// let class = |name: &str, values: [f64; 2]| Series { name: name.into(), values: values.to_vec() };
/// let classes = [class("pets", [0.4, 0.9]), class("cars", [0.6, 0.1])];
/// let figure = prediction_trajectory("After every word", &words, &classes)?;
/// assert!(figure.svg().contains("pets"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
pub fn prediction_trajectory(title: &str, words: &[String], classes: &[Series]) -> Result<Figure> {
    let check = Check("prediction_trajectory");
    check.some("class", classes)?;
    check_lines(check, words, classes)?;
    for class in classes {
        check.shares(&format!("class {:?}", class.name), &class.values)?;
    }
    let mut page = Page::new(title, "What the classifier would answer if the text ended after this word.");
    page.legend(classes.iter().enumerate().map(|(index, class)| (&*class.name, series(index), Marker::Line)));
    let axes = Axes { y: "probability", y_numbers: Numbers::Percent, ..Axes::default() };
    let plot = lines(&mut page, words, 260.0, classes, 0, (0.0, 1.02), &axes)?;
    let bottom = plot.bottom() + word_axis::draw(&mut page.scene, plot, words);
    page.finish(bottom + 14.0)
}

fn check_lines(check: Check, words: &[String], lines: &[Series]) -> Result<()> {
    check.some("word", words)?;
    check.at_most("words", words.len(), MOST_WORDS)?;
    check.at_most("series", lines.len(), LINES)?;
    for one in lines {
        check.length(&format!("series {:?}", one.name), &one.values, words.len())?;
        check.finite(&format!("series {:?}", one.name), &one.values)?;
    }
    Ok(())
}

/// Lines with a dot per word; returns the rectangle between the axes, under which the words belong.
fn lines(
    page: &mut Page,
    words: &[String],
    height: f64,
    lines: &[Series],
    first_color: usize,
    (low, high): (f64, f64),
    axes: &Axes,
) -> Result<Rect> {
    let rect = Rect::new(MARGIN, page.top, WIDTH - 2.0 * MARGIN, height);
    let end = words.len() as f64 - 0.5;
    let plot = page.chart(rect, -0.5..end, low..high, &Axes { x: "word", words, x_ticks: 0, ..*axes }, |chart| {
        for (index, one) in lines.iter().enumerate() {
            let color = quantity(&one.name, first_color + index);
            let places = || one.values.iter().enumerate().map(|(word, &value)| (word as f64, value));
            chart.draw_series([series_line(&one.name, places(), line(color, 1.8))])?;
            if words.len() <= DOTTED {
                chart.draw_series([Annotated::series(&one.name, Markers::dots(places(), 2.6, color))])?;
            }
        }
        Ok(())
    })?;
    page.top = plot.bottom();
    Ok(plot)
}
