fn shares(z: Vec<f64>) -> Result<Vec<f64>> {
    let kept = |t: usize| z[t + 1..].iter().product::<f64>(); // by the words after it
    Ok((0..z.len()).map(|t| (1.0 - z[t]) * kept(t)).collect())
}
