//! Tokens per second on the loaded news, as one JSON line; `tests/speed.py` runs it beside Keras and tokenizers.
//! `RAYON_NUM_THREADS` sets the threads.

use recurrent_data::{AgNews, Result, TextVectorizer, VectorizerConfig};
use std::time::Instant;

fn main() -> Result<()> {
    let news = AgNews::load()?;
    println!("{news}");
    let columns = ["title", "description"];
    let texts = [news.train.text(&columns)?, news.test.text(&columns)?].concat();
    let started = Instant::now();
    let vectorizer =
        TextVectorizer::adapt(&texts, VectorizerConfig { max_tokens: Some(20_000), ..Default::default() })?;
    let adapt = started.elapsed().as_secs_f64();
    let mut best = f64::INFINITY;
    let mut tokens = 0;
    for _ in 0..5 {
        let started = Instant::now();
        tokens = vectorizer.encode_all(&texts).iter().map(Vec::len).sum();
        best = best.min(started.elapsed().as_secs_f64());
    }
    let [adapt, encode] = [adapt, best].map(|seconds| tokens as f64 / seconds / 1e6);
    println!(
        "{{\"who\": \"recurrent-data\", \"rows\": {}, \"tokens\": {tokens}, \"adapt_mtokens_s\": {adapt:.3}, \
         \"encode_mtokens_s\": {encode:.3}}}",
        texts.len()
    );
    Ok(())
}
