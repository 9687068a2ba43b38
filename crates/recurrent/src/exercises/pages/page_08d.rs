//! Page 8d.

use super::Exercise;

pub(super) fn exercises() -> Vec<Exercise> {
    Vec::new()
}
