fn gru_unit(a: Vec<f64>, b: Vec<f64>, h: f64) -> Result<f64> {
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let r = sigmoid(a[0] + b[0]);
    let z = sigmoid(a[1] + b[1]);
    let n = (a[2] + r * b[2]).tanh(); // r works on what comes from the state only
    Ok((1.0 - z) * n + z * h)
}
