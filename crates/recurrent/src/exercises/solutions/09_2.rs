fn stops(losses: Vec<f64>, patience: usize) -> Result<(usize, usize)> {
    let mut best = 0;
    for (epoch, loss) in losses.iter().enumerate() {
        if *loss < losses[best] {
            best = epoch;
        }
        if epoch - best == patience {
            return Ok((epoch, best)); // training ends here
        }
    }
    Ok((losses.len() - 1, best))
}
