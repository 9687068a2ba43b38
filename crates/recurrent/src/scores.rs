//! Choosing among the scores of classes.

/// Classes that a figure has room for.
const SHOWN_CLASSES: usize = 8;

/// The classes with the highest values, the first of equals, in their own order; and what the title says about the
/// others.
pub(crate) fn highest<T>(classes: Vec<T>, value: impl Fn(&T) -> f64) -> (Vec<T>, String) {
    let all = classes.len();
    if all <= SHOWN_CLASSES {
        return (classes, String::new());
    }
    let mut classes: Vec<(usize, T)> = classes.into_iter().enumerate().collect();
    classes.sort_by(|(_, a), (_, b)| value(b).total_cmp(&value(a)));
    classes.truncate(SHOWN_CLASSES);
    classes.sort_by_key(|(place, _)| *place);
    let shown = classes.into_iter().map(|(_, class)| class).collect();
    (shown, format!(": the {SHOWN_CLASSES} highest of {all} classes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_of_many_are_shown_and_the_first_of_equals() {
        let values = [0, 0, 7, 0, 0, 0, 0, 0, 0, 9];
        let (shown, said) = highest(values.to_vec(), |&value| f64::from(value));
        assert_eq!(shown, [0, 0, 7, 0, 0, 0, 0, 9]);
        assert_eq!(said, ": the 8 highest of 10 classes");
        let (shown, said) = highest(vec![3, 1], |&value| f64::from(value));
        assert_eq!((shown, said.as_str()), (vec![3, 1], ""));
    }
}
