fn look(q: Vec<f64>, h: Vec<Vec<f64>>) -> Result<Vec<f64>> {
    let dot = |state: &Vec<f64>| q.iter().zip(state).map(|(q, h)| q * h).sum::<f64>();
    let exp: Vec<f64> = h.iter().map(|state| dot(state).exp()).collect();
    let sum: f64 = exp.iter().sum();
    let mut z = vec![0.0; q.len()];
    for (state, exp) in h.iter().zip(&exp) {
        for (z, h) in z.iter_mut().zip(state) {
            *z += exp / sum * h;
        }
    }
    Ok(z)
}
