fn window_of(region: usize) -> Result<Vec<usize>> {
    let (top, left) = (4 * (region / 6), 4 * (region % 6)); // of the region's own 4 x 4 pixels
    let end = |first: usize| (first + 4 + 2).min(24);
    Ok(vec![top.saturating_sub(2), end(top), left.saturating_sub(2), end(left)])
}
