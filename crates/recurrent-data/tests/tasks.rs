//! The truth of each generated task.

use recurrent_data::tasks::{agreement::*, copying::*, shapes::*, stories::*, translation::*};

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
    check(|seed| translation(9, seed));
    check(|seed| stories(9, 5, seed));
    check(|seed| shapes(9, 0.1, seed));
}

#[test]
fn noise_without_sense_is_none_and_pixels_stay_from_0_to_1() {
    for noise in [-1.0, f32::NAN] {
        assert_eq!(shapes(3, noise, 1), shapes(3, 0.0, 1));
    }
    for noise in [0.5, 7.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN] {
        for picture in shapes(20, noise, 1) {
            assert!(picture.pixels.iter().all(|x| (0.0..=1.0).contains(x)));
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
    // The smallest sizes with a sense are taken.
    assert!(copying(3, 1, 1, 1).is_ok());
}

/// Reads the sentences again, by other rules: the last one that speaks of somebody or something decides.
#[test]
fn the_answer_of_a_story_follows_from_its_supporting_sentences() {
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
