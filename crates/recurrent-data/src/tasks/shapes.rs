//! Images with captions, for a network that reads an image row by row and says what is on it (after Xu et al., Show,
//! Attend and Tell, 2015, arXiv 1502.03044).

use super::pick;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Rows and columns of an image.
pub const SIDE: usize = 24;

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Round.
    Circle,
    /// As wide as it is high.
    Square,
    /// A corner at the top.
    Triangle,
}

/// An image and what is on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// 24*24 numbers from 0 (dark) to 1, row by row.
    pub pixels: Vec<f32>,
    /// As `a large circle at the top left`.
    pub caption: String,
    /// What is drawn.
    pub shape: Shape,
    /// Whether it is large.
    pub large: bool,
    /// Whether it is in the upper half.
    pub top: bool,
    /// Whether it is in the left half.
    pub left: bool,
}

/// `rows` pictures, each with one shape in one quarter, and noise from U(0, `noise`) added to every pixel, to at most
/// 1. `noise` is from 0 to 1: a number outside is taken as the nearer of these, and one that is not a number as 0.
pub fn shapes(rows: usize, noise: f32, seed: u64) -> Vec<Picture> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let noise = if noise.is_nan() { 0.0 } else { noise.clamp(0.0, 1.0) };
    (0..rows).map(|_| picture(noise, &mut rng)).collect()
}

fn picture(noise: f32, rng: &mut ChaCha8Rng) -> Picture {
    let shape = pick(rng, &[Shape::Circle, Shape::Square, Shape::Triangle]);
    let [large, top, left] = rng.random::<[bool; 3]>();
    let radius: f32 = if large { 5.0 } else { 2.5 };
    // The middle of a quarter, moved a little.
    let quarter = |first: bool| SIDE as f32 * if first { 0.25 } else { 0.75 };
    let (row, column) = (quarter(top) + rng.random_range(-0.9..0.9), quarter(left) + rng.random_range(-0.9..0.9));
    let pixels = (0..SIDE * SIDE)
        .map(|i| {
            let (dy, dx) = ((i / SIDE) as f32 + 0.5 - row, (i % SIDE) as f32 + 0.5 - column);
            let inside = match shape {
                Shape::Circle => dx * dx + dy * dy <= radius * radius,
                Shape::Square => dx.abs().max(dy.abs()) <= radius * 0.9,
                Shape::Triangle => dy.abs() <= radius && dx.abs() <= 0.5 * (dy + radius),
            };
            (f32::from(u8::from(inside)) + noise * rng.random::<f32>()).min(1.0)
        })
        .collect();
    let caption = format!(
        "a {} {} at the {} {}",
        if large { "large" } else { "small" },
        match shape {
            Shape::Circle => "circle",
            Shape::Square => "square",
            Shape::Triangle => "triangle",
        },
        if top { "top" } else { "bottom" },
        if left { "left" } else { "right" },
    );
    Picture { pixels, caption, shape, large, top, left }
}
