fn lstm_step(z: Vec<f64>, c: f64) -> Result<(f64, f64)> {
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let (i, f, g, o) = (sigmoid(z[0]), sigmoid(z[1]), z[2].tanh(), sigmoid(z[3]));
    let c = f * c + i * g; // keep, and write
    let h = o * c.tanh();  // show
    Ok((h, c))
}
