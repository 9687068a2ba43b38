//! How fast the fused operations are: `cargo bench -p recurrent-nn --bench ops`.
//!
//! An item is one floating-point operation of the matrix products (multiply and add are two), so items/s are FLOP/s, to be compared
//! with `sgemm` of the same run. The shapes are the lesson's: batch 16, titles of 10 tokens, descriptions of 42.

use candle_core::{DType, Device, Tensor, Var};
use divan::{Bencher, black_box, counter::ItemsCount};
use recurrent_nn::{
    Bidirectional, Embedding, Gru, Init, Layer, Linear, Lstm, Method, Optimizer, OptimizerConfig,
    Recurrent, Run, SimpleRnn,
};

fn main() {
    divan::main();
}

/// The `gemm` crate on all threads and on one: what this machine can reach.
#[divan::bench(args = [(1024, 1024, 1024), (672, 256, 128), (16, 256, 64)], consts = [1, 2])]
fn sgemm<const THREADS: usize>(bencher: Bencher, (m, n, k): (usize, usize, usize)) {
    let (a, b) = (vec![1f32; m * k], vec![1f32; k * n]);
    let mut c = vec![0f32; m * n];
    let threads = match THREADS {
        1 => gemm::Parallelism::None,
        threads => gemm::Parallelism::Rayon(threads),
    };
    bencher
        .counter(ItemsCount::new(2 * m * n * k))
        .bench_local(|| {
            // SAFETY: the sizes and strides are those of the three vectors.
            unsafe {
                gemm::gemm(
                    m,
                    n,
                    k,
                    c.as_mut_ptr(),
                    1,
                    n as isize,
                    false,
                    a.as_ptr(),
                    1,
                    k as isize,
                    b.as_ptr(),
                    1,
                    n as isize,
                    0.0,
                    1.0,
                    false,
                    false,
                    false,
                    threads,
                );
            }
            black_box(&mut c);
        });
}

/// One layer over a batch: B 16, T steps, E inputs, H hidden units.
#[derive(Debug, Clone, Copy)]
struct Size {
    steps: usize,
    input: usize,
    hidden: usize,
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "T {} E {} H {}", self.steps, self.input, self.hidden)
    }
}

const SIZES: [Size; 3] = [
    Size {
        steps: 10,
        input: 64,
        hidden: 16,
    },
    Size {
        steps: 42,
        input: 64,
        hidden: 32,
    },
    Size {
        steps: 42,
        input: 128,
        hidden: 64,
    },
];
const BATCH: usize = 16;

fn run<L: Recurrent>(bencher: Bencher, layer: L, size: Size, backward: bool) {
    run_as(bencher, layer, size, backward, &Run::default());
}

fn run_as<L: Recurrent>(bencher: Bencher, layer: L, size: Size, backward: bool, how: &Run) {
    let x = Tensor::ones((BATCH, size.steps, size.input), DType::F32, &Device::Cpu).unwrap();
    let x = Var::from_tensor(&(x * 0.1).unwrap()).unwrap();
    // Forward one product for W_ih and one for W_hh; backward two of each.
    let matrices: usize = layer
        .parameters()
        .iter()
        .filter(|(_, var)| var.rank() == 2)
        .map(|(_, var)| var.elem_count())
        .sum();
    let forward = 2 * BATCH * size.steps * matrices;
    let flops = if backward { 3 * forward } else { forward };
    bencher.counter(ItemsCount::new(flops)).bench_local(|| {
        let h = layer.run(&x, how).unwrap();
        if backward {
            black_box(h.output.sum_all().unwrap().backward().unwrap());
        }
        h
    });
}

fn init() -> Init {
    Init::keras(0, &Device::Cpu)
}

#[divan::bench(args = SIZES, consts = [false, true])]
fn rnn<const BACKWARD: bool>(bencher: Bencher, size: Size) {
    run(
        bencher,
        SimpleRnn::new(size.input, size.hidden, &mut init()).unwrap(),
        size,
        BACKWARD,
    );
}

#[divan::bench(args = SIZES, consts = [false, true])]
fn rnn_relu<const BACKWARD: bool>(bencher: Bencher, size: Size) {
    run(
        bencher,
        SimpleRnn::relu(size.input, size.hidden, &mut init()).unwrap(),
        size,
        BACKWARD,
    );
}

