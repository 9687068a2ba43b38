fn baseline_accuracy(train: Vec<usize>, test: Vec<usize>) -> Result<f64> {
    let largest = (0..train.len()).max_by_key(|&class| train[class]).unwrap_or(0);
    Ok(test[largest] as f64 / test.iter().sum::<usize>() as f64)
}
