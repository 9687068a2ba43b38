fn next_state(
    x: Vec<f64>, s: Vec<f64>, w_i: Vec<Vec<f64>>, w_h: Vec<Vec<f64>>, b: Vec<f64>,
) -> Result<Vec<f64>> {
    let dot = |row: &[f64], vector: &[f64]| row.iter().zip(vector).map(|(r, v)| r * v).sum::<f64>();
    let number = |a: usize| (dot(&w_i[a], &x) + dot(&w_h[a], &s) + b[a]).tanh();
    Ok((0..b.len()).map(number).collect())
}
