//! Page 12.

use super::Exercise;

pub(super) fn exercises() -> Vec<Exercise> {
    Vec::new()
}
