fn pack_rows(mut rows: Vec<Vec<usize>>) -> Result<(Vec<usize>, Vec<usize>)> {
    rows.sort_by_key(|row| std::cmp::Reverse(row.len())); // the longest row first
    let (mut ids, mut running) = (Vec::new(), Vec::new());
    for t in 0..rows[0].len() {
        let column: Vec<usize> = rows.iter().filter_map(|row| row.get(t).copied()).collect();
        running.push(column.len());
        ids.extend(column);
    }
    Ok((ids, running))
}
