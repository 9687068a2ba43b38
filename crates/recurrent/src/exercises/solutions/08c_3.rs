fn mean_frame(frames: Vec<Vec<f64>>, length: usize) -> Result<Vec<f64>> {
    let mut mean = vec![0.0; frames[0].len()];
    for frame in &frames[..length] {
        for (sum, coefficient) in mean.iter_mut().zip(frame) {
            *sum += coefficient / length as f64;
        }
    }
    Ok(mean)
}
