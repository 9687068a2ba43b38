//! Several values at once: lists, pairs, what may be missing.

use super::{HTML, MimeBundle, SHOWN_LINES, SVG, Show, TEXT};

/// Entries of a list that are shown, and letters of its text.
const SHOWN_ENTRIES: usize = 100;
const SHOWN_LETTERS: usize = 2000;

impl<T: Show + ?Sized> Show for &T {
    fn mime_bundle(&self) -> MimeBundle {
        (**self).mime_bundle()
    }
}

impl<T: Show + ?Sized> Show for Box<T> {
    fn mime_bundle(&self) -> MimeBundle {
        (**self).mime_bundle()
    }
}

impl<T: Show> Show for Vec<T> {
    fn mime_bundle(&self) -> MimeBundle {
        self.as_slice().mime_bundle()
    }
}

impl<T: Show, const N: usize> Show for [T; N] {
    fn mime_bundle(&self) -> MimeBundle {
        self.as_slice().mime_bundle()
    }
}

/// Numbers and words as `[1, 2]`, values of several lines below each other.
impl<T: Show> Show for [T] {
    fn mime_bundle(&self) -> MimeBundle {
        let entries = self.iter().take(SHOWN_ENTRIES);
        let entries: Vec<Vec<(&str, String)>> = entries.map(Show::mime_bundle).collect();
        let mut forms = together(&entries, ["[", "]"]);
        if self.len() > SHOWN_ENTRIES || forms[0].1.ends_with('…') {
            forms[0].1 += &format!("\n{} entries", self.len());
        }
        forms
    }
}

/// A value whose `?` was left out, or why there is none.
impl<T: Show, E: std::error::Error> Show for Result<T, E> {
    fn mime_bundle(&self) -> MimeBundle {
        match self {
            Ok(value) => value.mime_bundle(),
            Err(error) => vec![(TEXT, format!("Error: {error}"))],
        }
    }
}

impl<T: Show> Show for Option<T> {
    fn mime_bundle(&self) -> MimeBundle {
        match self {
            None => vec![(TEXT, "None".into())],
            Some(value) => together(&[value.mime_bundle()], ["Some(", ")"]),
        }
    }
}

macro_rules! show_tuples {
    ($(($($name:ident $index:tt),+))+) => { $(
        impl<$($name: Show),+> Show for ($($name,)+) {
            fn mime_bundle(&self) -> MimeBundle {
                together(&[$(self.$index.mime_bundle()),+], ["(", ")"])
            }
        }
    )+ };
}

show_tuples! {
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
}

/// The forms of values that belong together: their texts, and their tables or pictures below each other if all have
/// some.
fn together(values: &[MimeBundle], [open, close]: [&str; 2]) -> MimeBundle {
    let form = |forms: &MimeBundle, wanted| {
        let found = forms.iter().find(|(mime, _)| *mime == wanted);
        found.map(|(_, content)| content.clone())
    };
    let texts: Vec<String> = values.iter().filter_map(|forms| form(forms, TEXT)).collect();
    let simple = values.iter().all(|forms| forms.len() == 1);
    let text = match simple && !texts.iter().any(|text| text.contains('\n')) {
        true => format!("{open}{}{close}", texts.join(", ")),
        false => texts.join("\n"),
    };
    let mut forms = vec![(TEXT, cut(text))];
    let pages: Option<String> = values
        .iter()
        .take(SHOWN_LINES)
        .map(|forms| form(forms, HTML).or_else(|| Some(format!("<div>{}</div>", form(forms, SVG)?))))
        .collect();
    if let (Some(html), false) = (pages, simple) {
        forms.push((HTML, html));
    }
    forms
}

/// Never a page of text.
fn cut(text: String) -> String {
    match text.char_indices().nth(SHOWN_LETTERS) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
