//! The truth of each generated task.

use recurrent_data::tasks::{agreement::*, characters::*, copying::*, digits::*, series::*, shapes::*, translation::*};

#[test]
fn the_pronoun_follows_the_subject_and_nothing_else() {
    let sentences = agreement(300, 3, 1);
    for sentence in &sentences {
        let answer = match &sentence.words[..sentence.subject_words] {
            [name] if FEMININE.contains(&name.as_str()) => "she",
            [name] if MASCULINE.contains(&name.as_str()) => "he",
            [_, and, _] if and == "and" => "they",
            subject => panic!("{subject:?}"),
        };
        assert_eq!(PRONOUNS[sentence.label as usize], answer, "{sentence:?}");
        assert!(sentence.words.get(sentence.subject_words).is_some_and(|word| word != "and"));
    }
    // Others are named in between, so the last name alone does not do.
    assert!(
        sentences
            .iter()
            .any(|s| { s.label == 0 && s.words[1..].iter().any(|word| MASCULINE.contains(&word.as_str())) })
    );
    assert_eq!(sentences, agreement(300, 3, 1));
    assert_ne!(sentences, agreement(300, 3, 2));
}

#[test]
fn the_target_of_copying_is_the_first_symbols_after_the_pause() {
    let task = copying(50, 10, 40, 1).unwrap();
    assert_eq!(task.steps, 60);
    for (inputs, targets) in task.inputs.chunks(60).zip(task.targets.chunks(60)) {
        assert_eq!(inputs[..10], targets[50..]);
        assert!(inputs[..10].iter().all(|id| (1..=SYMBOLS).contains(id)));
        assert_eq!(inputs.iter().position(|&id| id == GO), Some(49));
        assert!(inputs[10..49].iter().chain(&inputs[50..]).chain(&targets[..50]).all(|&id| id == BLANK));
    }
}

#[test]
fn every_line_is_a_sentence_and_a_changed_one_is_not() {
    let text = characters(300, 1);
    assert!(text.lines().count() == 300 && text.lines().all(is_sentence));
    for line in text.lines() {
        let wrong = if line.starts_with("one ") {
            line.replacen("one", "two", 1)
        } else {
            format!("one{}", &line[line.find(' ').unwrap()..])
        };
        assert!(!is_sentence(&wrong), "{wrong}");
        assert!(!is_sentence(&line[..line.len() - 1]));
    }
}

#[test]
fn spanish_words_agree_with_their_noun() {
    let feminine = ["casa", "niña", "mesa", "luna", "mujer", "flor"];
    let adjectives = [
        "rojo", "roja", "pequeño", "pequeña", "blanco", "blanca", "viejo", "vieja", "nuevo", "nueva", "negro", "negra",
    ];
    let pairs = translation(400, 1);
    for Pair { english, spanish } in &pairs {
        let words: Vec<&str> = spanish.split(' ').collect();
        for (i, article) in words.iter().enumerate().filter(|(_, word)| ["el", "la", "un", "una"].contains(word)) {
            let is_feminine = feminine.contains(&words[i + 1]);
            assert_eq!(is_feminine, ["la", "una"].contains(article), "{spanish}");
            if let Some(adjective) = words.get(i + 2).filter(|word| adjectives.contains(word)) {
                assert_eq!(is_feminine, adjective.ends_with('a'), "{spanish}");
            }
        }
        assert_eq!(english.contains(" does not "), words.contains(&"no"));
        assert_eq!(english.matches("the ").count(), words.iter().filter(|word| ["el", "la"].contains(word)).count());
    }
    // One English sentence has one translation.
    for a in &pairs {
        assert!(pairs.iter().all(|b| a.english != b.english || a.spanish == b.spanish));
    }
}

#[test]
fn trend_season_and_noise_add_up() {
    let config = SeriesConfig::default();
    let series = series(2400, config, 1).unwrap();
    for t in 0..2400 {
        assert_eq!(series.values[t], series.trend[t] + series.season[t] + series.noise[t]);
        assert!((series.trend[t] - (10.0 + 0.05 * t as f64)).abs() < 1e-9);
        assert!(t < 12 || (series.season[t] - series.season[t - 12]).abs() < 1e-9);
    }
    let mean = series.noise.iter().sum::<f64>() / 2400.0;
    let variance = series.noise.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 2400.0;
    assert!(mean.abs() < 0.04 && (variance.sqrt() - 0.5).abs() < 0.03, "{mean} {variance}");
}

