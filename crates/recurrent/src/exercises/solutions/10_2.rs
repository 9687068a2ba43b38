fn grid_unit(z: Vec<f64>, m: Vec<f64>) -> Result<(Vec<f64>, Vec<f64>)> {
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let (mut new_h, mut new_m) = (Vec::new(), Vec::new());
    for (d, m) in m.iter().enumerate() { // 0: to the right, 1: upwards
        let (i, f) = (sigmoid(z[d]), sigmoid(z[2 + d] + 1.0));
        let (g, o) = (z[4 + d].tanh(), sigmoid(z[6 + d]));
        let memory = f * m + i * g;
        new_m.push(memory);
        new_h.push(o * memory.tanh());
    }
    Ok((new_h, new_m))
}
