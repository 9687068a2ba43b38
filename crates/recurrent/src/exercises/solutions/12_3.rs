fn may_look(steps: usize) -> Result<Vec<Vec<usize>>> {
    let row = |t: usize| (0..steps).map(|j| usize::from(j <= t)).collect();
    Ok((0..steps).map(row).collect())
}
