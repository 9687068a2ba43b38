fn fill_up(mut rows: Vec<Vec<usize>>) -> Result<Vec<Vec<usize>>> {
    let longest = rows.iter().map(Vec::len).max().unwrap_or(0);
    for row in &mut rows {
        row.resize(longest, 0); // 0 is padding
    }
    Ok(rows)
}
