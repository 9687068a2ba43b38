//! Page 8b.

use super::Exercise;

pub(super) fn exercises() -> Vec<Exercise> {
    Vec::new()
}
