fn side_by_side(forwards: Vec<Vec<f64>>, backwards: Vec<Vec<f64>>) -> Result<Vec<Vec<f64>>> {
    // The backward layer has read the last word first: its rows are put in the order of the words.
    let rows = forwards.iter().zip(backwards.iter().rev());
    Ok(rows.map(|(there, back)| [there.clone(), back.clone()].concat()).collect())
}
