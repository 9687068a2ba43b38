//! Which values of a column are one class, and their order.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// The class of each value, and the names of the classes: numbers in rising order if all are numbers, otherwise texts.
/// A number that is written in several ways is one class, under the shortest of them.
pub(crate) fn of(values: &[String]) -> (Vec<u32>, Vec<String>) {
    let different: BTreeSet<&str> = values.iter().map(|value| value.trim()).collect();
    let mut spellings: Vec<&str> = different.into_iter().collect();
    let order = order(&spellings);
    let shorter = |a: &str, b: &str| a.len().cmp(&b.len()).then_with(|| a.cmp(b));
    spellings.sort_by(|a, b| order(a, b).then_with(|| shorter(a, b)));
    let classes: Vec<&[&str]> = spellings.chunk_by(|a, b| order(a, b).is_eq()).collect();
    let ids: BTreeMap<&str, u32> =
        classes.iter().zip(0..).flat_map(|(class, id)| class.iter().map(move |&spelling| (spelling, id))).collect();
    let labels = values.iter().map(|value| ids[value.trim()]).collect();
    let names = classes.iter().map(|class| class[0].to_string()).collect();
    (labels, names)
}

/// As integers or as numbers if all are, otherwise as text.
fn order(names: &[&str]) -> fn(&str, &str) -> Ordering {
    let integer = |name: &&str| name.parse::<i128>().is_ok();
    let number = |name: &&str| name.parse::<f64>().is_ok_and(f64::is_finite);
    if names.iter().all(integer) {
        |a, b| a.parse::<i128>().ok().cmp(&b.parse().ok())
    } else if names.iter().all(number) {
        by_number
    } else {
        str::cmp
    }
}

fn by_number(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.parse::<f64>().ok(), b.parse().ok());
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    fn of(values: &[&str]) -> (Vec<u32>, Vec<String>) {
        super::of(&values.iter().map(|value| value.to_string()).collect::<Vec<_>>())
    }

    #[test]
    fn a_number_is_one_class_however_it_is_written() {
        for (values, labels, names) in [
            (&["10", " 9", "+9", "009"][..], &[1, 0, 0, 0][..], &["9", "10"][..]),
            (&["1", "1.0", "-0", "0", "1e1"], &[1, 1, 0, 0, 2], &["0", "1", "1e1"]),
            (&["1", "01", "one"], &[1, 0, 2], &["01", "1", "one"]),
            (&["NaN", "1.0", "1"], &[2, 1, 0], &["1", "1.0", "NaN"]),
            // Beyond what a 64-bit float tells apart.
            (&["9007199254740993", "9007199254740992"], &[1, 0], &["9007199254740992", "9007199254740993"]),
        ] {
            let (found, said) = of(values);
            assert_eq!((&found[..], &said[..].iter().map(String::as_str).collect::<Vec<_>>()[..]), (labels, names));
        }
    }
}
