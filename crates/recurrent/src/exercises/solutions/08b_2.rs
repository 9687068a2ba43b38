fn exact_of(
    said: Vec<Vec<usize>>, truth: Vec<Vec<usize>>, sentences: Vec<usize>, k: usize,
) -> Result<f64> {
    let rows: Vec<usize> = (0..said.len()).filter(|&row| sentences[row] == k).collect();
    let right = rows.iter().filter(|&&row| said[row] == truth[row]).count();
    Ok(right as f64 / rows.len() as f64)
}