#[divan::bench(args = SIZES, consts = [false, true])]
fn lstm_in_reverse<const BACKWARD: bool>(bencher: Bencher, size: Size) {
    let how = Run {
        reverse: true,
        ..Run::default()
    };
    let lstm = Lstm::new(size.input, size.hidden, &mut init()).unwrap();
    run_as(bencher, lstm, size, BACKWARD, &how);
}

/// What recording every gate adds to a forward pass.
#[divan::bench(args = SIZES)]
fn lstm_with_gates(bencher: Bencher, size: Size) {
    let how = Run {
        gates: true,
        ..Run::default()
    };
    let lstm = Lstm::new(size.input, size.hidden, &mut init()).unwrap();
    run_as(bencher, lstm, size, false, &how);
}

#[divan::bench(args = SIZES, consts = [false, true])]
fn lstm<const BACKWARD: bool>(bencher: Bencher, size: Size) {
    run(
        bencher,
        Lstm::new(size.input, size.hidden, &mut init()).unwrap(),
        size,
        BACKWARD,
    );
}

#[divan::bench(args = SIZES, consts = [false, true])]
fn gru<const BACKWARD: bool>(bencher: Bencher, size: Size) {
    run(
        bencher,
        Gru::new(size.input, size.hidden, &mut init()).unwrap(),
        size,
        BACKWARD,
    );
}

#[divan::bench(args = SIZES, consts = [false, true])]
fn bidirectional_lstm<const BACKWARD: bool>(bencher: Bencher, size: Size) {
    let lstm = || Lstm::new(size.input, size.hidden, &mut init()).unwrap();
    run(
        bencher,
        Bidirectional::new(lstm(), lstm()).unwrap(),
        size,
        BACKWARD,
    );
}

/// Items are looked-up numbers here.
#[divan::bench(args = [10, 42])]
fn embedding(bencher: Bencher, steps: usize) {
    let embedding = Embedding::new(20_000, 64, &mut init()).unwrap();
    let ids: Vec<u32> = (0..BATCH * steps)
        .map(|place| (place * 7919 % 20_000) as u32)
        .collect();
    let ids = Tensor::from_vec(ids, (BATCH, steps), &Device::Cpu).unwrap();
    bencher
        .counter(ItemsCount::new(BATCH * steps * 64))
        .bench_local(|| {
            let gradients = embedding
                .forward(&ids)
                .unwrap()
                .sum_all()
                .unwrap()
                .backward()
                .unwrap();
            embedding.sparse_gradients(&gradients).unwrap()
        });
}

#[divan::bench(consts = [false, true])]
fn linear<const BACKWARD: bool>(bencher: Bencher) {
    const INPUTS: usize = 128;
    const OUTPUTS: usize = 4;
    let linear = Linear::new(INPUTS, OUTPUTS, &mut init()).unwrap();
    let x = Tensor::ones((BATCH, INPUTS), DType::F32, &Device::Cpu).unwrap();
    let x = Var::from_tensor(&x).unwrap();
    let flops = 2 * BATCH * INPUTS * OUTPUTS * if BACKWARD { 3 } else { 1 };
    bencher.counter(ItemsCount::new(flops)).bench_local(|| {
        let y = linear.forward(&x).unwrap();
        if BACKWARD {
            black_box(y.sum_all().unwrap().backward().unwrap());
        }
        y
    });
}

/// One step over an embedding of 20,000 rows, of which a batch uses some. Items are the numbers of the table.
#[divan::bench(args = ["Adam", "LazyAdam", "AdamW", "Sgd"])]
fn optimizer_step(bencher: Bencher, rule: &str) {
    let method = match rule {
        "Adam" => Method::adam(),
        "LazyAdam" => Method::lazy_adam(),
        "AdamW" => Method::adamw(),
        _ => Method::Sgd { momentum: 0.9 },
    };
    let embedding = Embedding::new(20_000, 64, &mut init()).unwrap();
    let ids: Vec<u32> = (0..BATCH * 42)
        .map(|place| (place * 7919 % 20_000) as u32)
        .collect();
    let ids = Tensor::from_vec(ids, (BATCH, 42), &Device::Cpu).unwrap();
    let mut optimizer = Optimizer::new(OptimizerConfig { method, clip: None }).unwrap();
    bencher
        .counter(ItemsCount::new(20_000usize * 64))
        .with_inputs(|| {
            let y = embedding.forward(&ids).unwrap().sum_all().unwrap();
            y.backward().unwrap()
        })
        .bench_local_refs(|gradients| {
            let layers = [("embedding", &embedding as &dyn Layer)];
            optimizer.step(&layers, gradients, 1e-3).unwrap()
        });
}
