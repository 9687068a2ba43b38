//! Colours and sizes, in one place.
//!
//! The series colours are those of Okabe and Ito (2008), which people with any of the common
//! colour-vision deficiencies tell apart. A figure is a white sheet with a thin border, so it reads
//! the same on a light and on a dark page.

use plotters::style::{Color, RGBAColor, RGBColor};

/// Width of a figure in CSS pixels: that of a notebook's output.
pub(crate) const WIDTH: f64 = 800.0;
/// Space between the sheet's edge and what is drawn.
pub(crate) const MARGIN: f64 = 20.0;

pub(crate) const TITLE_SIZE: f64 = 17.0;
pub(crate) const PANEL_SIZE: f64 = 13.5;
pub(crate) const TEXT_SIZE: f64 = 12.5;
pub(crate) const TICK_SIZE: f64 = 11.5;

pub(crate) const PAPER: RGBColor = RGBColor(255, 255, 255);
pub(crate) const INK: RGBColor = RGBColor(31, 35, 40);
pub(crate) const MUTED: RGBColor = RGBColor(87, 96, 106);
pub(crate) const BORDER: RGBColor = RGBColor(208, 215, 222);
pub(crate) const GRID: RGBColor = RGBColor(234, 238, 242);
/// Background of a box in a diagram, or of a bar that is not the point.
pub(crate) const SHADE: RGBColor = RGBColor(246, 248, 250);

pub(crate) const BLUE: RGBColor = RGBColor(0, 114, 178);
pub(crate) const VERMILION: RGBColor = RGBColor(213, 94, 0);
pub(crate) const GREEN: RGBColor = RGBColor(0, 158, 115);
pub(crate) const PURPLE: RGBColor = RGBColor(204, 121, 167);
pub(crate) const ORANGE: RGBColor = RGBColor(230, 159, 0);
pub(crate) const SKY: RGBColor = RGBColor(86, 180, 233);

const BROWN: RGBColor = RGBColor(122, 84, 31);

const SERIES: [RGBColor; 8] = [BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, RGBColor(90, 90, 90), BROWN];

/// The colour of the `index`-th series; after eight they repeat.
pub(crate) fn series(index: usize) -> RGBColor {
    SERIES[index % SERIES.len()]
}

/// The colour of a gate or a state of this name, the same in every figure; of another series that of its place. A name
/// ends with its symbol ("forget gate f") or is known in words.
pub(crate) fn quantity(name: &str, index: usize) -> RGBColor {
    let known = [
        ("input gate", SKY),
        ("forget gate", PURPLE),
        ("candidate", ORANGE),
        ("output gate", BROWN),
        ("cell state", BLUE),
        ("hidden state", VERMILION),
        ("reset gate", SKY),
        ("update gate", PURPLE),
        ("state", VERMILION),
    ];
    let found = known.into_iter().find(|(start, _)| name.starts_with(start));
    found.map_or_else(|| series(index), |(_, color)| color)
}

/// A range of numbers as colours: evenly spaced stops, linear in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ColorMap(pub(crate) &'static [RGBColor]);

/// From nothing (white) to everything (dark blue): gates in 0..1, counts, shares.
pub(crate) const SEQUENTIAL: ColorMap = ColorMap(&[
    RGBColor(252, 253, 254),
    RGBColor(198, 219, 239),
    RGBColor(107, 174, 214),
    RGBColor(33, 113, 181),
    RGBColor(8, 48, 107),
]);

/// From negative (orange) over zero (near white) to positive (blue): states in -1..1.
pub(crate) const DIVERGING: ColorMap = ColorMap(&[
    RGBColor(158, 62, 0),
    RGBColor(236, 145, 64),
    RGBColor(248, 247, 245),
    RGBColor(86, 160, 211),
    RGBColor(4, 66, 116),
]);

impl ColorMap {
    /// The colour at `position`, 0 for the first stop and 1 for the last; outside it the ends are
    /// used.
    pub(crate) fn at(self, position: f64) -> RGBColor {
        let last = self.0.len() - 1;
        let place = position.clamp(0.0, 1.0) * last as f64;
        let low = (place.floor() as usize).min(last - 1);
        let share = place - low as f64;
        let (a, b) = (self.0[low], self.0[low + 1]);
        let mix = |from: u8, to: u8| (f64::from(from) + (f64::from(to) - f64::from(from)) * share).round() as u8;
        RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
    }
}

/// Colours of a heatmap's picture: 255 steps, so that the middle of a diverging scale is a step of
/// its own.
pub(crate) fn palette(map: ColorMap) -> Vec<[u8; 3]> {
    (0..255).map(|step| map.at(f64::from(step) / 254.0)).map(|RGBColor(red, green, blue)| [red, green, blue]).collect()
}

/// A plain colour for shapes.
pub(crate) fn solid(color: RGBColor) -> Option<RGBAColor> {
    Some(color.to_rgba())
}

/// Black or white, whichever is easier to read on `background` (relative luminance as in WCAG 2).
pub(crate) fn ink_on(background: RGBColor) -> RGBColor {
    let linear = |channel: u8| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    let luminance = 0.2126 * linear(background.0) + 0.7152 * linear(background.1) + 0.0722 * linear(background.2);
    if luminance > 0.25 { INK } else { PAPER }
}
