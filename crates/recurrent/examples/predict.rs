//! What a run folder that `train.rs` wrote says of some texts. Usage: `predict RUN_FOLDER TEXT...`

mod news_lstm;

use news_lstm::NewsLstm;
use recurrent::prelude::*;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), texts) = (arguments.next(), arguments.collect::<Vec<String>>()) else {
        return Err("usage: predict RUN_FOLDER TEXT...".into());
    };
    let run = RunFolder::open(folder)?;
    let mut init = Init::keras(0, &best_device());
    let tokens = run.vectorizer().vocabulary().len();
    let model = NewsLstm::new(tokens, run.classes().len(), &mut init)?;
    run.load_into(&model)?;
    for prediction in predict_all(&model, run.vectorizer(), run.classes(), &texts)? {
        println!("{prediction}  {}", prediction.text);
        for (class, probability) in prediction.classes.iter().zip(&prediction.probabilities) {
            println!("  {probability:.4} {class}");
        }
    }
    Ok(())
}
