fn ledger_of_unit(i: Vec<f64>, f: Vec<f64>, g: Vec<f64>) -> Result<Vec<f64>> {
    let left = |t: usize| f[t + 1..].iter().product::<f64>();
    Ok((0..i.len()).map(|t| i[t] * g[t] * left(t)).collect())
}
