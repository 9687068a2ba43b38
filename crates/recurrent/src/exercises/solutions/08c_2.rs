fn moved(row: Vec<f64>, steps: usize) -> Result<Vec<f64>> {
    let mut after = vec![0.0; row.len()];
    for (place, pixel) in row.iter().enumerate() {
        after[(place + steps) % row.len()] = *pixel; // past the end it begins again at 0
    }
    Ok(after)
}
