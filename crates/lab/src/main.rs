//! `cargo lab`: sets the lesson up, opens it, runs it.
#![allow(dead_code)]

mod child;
mod layout;
mod lock;
mod template;

fn main() {}
