fn pair_precision(said: Vec<usize>, truth: Vec<usize>) -> Result<f64> {
    let mut left: Vec<&[usize]> = truth.windows(2).collect(); // those that are not found yet
    let mut found = 0.0;
    for pair in said.windows(2) {
        if let Some(place) = left.iter().position(|one| *one == pair) {
            left.swap_remove(place);
            found += 1.0;
        }
    }
    Ok(found / (said.len() - 1) as f64)
}
