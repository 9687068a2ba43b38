//! A whole training on the CPU and on a GPU: the same losses, a checkpoint that moves, tensors of other threads, no
//! memory that grows.

#[path = "support/devices.rs"]
mod support;

use candle_core::{DType, Device, Tensor};
use recurrent_nn::*;
use support::gpu;

#[derive(Module)]
struct Tagger {
    embedding: Embedding,
    lstm: Stacked<Bidirectional<Lstm>>,
    linear: Linear,
}

impl Tagger {
    fn new(seed: u64, device: &Device) -> Result<Self> {
        let mut init = Init::keras(seed, device);
        let embedding = Embedding::new(50, 12, &mut init)?;
        let mut pair = |input| Bidirectional::new(Lstm::new(input, 9, &mut init)?, Lstm::new(input, 9, &mut init)?);
        let layers = vec![pair(12)?, pair(18)?];
        Ok(Self { embedding, lstm: Stacked::new(layers, 0.2, &mut init)?, linear: Linear::new(18, 3, &mut init)? })
    }
}

impl Model for Tagger {
    fn forward(&self, batch: &Batch) -> Result<Tensor> {
        let x = self.embedding.forward(&batch.input)?;
        let h = self.lstm.forward(&x, Some(&batch.lengths), batch)?;
        self.linear.forward(&h.h_n)
    }
}

/// 64 rows of 3 to 8 words, in another order in each epoch; the class follows from the first word.
struct Rows(Device);

impl BatchSource for Rows {
    fn rows(&self) -> usize {
        64
    }

    fn epoch(&self, epoch: usize) -> Box<dyn Iterator<Item = Result<Batch>> + '_> {
        let batch = move |number: usize| {
            let number = (number + epoch) % 4;
            let first = |row: usize| ((row * 13 + number * 29) % 47) as u32;
            let word = |(row, step): (usize, usize)| (first(row) + 11 * step as u32) % 49 + 1;
            let ids = (0..16).flat_map(|row| (0..8).map(move |step| (row, step)));
            let ids: Vec<u32> = ids.map(word).collect();
            let labels: Vec<u32> = (0..16).map(|row| first(row) / 16).collect();
            Ok(Batch {
                target: Some(Tensor::from_vec(labels, 16, &self.0)?),
                training: true,
                ..Batch::new(Tensor::from_vec(ids, (16, 8), &self.0)?, (0..16).map(|row| 3 + row % 6).collect())
            })
        };
        Box::new((0..4).map(batch))
    }
}

fn trainer(method: Method, epochs: usize) -> Result<Trainer> {
    let clip = Some(Clip::Norm(1.0));
    Trainer::new(TrainerConfig {
        epochs,
        learning_rate: 1e-2,
        optimizer: OptimizerConfig { method, clip },
        progress: false,
        ..TrainerConfig::default()
    })
}

/// The losses of each method on a device, beside those of the CPU.
fn trains_as_the_cpu_does(device: &Device) -> Result<()> {
    for method in [Method::adam(), Method::lazy_adam(), Method::adamw()] {
        let train = |device: &Device| -> Result<Vec<f64>> {
            let (model, mut trainer) = (Tagger::new(1, device)?, trainer(method, 5)?);
            trainer.fit(&model, &Rows(device.clone()), None)?;
            let losses = trainer.history().epochs.iter().map(|epoch| epoch.loss);
            Ok(losses.collect())
        };
        let cpu_losses = train(&Device::Cpu)?;
        assert!(cpu_losses[4] < cpu_losses[0] - 0.1, "{cpu_losses:?}");
        let losses = train(device)?;
        if device.is_cpu() {
            assert_eq!(losses, cpu_losses);
        }
        for (loss, cpu) in losses.iter().zip(&cpu_losses) {
            let difference = (loss - cpu).abs();
            assert!(difference < 1e-4, "{method:?}: {losses:?} {cpu_losses:?}");
        }
    }
    Ok(())
}

#[test]
fn the_cpu_trains_the_same_twice() -> Result<()> {
    trains_as_the_cpu_does(&Device::Cpu)
}

