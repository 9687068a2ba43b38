fn half_width(residuals: Vec<f64>, share: f64) -> Result<f64> {
    let mut sizes: Vec<f64> = residuals.iter().map(|r| r.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let rank = ((sizes.len() + 1) as f64 * share).ceil() as usize; // counted from 1
    Ok(sizes[rank.min(sizes.len()) - 1])
}
