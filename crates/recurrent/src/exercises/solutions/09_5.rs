fn balanced_weights(counts: Vec<usize>) -> Result<Vec<f64>> {
    let rows = counts.iter().sum::<usize>() as f64;
    Ok(counts.iter().map(|&count| rows / (counts.len() * count) as f64).collect())
}
