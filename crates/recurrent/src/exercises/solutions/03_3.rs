fn masked_state(x: Vec<f64>, m: Vec<f64>, w_ih: f64, w_hh: f64, b: f64) -> Result<f64> {
    let mut h: f64 = 0.0; // h_0
    for (&x, &m) in x.iter().zip(&m) {
        let proposed = (w_ih * x + b + w_hh * h).tanh();
        h = m * proposed + (1.0 - m) * h;
    }
    Ok(h)
}
