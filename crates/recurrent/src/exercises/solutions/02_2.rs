fn embed(ids: Vec<usize>, table: Vec<Vec<f64>>) -> Result<Vec<Vec<f64>>> {
    let mut vectors = Vec::new();
    for id in ids {
        let one_hot: Vec<f64> = (0..table.len()).map(|row| if row == id { 1.0 } else { 0.0 }).collect();
        let mut vector = vec![0.0; table[0].len()];
        for (weight, row) in one_hot.iter().zip(&table) {
            for (sum, number) in vector.iter_mut().zip(row) {
                *sum += weight * number; // 0 for all rows but one
            }
        }
        vectors.push(vector);
    }
    Ok(vectors)
}
