//! Trains a classifier on AG News, or on MiniNews where that is not there, and writes a run folder:
//!
//! ```sh
//! cargo run --release --example train -- runs/news 2
//! cargo run --release --example predict -- runs/news "Home team wins the cup after extra time"
//! ```
//!
//! Usage: `train RUN_FOLDER [EPOCHS [ROWS]]`, with the first rows or all. EPOCHS is for a new folder: one that goes
//! on keeps its own. A folder that is there already is gone on with; Ctrl-C stops and saves.

mod news_lstm;

use news_lstm::NewsLstm;
use recurrent::prelude::*;
use recurrent::{device::describe, frames::epochs_frame};
use std::{error::Error, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (folder, epochs, rows) = match &arguments[..] {
        [folder] => (folder, 1, None),
        [folder, epochs] => (folder, epochs.parse()?, None),
        [folder, epochs, rows] => (folder, epochs.parse()?, Some(rows.parse()?)),
        _ => return Err("usage: train RUN_FOLDER [EPOCHS [ROWS]]".into()),
    };
    let folder = PathBuf::from(folder);
    let device = best_device();
    let news = AgNews::load()?;
    let news = match rows {
        Some(rows) => news.take(rows),
        None => news,
    };
    println!("{}\n{news}", describe(&device));
    let classes = news.train.class_names();
    let saved = RunFolder::find(&folder)?;
    let vectorizer = match &saved {
        Some(run) => run.vectorizer().clone(),
        None => {
            let config = VectorizerConfig { max_tokens: Some(20_000), ..Default::default() };
            TextVectorizer::adapt(&news.train.text(&["title", "description"])?, config)?
        }
    };
    let loader = |dataset: &Dataset, shuffle| -> Result<DataLoader, recurrent::error::Error> {
        let ids = vectorizer.encode_all(&dataset.text(&["title", "description"])?);
        let config = BatchConfig { batch_size: 32, shuffle, ..Default::default() };
        DataLoader::new(ids, dataset.labels().to_vec(), config, &device)
    };
    let (train, test) = (loader(&news.train, Some(1))?, loader(&news.test, None)?);

    let mut init = Init::keras(1, &device);
    let model = NewsLstm::new(vectorizer.vocabulary().len(), classes.len(), &mut init)?;
    let mut trainer = match &saved {
        Some(run) => run.resume(&model)?,
        None => Trainer::new(TrainerConfig { epochs, learning_rate: 3e-3, ..Default::default() })?,
    };
    println!("{}", recurrent::nn::Summary::new(&model));
    trainer.fit(&model, &train, Some(&test))?;
    RunFolder::save(&folder, &model, &trainer, &vectorizer, classes)?;
    println!("{}", epochs_frame(trainer.history())?);
    println!("{}", RunFolder::open(&folder)?);

    let texts = news.test.take(3).text(&["title", "description"])?;
    for prediction in predict_all(&model, &vectorizer, classes, &texts)? {
        println!("{prediction:<20} {}", prediction.text);
    }
    Ok(())
}
