fn update(w: f64, b: f64, x: f64, y: f64, eta: f64) -> Result<(f64, f64)> {
    let error = w * x + b - y; // the loss is error²
    let (by_w, by_b) = (2.0 * error * x, 2.0 * error);
    Ok((w - eta * by_w, b - eta * by_b))
}
