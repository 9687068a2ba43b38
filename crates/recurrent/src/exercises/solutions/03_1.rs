fn share_of_pads(lengths: Vec<usize>) -> Result<f64> {
    let words: usize = lengths.iter().sum();
    let longest = lengths.iter().copied().max().unwrap_or(0);
    let places = longest * lengths.len(); // B · T
    Ok(1.0 - words as f64 / places as f64)
}
