//! Final states in two dimensions.

use super::trace::{named, trace_each};
use crate::error::{Error, Result, some_texts};
use recurrent_data::TextVectorizer;
use recurrent_nn::Model;
use recurrent_plot::{Figure, PointCloud, projection};

/// The hidden state of a layer when it has read a text, a mark for each text coloured by its class, along the two
/// directions in which the states differ most: [`final_states`] and their [`principal_components`] drawn.
///
/// # Errors
/// As [`trace`](super::trace()); no text; not one label for each text, or one that has no class name; a layer that is
/// not there.
pub fn state_projection<S: AsRef<str>>(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    texts: &[S],
    labels: &[u32],
    classes: &[impl AsRef<str>],
    layer: &str,
) -> Result<Figure> {
    let view = |problem| Error::View { operation: "state_projection", problem };
    if labels.len() != texts.len() {
        return Err(view(format!("{} texts, but {} labels", texts.len(), labels.len())));
    }
    if let Some(label) = labels.iter().find(|&&label| label as usize >= classes.len()) {
        return Err(view(format!("label {label}, but there are {} class names", classes.len())));
    }
    let states = final_states(model, vectorizer, texts, layer)?;
    let components = principal_components(&states)?;
    let clouds: Vec<PointCloud> = classes
        .iter()
        .enumerate()
        .map(|(class, name)| {
            let own = labels.iter().zip(&components.points);
            let own = own.filter(|(label, _)| **label as usize == class);
            PointCloud {
                name: name.as_ref().to_owned(),
                points: own.map(|(_, point)| *point).collect(),
                ..Default::default()
            }
        })
        .collect();
    let axis = |index: usize| {
        let share = 100.0 * components.shares[index];
        format!("component {} ({share:.0} % of the variance)", index + 1)
    };
    let title = format!("Final hidden states of {}", named(layer));
    Ok(projection(&title, [&axis(0), &axis(1)], &clouds)?)
}

/// The hidden state of a layer when it has read each text, texts x units.
///
/// # Errors
/// As [`trace`](super::trace()); no text; a layer that is not there.
pub fn final_states<S: AsRef<str>>(
    model: &dyn Model,
    vectorizer: &TextVectorizer,
    texts: &[S],
    layer: &str,
) -> Result<Vec<Vec<f64>>> {
    some_texts("state_projection", texts)?;
    let mut states = vec![Vec::new(); texts.len()];
    trace_each(model, vectorizer, texts, |place, trace| {
        states[place] = trace.layer(layer)?.final_hidden().to_vec();
        Ok(())
    })?;
    Ok(states)
}

/// Rows of numbers in two dimensions.
#[derive(Debug, Clone, PartialEq)]
pub struct PrincipalComponents {
    /// The place of each row along the two directions.
    pub points: Vec<(f64, f64)>,
    /// The shares of the whole variance that lie along them.
    pub shares: [f64; 2],
}

/// The two directions in which rows of one length differ most, by orthogonal iteration on their covariance
/// ([Golub and Van Loan](https://doi.org/10.56021/9781421407944), section 8.2).
///
/// # Errors
/// Rows of several lengths; a number that is not finite.
pub fn principal_components(rows: &[Vec<f64>]) -> Result<PrincipalComponents> {
    let (count, size) = (rows.len(), rows.first().map_or(0, Vec::len));
    for (place, row) in rows.iter().enumerate() {
        let problem = if row.len() != size {
            format!("row {place} has {} numbers, row 0 has {size}; expected rows of one length", row.len())
        } else if let Some(number) = row.iter().find(|number| !number.is_finite()) {
            format!("row {place} holds {number}; expected finite numbers")
        } else {
            continue;
        };
        return Err(Error::View { operation: "principal_components", problem });
    }
    let mut centred = rows.to_vec();
    for column in 0..size {
        let mean = rows.iter().map(|row| row[column]).sum::<f64>() / count as f64;
        centred.iter_mut().for_each(|row| row[column] -= mean);
    }
    let variance = centred.iter().flatten().map(|value| value * value).sum::<f64>();
    // Two starting directions that are not orthogonal to anything in particular.
    let start = |shift: usize| (0..size).map(move |k| 1.0 / (1.0 + ((k + shift) % size.max(1)) as f64));
    let mut axes = [start(0).collect::<Vec<f64>>(), start(size / 2 + 1).collect()];
    for _ in 0..ITERATIONS {
        let before = axes.clone();
        axes = axes.map(|axis| covariance_times(&centred, &axis));
        normalise(&mut axes[0]);
        let (first, second) = axes.split_at_mut(1);
        let before_it = dot(&second[0], &second[0]);
        let overlap = dot(&first[0], &second[0]);
        second[0].iter_mut().zip(&first[0]).for_each(|(value, one)| *value -= overlap * one);
        // Rows on one line have no second direction: what is left is rounding, and no direction.
        if dot(&second[0], &second[0]) <= NOTHING * before_it {
            second[0].fill(0.0);
        }
        normalise(&mut second[0]);
        let moved = axes.iter().flatten().zip(before.iter().flatten());
        let moved = moved.map(|(now, before)| (now - before).abs());
        if moved.fold(0.0, f64::max) < 1e-13 {
            break;
        }
    }
    for axis in &mut axes {
        // Of the two signs the one whose largest number is positive: the same states give the same picture.
        let largest = axis.iter().copied().fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
        if largest < 0.0 {
            axis.iter_mut().for_each(|value| *value = -*value);
        }
    }
    let places = axes.each_ref().map(|axis| centred.iter().map(|row| dot(row, axis)).collect::<Vec<f64>>());
    let share = |places: &Vec<f64>| match variance {
        0.0 => 0.0,
        _ => dot(places, places) / variance,
    };
    Ok(PrincipalComponents {
        shares: places.each_ref().map(share),
        points: places[0].iter().copied().zip(places[1].iter().copied()).collect(),
    })
}

