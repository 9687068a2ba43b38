//! Writes every figure with sample numbers, and a page that shows them on a light and on a dark
//! background.
//!
//! `cargo run -p recurrent-plot --example gallery OUT_DIR`

use std::path::PathBuf;
use std::time::Instant;
use std::{env, fs};

use recurrent_plot::*;

#[path = "gallery/samples.rs"]
mod samples;

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let out = PathBuf::from(env::args().nth(1).ok_or("usage: gallery OUT_DIR")?);
    fs::create_dir_all(&out)?;
    let mut cards = String::new();
    for (name, figure) in samples::all()? {
        figure.save(out.join(format!("{name}.svg")))?;
        figure.save(out.join(format!("{name}.png")))?;
        println!("{name}: {:.0} kB", figure.svg().len() as f64 / 1000.0);
        cards += &format!("<h3>{name}</h3>\n{}\n", figure.svg());
    }
    let mut milliseconds: Vec<f64> = Vec::new();
    for _ in 0..20 {
        let start = Instant::now();
        samples::long_heatmap()?;
        milliseconds.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    milliseconds.sort_by(f64::total_cmp);
    println!("six gates of 64 units x 60 words: {:.1} ms (median of 20)", milliseconds[10]);
    let page = |background: &str, ink: &str| {
        format!(
            "<section style=\"background:{background};color:{ink};padding:1em 2em;font-family:sans-serif\">\n\
             {cards}</section>\n"
        )
    };
    let html = format!(
        "<!doctype html><meta charset=\"utf-8\"><title>Figures</title>\
         <body style=\"margin:0;display:grid;grid-template-columns:1fr 1fr\">\n{}{}",
        page("#ffffff", "#222222"),
        page("#111418", "#dddddd")
    );
    fs::write(out.join("index.html"), html)?;
    Ok(())
}
