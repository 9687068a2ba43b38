fn nearest_row(query: Vec<f64>, table: Vec<Vec<f64>>) -> Result<usize> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let cosine = |row: &[f64]| dot(&query, row) / (dot(&query, &query) * dot(row, row)).sqrt();
    let nearer = |best: usize, row: usize| if cosine(&table[row]) > cosine(&table[best]) { row } else { best };
    Ok((1..table.len()).fold(0, nearer)) // begins with row 0
}
