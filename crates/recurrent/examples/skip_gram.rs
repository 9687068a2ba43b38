//! Word vectors of the news, and the neighbours of some words: `cargo run --example skip_gram [ROWS] [WORD …]`.

use recurrent::prelude::*;
use std::time::Instant;

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1).peekable();
    let rows = arguments.next_if(|first| first.parse::<usize>().is_ok());
    let rows = rows.and_then(|rows| rows.parse().ok()).unwrap_or(12_000);
    let mut words: Vec<String> = arguments.collect();
    if words.is_empty() {
        words = ["oil", "coach", "software", "minister", "monday"].map(String::from).to_vec();
    }
    let news = AgNews::load()?;
    println!("{news}");
    let news = news.train.take(rows);
    let texts = news.text(&["title", "description"])?;
    let config = VectorizerConfig { max_tokens: Some(20_000), ..Default::default() };
    let vectorizer = TextVectorizer::adapt(&texts, config)?;
    let ids = vectorizer.encode_all(&texts);
    let began = Instant::now();
    let vectors = skip_gram(&ids, vectorizer.vocabulary(), SkipGramConfig::default())?;
    println!("{} texts in {:.1} s\n{vectors}", texts.len(), began.elapsed().as_secs_f64());
    for word in words {
        match vectors.nearest(&word, 8) {
            Ok(neighbors) => println!("{neighbors}"),
            Err(error) => println!("{error}"),
        }
    }
    Ok(())
}
