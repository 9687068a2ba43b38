//! Page 8c.

use super::Exercise;

pub(super) fn exercises() -> Vec<Exercise> {
    Vec::new()
}
