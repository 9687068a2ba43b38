fn min_gru_step(gate: Vec<f64>, candidate: Vec<f64>, before: Vec<f64>) -> Result<Vec<f64>> {
    let mut after = Vec::new();
    for ((gate, candidate), before) in gate.iter().zip(&candidate).zip(&before) {
        let z = 1.0 / (1.0 + (-gate).exp());
        after.push((1.0 - z) * before + z * candidate);
    }
    Ok(after)
}
