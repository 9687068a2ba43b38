fn gradient_of_w(s: Vec<f64>, w: f64) -> Result<f64> {
    let (mut delta, mut sum) = (1.0, 0.0);
    for i in (1..s.len()).rev() {
        delta *= 1.0 - s[i] * s[i]; // through the tanh of step i
        sum += delta * s[i - 1];    // the share of step i
        delta *= w;                 // to the state before
    }
    Ok(sum)
}
