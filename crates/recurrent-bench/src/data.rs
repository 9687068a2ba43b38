//! AG News as ids, or rows of random ids of one length.

use crate::spec::{CLASSES, ModelName, VOCABULARY_ROWS, VOCABULARY_SIZE};
use anyhow::{Context, Result, bail};
use candle_core::Device;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use recurrent::loader::DataLoader;
use recurrent_data::{AgNews, BatchConfig, Dataset, TextVectorizer, VectorizerConfig};
use std::path::PathBuf;

/// Training and validation rows in batches.
pub struct Rows {
    pub train: DataLoader,
    /// None if no accuracy is asked for.
    pub valid: Option<DataLoader>,
    /// Tokens of the training rows without padding.
    pub tokens: u64,
}

/// How the rows are taken and batched.
#[derive(Debug, Clone, Copy)]
pub struct RowConfig {
    pub model: ModelName,
    pub rows: Option<usize>,
    pub valid_rows: Option<usize>,
    pub batch: usize,
    pub seed: u64,
}

/// The folder that holds `ag_news/`: as named, or by RECURRENT_DATA_DIR, or `data/` of the checkout.
pub fn folder(named: Option<PathBuf>) -> Result<PathBuf> {
    let checkout = concat!(env!("CARGO_MANIFEST_DIR"), "/../../data");
    let folder =
        named.or_else(|| std::env::var_os("RECURRENT_DATA_DIR").map(PathBuf::from)).unwrap_or_else(|| checkout.into());
    for file in ["ag_news/train.csv", "ag_news/test.csv"] {
        if !folder.join(file).is_file() {
            bail!(
                "{} is not in {}: `cargo lab data` fetches it, or name a folder that holds it with --data.",
                file,
                folder.display()
            );
        }
    }
    folder.canonicalize().with_context(|| format!("cannot open {}", folder.display()))
}

/// The first rows of AG News, from the folder that RECURRENT_DATA_DIR names.
pub fn ag_news(config: RowConfig, device: &Device) -> Result<Rows> {
    let news = AgNews::load()?;
    eprintln!("{news}");
    let titles = news.train.take(VOCABULARY_ROWS).text(&["title"])?;
    let vectorizer =
        TextVectorizer::adapt(&titles, VectorizerConfig { max_tokens: Some(VOCABULARY_SIZE), ..Default::default() })?;
    let encode = |rows: &Dataset| -> Result<Vec<Vec<u32>>> {
        Ok(vectorizer.encode_all(&rows.text(config.model.spec().columns)?))
    };
    let train = config.rows.map_or_else(|| news.train.clone(), |rows| news.train.take(rows));
    let test = config.valid_rows.map_or_else(|| news.test.clone(), |rows| news.test.take(rows));
    let ids = encode(&train)?;
    let tokens = ids.iter().map(|ids| ids.len() as u64).sum();
    Ok(Rows {
        train: loader(ids, train.labels().to_vec(), config.batch, Some(config.seed), device)?,
        valid: if test.is_empty() {
            None
        } else {
            Some(loader(encode(&test)?, test.labels().to_vec(), config.batch, None, device)?)
        },
        tokens,
    })
}

/// Rows of `steps` random ids, with random labels: to measure cost, not learning.
pub fn random(config: RowConfig, steps: usize, device: &Device) -> Result<Rows> {
    let rows = config.rows.unwrap_or(1024);
    let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
    let ids = (0..rows).map(|_| (0..steps).map(|_| rng.random_range(1..VOCABULARY_SIZE as u32)).collect()).collect();
    let labels = (0..rows).map(|_| rng.random_range(0..CLASSES as u32)).collect();
    Ok(Rows { train: loader(ids, labels, config.batch, None, device)?, valid: None, tokens: (rows * steps) as u64 })
}

fn loader(
    ids: Vec<Vec<u32>>,
    labels: Vec<u32>,
    batch_size: usize,
    shuffle: Option<u64>,
    device: &Device,
) -> Result<DataLoader> {
    let config = BatchConfig { batch_size, shuffle, ..Default::default() };
    Ok(DataLoader::new(ids, labels, config, device)?)
}