#[test]
#[ignore = "needs an NVIDIA GPU"]
fn a_gpu_trains_as_the_cpu_does() -> Result<()> {
    trains_as_the_cpu_does(&gpu())
}

/// A training that is saved on each device goes on on each of them.
fn a_checkpoint_goes_on(name: &str, devices: &[Device]) -> Result<()> {
    let folder = std::env::temp_dir().join(format!("recurrent-{name}-{}", std::process::id()));
    for from in devices {
        let (model, mut first) = (Tagger::new(2, from)?, trainer(Method::adam(), 1)?);
        first.fit(&model, &Rows(from.clone()), None)?;
        Checkpoint::save(&folder, &model, &first, &[])?;
        first.fit(&model, &Rows(from.clone()), None)?;
        let loss = evaluate(&model, &Rows(from.clone()))?.loss;
        for to in devices {
            let resumed = Tagger::new(2, to)?;
            let mut second = Checkpoint::open(&folder)?.resume(&resumed)?;
            second.fit(&resumed, &Rows(to.clone()), None)?;
            let again = evaluate(&resumed, &Rows(to.clone()))?.loss;
            assert!((again - loss).abs() < 1e-5, "{again} {loss}");
        }
    }
    std::fs::remove_dir_all(&folder).expect("the folder was made above");
    Ok(())
}

#[test]
fn a_checkpoint_goes_on_on_the_cpu() -> Result<()> {
    a_checkpoint_goes_on("cpu", &[Device::Cpu])
}

#[test]
#[ignore = "needs an NVIDIA GPU"]
fn a_checkpoint_goes_on_on_another_device() -> Result<()> {
    a_checkpoint_goes_on("gpu", &[Device::Cpu, gpu()])
}

fn a_tensor_of_another_thread_is_ready(device: Device) -> Result<()> {
    let (sender, receiver) = std::sync::mpsc::sync_channel(2);
    let maker = device.clone();
    std::thread::spawn(move || {
        for number in 0..100 {
            // Enough work that it is still going on when the tensor is there.
            let product = Tensor::ones((256, 256), DType::F32, &maker)
                .and_then(|ones| ones.matmul(&ones)?.matmul(&ones)? * f64::from(number));
            if sender.send(product).is_err() {
                break;
            }
        }
    });
    for (number, product) in receiver.iter().enumerate() {
        let largest = product?.max_all()?.to_scalar::<f32>()?;
        assert_eq!(largest, 65536.0 * number as f32);
    }
    Ok(())
}

#[test]
fn a_tensor_of_another_thread_is_ready_on_the_cpu() -> Result<()> {
    a_tensor_of_another_thread_is_ready(Device::Cpu)
}

#[test]
#[ignore = "needs an NVIDIA GPU"]
fn a_tensor_of_another_thread_is_ready_on_a_gpu() -> Result<()> {
    a_tensor_of_another_thread_is_ready(gpu())
}

/// Prints what the tensors hold, in bytes.
#[test]
#[ignore = "needs an NVIDIA GPU"]
fn memory_on_a_gpu_does_not_grow() -> Result<()> {
    let gpu = gpu();
    let held = || {
        let memory = device::memory(&gpu)?.expect("a GPU has memory");
        Ok::<_, Error>(memory.held.expect("its memory pool says what is held"))
    };
    let rows = Rows(gpu.clone());
    let before = held()?;
    for training in 1..=20 {
        let (model, mut trainer) = (Tagger::new(4, &gpu)?, trainer(Method::adam(), 13)?);
        trainer.fit(&model, &rows, None)?; // the first 52 steps
        let early = held()?;
        // More than 1,000 steps in the first training.
        for _ in 0..if training == 1 { 20 } else { 1 } {
            trainer.fit(&model, &rows, None)?;
        }
        let late = held()?;
        if training == 1 {
            println!("held: {before} before, {early} after 52 steps, {late} after 1092 steps");
        }
        assert_eq!(late, early, "within training {training}");
    }
    println!("held: {} after 20 trainings", held()?);
    assert_eq!(held()?, before, "after 20 trainings");
    Ok(())
}
