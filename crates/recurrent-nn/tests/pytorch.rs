//! Weights go to PyTorch and back: with RECURRENT_PYTHON set to a Python that has torch and safetensors; without it the
//! tests are skipped.

use candle_core::{DType, Device, Tensor};
use recurrent_nn::{
    Batch, Bidirectional, Embedding, Gru, Init, Linear, Lstm, Model, Module, Recurrent, Result, SimpleRnn,
    load_weights, save_weights,
};
use std::{fs, process::Command};

/// One model for each kind of layer.
#[derive(Module)]
struct Classifier<L> {
    embedding: Embedding,
    rnn: L,
    linear: Linear,
}

impl<L: Recurrent> Classifier<L> {
    fn new(rnn: impl Fn(&mut Init) -> Result<L>, seed: u64, keras: bool) -> Result<Self> {
        let mut init = match keras {
            true => Init::keras(seed, &Device::Cpu),
            false => Init::pytorch(seed, &Device::Cpu),
        };
        let (embedding, rnn) = (Embedding::new(50, 6, &mut init)?, rnn(&mut init)?);
        let linear = Linear::new(rnn.output_size(), 4, &mut init)?;
        Ok(Self { embedding, rnn, linear })
    }
}

impl<L: Recurrent> Model for Classifier<L> {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.embedding.forward(&batch.input)?;
        self.linear.forward(&self.rnn.forward(&x, Some(&batch.lengths))?.h_n)
    }
}

/// Loads our weights into the same network of PyTorch, writes its logits, then its own new weights and their logits.
const PYTHON: &str = r#"
import sys, torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence
from safetensors.torch import load_file, save_file
folder, kind = sys.argv[1:]
kinds = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU, "bilstm": lambda *a, **k: nn.LSTM(*a, bidirectional=True, **k)}
rnn = kinds[kind](6, 5, batch_first=True)
class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.rnn, self.linear = nn.Embedding(50, 6), rnn, nn.Linear(10 if kind == "bilstm" else 5, 4)
    def forward(self, ids, lengths):
        _, h = self.rnn(pack_padded_sequence(self.embedding(ids), lengths, batch_first=True, enforce_sorted=False))
        h = h[0] if isinstance(h, tuple) else h
        return self.linear(torch.cat(list(h), 1))
torch.manual_seed(7)
model = Classifier()
own = {name: value.clone() for name, value in model.state_dict().items()}
rows = load_file(folder + "/rows.safetensors")
logits = lambda: model(rows["ids"].long(), rows["lengths"].long()).detach()
model.load_state_dict(load_file(folder + "/ours.safetensors"))
ours = logits()
model.load_state_dict(own)
save_file(own, folder + "/theirs.safetensors")
save_file({"ours": ours, "theirs": logits()}, folder + "/logits.safetensors")
"#;

fn there_and_back<L: Recurrent>(kind: &str, rnn: impl Fn(&mut Init) -> Result<L>) -> Result<()> {
    let Some(python) = std::env::var_os("RECURRENT_PYTHON") else {
        eprintln!("skipped: RECURRENT_PYTHON names no Python with torch and safetensors");
        return Ok(());
    };
    let folder = std::env::temp_dir().join(format!("recurrent-pytorch-{kind}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let ids: Vec<u32> = (0..7 * 9).map(|i| (i * 31 + i / 9) % 50).collect();
    let lengths = vec![9usize, 1, 4, 9, 7, 2, 5];
    let batch = Batch::new(Tensor::from_vec(ids, (7, 9), &Device::Cpu)?, lengths.clone());
    let lengths: Vec<u32> = lengths.into_iter().map(|length| length as u32).collect();
    let rows = [("ids", batch.input.clone()), ("lengths", Tensor::new(lengths, &Device::Cpu)?)];
    candle_core::safetensors::save(&rows.into_iter().collect(), folder.join("rows.safetensors"))?;

    for keras in [false, true] {
        // Keras has one bias: PyTorch's second one is written as zeros.
        let model = Classifier::new(&rnn, 3, keras)?;
        save_weights(folder.join("ours.safetensors"), &model)?;
        let status = Command::new(&python).args(["-c", PYTHON]).arg(&folder).arg(kind).status().unwrap();
        assert!(status.success());
        let logits = candle_core::safetensors::load(folder.join("logits.safetensors"), &Device::Cpu)?;
        close(&model.forward(&batch)?, &logits["ours"])?;
        if !keras {
            load_weights(folder.join("theirs.safetensors"), &model)?;
            close(&model.forward(&batch)?, &logits["theirs"])?;
        }
    }
    fs::remove_dir_all(&folder).unwrap();
    Ok(())
}

/// At most 2e-6 apart, with logits of about 1 in f32.
fn close(ours: &Tensor, theirs: &Tensor) -> Result<()> {
    let apart = (ours - theirs)?.abs()?.max_all()?.to_dtype(DType::F64)?.to_scalar::<f64>()?;
    assert!(apart < 2e-6, "{apart}");
    Ok(())
}

#[test]
fn simple_rnn() -> Result<()> {
    there_and_back("rnn", |init| SimpleRnn::new(6, 5, init))
}

#[test]
fn lstm() -> Result<()> {
    there_and_back("lstm", |init| Lstm::new(6, 5, init))
}

#[test]
fn gru() -> Result<()> {
    there_and_back("gru", |init| Gru::new(6, 5, init))
}

#[test]
fn bidirectional_lstm() -> Result<()> {
    there_and_back("bilstm", |init| Bidirectional::new(Lstm::new(6, 5, init)?, Lstm::new(6, 5, init)?))
}
