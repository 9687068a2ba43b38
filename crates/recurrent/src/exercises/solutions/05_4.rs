fn one_step_back(d_h: Vec<f64>, h: Vec<f64>, w_hh: Vec<Vec<f64>>) -> Result<Vec<f64>> {
    let units = h.len();
    // Through tanh, then through the transposed matrix: column j of w_hh.
    let inner: Vec<f64> = (0..units).map(|i| (1.0 - h[i] * h[i]) * d_h[i]).collect();
    let back = |j: usize| (0..units).map(|i| w_hh[i][j] * inner[i]).sum::<f64>();
    Ok((0..units).map(back).collect())
}
