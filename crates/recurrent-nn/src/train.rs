//! Training: one loop from batches to weights, and what it leaves behind.
//!
//! [`Trainer::fit`] runs the loop for any [`Loss`], [`History`] keeps its numbers, [`evaluate()`] measures a classifier
//! and [`Trainer::evaluate`] any model, and [`find_learning_rate`] looks for a good learning rate before.
//! What takes long tells how far it is by lines, or as [`Progress`] to what draws it ([`draw_progress`]).

mod config;
mod evaluate;
mod finder;
mod fit_progress;
mod history;
mod interrupt;
mod loss;
mod metrics;
mod progress;
mod schedule;
mod sink;
mod trainer;

pub use config::{EarlyStopping, Monitor, TrainerConfig};
pub use evaluate::{evaluate, predict_proba};
pub use finder::{FinderConfig, LearningRates, find_learning_rate};
pub use history::{EpochRecord, History, StepRecord};
pub use interrupt::Interrupt;
pub use loss::{CrossEntropy, Loss, LossFunction, OwnLoss};
pub use metrics::{Evaluation, Metrics};
pub use progress::{
    CountedProgress, Progress, ProgressCurve, ProgressDrawing, ProgressEnd, ProgressOutput, draw_progress,
};
pub use schedule::Schedule;
pub use sink::{print_line, with_progress};
pub use trainer::{Event, Stop, Trainer};
