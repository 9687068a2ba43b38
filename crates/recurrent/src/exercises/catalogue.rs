//! All exercises, page by page.

use super::{Error, Result, exercise::Exercise, pages};

/// All, in the order of the pages.
pub(super) fn all() -> Vec<Exercise> {
    pages::all()
}

/// The exercise of this number.
#[cfg(test)]
pub(super) fn find(id: &str) -> Option<Exercise> {
    all().into_iter().find(|exercise| exercise.id == id)
}

/// The exercise of this number.
pub(super) fn get(id: &str) -> Result<Exercise> {
    all().into_iter().find(|exercise| exercise.id == id).ok_or_else(|| {
        let page: Vec<&str> =
            all().iter().map(|exercise| exercise.id).filter(|one| one.get(..2) == id.get(..2)).collect();
        let there = if page.is_empty() {
            "they are numbered \"01.1\", \"01.2\", …".into()
        } else {
            format!("there are {}", page.join(", "))
        };
        Error::View { operation: "exercises", problem: format!("there is no exercise {id:?}; {there}") }
    })
}