#[test]
fn the_loudest_band_follows_the_melody() {
    for Utterance { samples, frames, melody, label } in &digits(40, 0.02, 1) {
        assert!(*label < 10 && (20..=40).contains(&melody.len()));
        assert_eq!((samples.len(), frames.len()), (melody.len() * FRAME, melody.len() * BANDS));
        for (frame, meant) in frames.chunks(BANDS).zip(melody) {
            let loudest = (0..BANDS).max_by(|&a, &b| frame[a].total_cmp(&frame[b])).unwrap();
            assert!((loudest as f32 - meant).abs() <= 1.0, "{loudest} {meant}");
        }
    }
}

#[test]
fn the_melody_is_that_of_the_digit_and_of_no_other() {
    // How far a melody is from that of a digit, at its start, in the middle and at its end; a voice is up to one band
    // higher or lower.
    let distance = |melody: &[f32], digit: usize| {
        let middle = melody.len() / 2;
        let heard = [melody[0], (melody[middle] + melody[melody.len() - 1 - middle]) / 2.0, melody[melody.len() - 1]];
        let far = heard.iter().zip(MELODIES[digit]);
        far.map(|(heard, meant)| (f64::from(*heard) - meant).abs()).fold(0.0, f64::max)
    };
    for Utterance { melody, label, .. } in &digits(200, 0.0, 3) {
        let nearest = (0..MELODIES.len()).min_by(|&a, &b| distance(melody, a).total_cmp(&distance(melody, b)));
        assert_eq!(nearest, Some(*label as usize), "{melody:?}");
        assert!(distance(melody, *label as usize) < 1.5, "{melody:?}");
    }
}

#[test]
fn the_shape_is_where_the_caption_says_and_as_large() {
    for picture in &shapes(200, 0.0, 1) {
        let lit: Vec<(usize, usize)> =
            (0..SIDE * SIDE).filter(|&i| picture.pixels[i] == 1.0).map(|i| (i / SIDE, i % SIDE)).collect();
        let mean = |of: fn(&(usize, usize)) -> usize| lit.iter().map(of).sum::<usize>() as f64 / lit.len() as f64;
        assert_eq!(mean(|p| p.0) < 11.5, picture.caption.contains("top"), "{}", picture.caption);
        assert_eq!(mean(|p| p.1) < 11.5, picture.caption.contains("left"), "{}", picture.caption);
        assert_eq!(lit.len() > 36, picture.caption.contains("large"), "{} {}", picture.caption, lit.len());
        let widths: Vec<usize> =
            (0..SIDE).map(|row| lit.iter().filter(|p| p.0 == row).count()).filter(|&n| n > 0).collect();
        let (first, last, widest) = (widths[0], widths[widths.len() - 1], *widths.iter().max().unwrap());
        let seen = match (first == last, first == widest) {
            (true, true) => "square",
            _ if last == widest && first < last => "triangle",
            _ => "circle",
        };
        assert!(picture.caption.contains(seen), "{seen}: {} {widths:?}", picture.caption);
    }
}

#[test]
fn the_caption_says_what_the_fields_say() {
    for picture in &shapes(200, 0.1, 4) {
        let Picture { shape, large, top, left, .. } = picture;
        let words = [
            "a",
            if *large { "large" } else { "small" },
            match shape {
                Shape::Circle => "circle",
                Shape::Square => "square",
                Shape::Triangle => "triangle",
            },
            "at the",
            if *top { "top" } else { "bottom" },
            if *left { "left" } else { "right" },
        ];
        assert_eq!(picture.caption, words.join(" "));
    }
}

