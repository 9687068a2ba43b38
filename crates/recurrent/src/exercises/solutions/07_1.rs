fn neighbours(words: Vec<usize>, place: usize, window: usize) -> Result<Vec<usize>> {
    let from = place.saturating_sub(window); // 0 at the beginning of the text
    let to = (place + window).min(words.len() - 1); // the last word at its end
    Ok((from..=to).filter(|other| *other != place).map(|other| words[other]).collect())
}
