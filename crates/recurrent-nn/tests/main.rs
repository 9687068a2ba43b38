//! Models, their training and their files. One program: each program more would link candle once more.

mod carried_state;
mod checkpoint;
mod going_on;
mod keras;
mod kills;
mod losses;
mod not_finite;
mod own_cell;
mod progress;
mod pytorch;
mod shared_weights;
mod summary;
mod support;
mod trainer_and_model;
mod training;
mod writers;
