//! What a training, a prediction or a layer gives, as polars tables: to filter, group, join and draw.

mod bar_chart;
mod gates;
mod line_chart;
mod predictions;
mod training;

pub use bar_chart::bar_chart;
pub use gates::gates_frame;
pub use line_chart::line_chart;
pub use predictions::{predictions_frame, report_frame};
pub use training::{epochs_frame, steps_frame};
