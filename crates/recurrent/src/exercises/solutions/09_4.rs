fn macro_f1(n: Vec<Vec<f64>>) -> Result<f64> {
    let mut sum = 0.0;
    for (k, row) in n.iter().enumerate() {
        let said: f64 = n.iter().map(|row| row[k]).sum(); // column k: all that were called k
        let precision = row[k] / said;
        let recall = row[k] / row.iter().sum::<f64>(); // row k: all that are k
        sum += 2.0 * precision * recall / (precision + recall);
    }
    Ok(sum / n.len() as f64)
}