#[test]
fn the_same_seed_gives_the_same_data() {
    fn check<T: PartialEq + std::fmt::Debug>(make: impl Fn(u64) -> T) {
        assert_eq!(make(1), make(1));
        assert_ne!(make(1), make(2));
    }
    check(|seed| agreement(9, 2, seed));
    check(|seed| copying(9, 5, 12, seed).unwrap());
    check(|seed| characters(9, seed));
    check(|seed| translation(9, seed));
    check(|seed| series(9, SeriesConfig::default(), seed).unwrap());
    check(|seed| digits(3, 0.1, seed));
    check(|seed| shapes(9, 0.1, seed));
}

#[test]
fn noise_without_sense_is_none_and_pixels_stay_from_0_to_1() {
    for noise in [-1.0, f64::NAN] {
        assert_eq!(digits(3, noise, 1), digits(3, 0.0, 1));
        assert_eq!(shapes(3, noise as f32, 1), shapes(3, 0.0, 1));
    }
    for noise in [0.5, 7.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN] {
        for picture in shapes(20, noise, 1) {
            assert!(picture.pixels.iter().all(|x| (0.0..=1.0).contains(x)));
        }
        for utterance in digits(3, f64::from(noise), 1) {
            assert!(utterance.frames.iter().all(|x| x.is_finite()));
        }
    }
}

#[test]
fn a_size_without_sense_is_refused_with_what_was_expected() {
    let refusals = [
        (copying(3, 0, 5, 1).map(drop), "copying: expected symbols and a pause of 1 or more, got symbols 0, pause 5"),
        (copying(3, 2, 0, 1).map(drop), "copying: expected symbols and a pause of 1 or more, got symbols 2, pause 0"),
    ];
    for (refused, sentence) in refusals {
        assert_eq!(refused.unwrap_err().to_string(), sentence);
    }
    for (period, noise) in
        [(0.0, 0.5), (-12.0, 0.5), (f64::NAN, 0.5), (12.0, f64::INFINITY), (12.0, f64::NAN), (12.0, -0.5)]
    {
        let config = SeriesConfig { period, noise, ..Default::default() };
        let error = series(3, config, 1).unwrap_err().to_string();
        let expected = "series: expected finite numbers, a period above 0 and noise of 0 or more, got SeriesConfig";
        assert!(error.starts_with(expected), "{error}");
        assert!(error.contains(&format!("period: {period:?}, noise: {noise:?}")), "{error}");
    }
    // The smallest sizes with a sense are taken.
    assert!(copying(3, 1, 1, 1).is_ok());
}

/// Reads the sentences again, by other rules: the last one that speaks of somebody or something decides.
#[test]
fn the_answer_of_a_story_follows_from_its_supporting_sentences() {
    use recurrent_data::tasks::stories::stories;
    let stories = stories(2_000, 8, 5);
    let mut kinds = std::collections::BTreeMap::new();
    for story in &stories {
        let words = |sentence: usize| story.sentences[sentence].split(' ').collect::<Vec<_>>();
        let last =
            |matches: &dyn Fn(&[&str]) -> bool| (0..8).rev().find(|&sentence| matches(&words(sentence))).unwrap();
        let moved = |person: &str| last(&|words| words[0] == person && words[1] == "goes");
        let got = |object: &str| last(&|words| ["takes", "gives"].contains(&words[1]) && words[3] == object);
        let holder = |object: &str| {
            words(got(object)).last().map_or("", |word| if *word == object { words(got(object))[0] } else { word })
        };
        let question: Vec<&str> = story.question.split(' ').collect();
        let (kind, answer, mut needed) = match question[..] {
            ["where", "is", "the", object] => {
                let place = moved(holder(object));
                ("thing", words(place)[4], vec![got(object), place])
            }
            ["where", "is", person] => ("person", words(moved(person))[4], vec![moved(person)]),
            ["who", "has", "the", object] => ("holder", holder(object), vec![got(object)]),
            ["who", "gave", "the", object, "to", _] => ("giver", words(got(object))[0], vec![got(object)]),
            _ => panic!("{}", story.question),
        };
        needed.sort_unstable();
        assert_eq!((&*story.answer, &story.supporting), (answer, &needed), "{story:?}");
        *kinds.entry(kind).or_insert(0) += 1;
    }
    assert!(kinds.len() == 4 && kinds.values().all(|&count| count > 100), "{kinds:?}");
    assert!((0..8).all(|distance| stories.iter().any(|story| story.distance() == distance)));
}
