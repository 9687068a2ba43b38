//! All tests of `cargo lab` in one program.

mod book;
mod checkout;
mod commands;
mod documents;
mod notebooks;
mod pack;
mod pages;
mod refresh;
mod setup;