const ITERATIONS: usize = 1000;
/// The share of a squared length that is rounding.
const NOTHING: f64 = 1e-24;

/// Xᵀ X v for rows X.
fn covariance_times(rows: &[Vec<f64>], v: &[f64]) -> Vec<f64> {
    let mut product = vec![0.0; v.len()];
    for row in rows {
        let along = dot(row, v);
        product.iter_mut().zip(row).for_each(|(sum, value)| *sum += along * value);
    }
    product
}

/// To length 1; nothing becomes of no direction.
fn normalise(v: &mut [f64]) {
    let length = dot(v, v).sqrt();
    if length > 0.0 {
        v.iter_mut().for_each(|value| *value /= length);
    }
}

/// The sum of the products of two lists.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_cloud_is_seen_from_its_broad_side() -> Result<()> {
        // 4 along (0.6, 0.8, 0), 1 along (-0.8, 0.6, 0), nothing along the third.
        let row = |a: f64, b: f64| vec![5.0 + 0.6 * a - 0.8 * b, 0.8 * a + 0.6 * b, 7.0];
        let rows = [row(4.0, 0.0), row(-4.0, 0.0), row(0.0, 1.0), row(0.0, -1.0)];
        let found = principal_components(&rows)?;
        let expected = [(4.0, 0.0), (-4.0, 0.0), (0.0, 1.0), (0.0, -1.0)];
        for (found, expected) in found.points.iter().zip(expected) {
            assert!((found.0 - expected.0).abs() < 1e-9, "{found:?}");
            // The second axis is (-0.8, 0.6) or its negative; its largest number is made positive.
            assert!((found.1 + expected.1).abs() < 1e-9, "{found:?}");
        }
        assert!((found.shares[0] - 32.0 / 34.0).abs() < 1e-12);
        assert!((found.shares[1] - 2.0 / 34.0).abs() < 1e-12);
        Ok(())
    }

    #[test]
    fn equal_rows_lie_in_one_place() -> Result<()> {
        let found = principal_components(&vec![vec![1.0, 2.0]; 3])?;
        assert_eq!(found.points, [(0.0, 0.0); 3]);
        assert_eq!(found.shares, [0.0, 0.0]);
        assert_eq!(principal_components(&[])?.points, []);
        Ok(())
    }

    #[test]
    fn rows_on_a_line_have_one_direction() -> Result<()> {
        let found = principal_components(&[vec![1.0, 2.0], vec![2.0, 1.0], vec![4.0, -1.0]])?;
        assert!((found.shares[0] - 1.0).abs() < 1e-12, "{found:?}");
        assert!(found.shares[1] < 1e-12, "{found:?}");
        Ok(())
    }

    #[test]
    fn rows_that_have_no_common_directions_are_refused() {
        let message = |rows: &[Vec<f64>]| principal_components(rows).unwrap_err().to_string();
        assert_eq!(
            message(&[vec![1.0, 2.0], vec![3.0]]),
            "principal_components: row 1 has 1 numbers, row 0 has 2; expected rows of one length"
        );
        assert_eq!(
            message(&[vec![1.0], vec![f64::NAN]]),
            "principal_components: row 1 holds NaN; expected finite numbers"
        );
    }
}
