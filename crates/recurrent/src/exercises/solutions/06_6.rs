fn mean_and_deviation(accuracies: Vec<f64>) -> Result<(f64, f64)> {
    let runs = accuracies.len() as f64;
    let mean = accuracies.iter().sum::<f64>() / runs;
    let squares = accuracies.iter().map(|one| (one - mean) * (one - mean)).sum::<f64>();
    Ok((mean, (squares / (runs - 1.0)).sqrt()))
}
