//! Which cells gain by optimisation: those whose own code may run more than once.

use std::collections::HashSet;

use proc_macro2::{TokenStream, TokenTree};

use crate::syntax;

/// What defines something that later cells may call.
const ITEMS: [&str; 8] = ["fn", "impl", "trait", "struct", "enum", "mod", "macro_rules", "union"];

/// Loops (`for` stands in an `impl`, too, but its `in` does not), and methods that go over many things in code that the
/// cell's compiler makes.
const REPEATS: [&str; 38] = [
    "in",
    "while",
    "loop",
    "all",
    "any",
    "bytes",
    "char_indices",
    "chars",
    "chunks",
    "collect",
    "concat",
    "contains",
    "count",
    "dedup",
    "drain",
    "extend",
    "filter",
    "fold",
    "for_each",
    "join",
    "keys",
    "lines",
    "map",
    "max",
    "min",
    "position",
    "product",
    "repeat",
    "replace",
    "retain",
    "rev",
    "reverse",
    "sum",
    "to_vec",
    "values",
    "windows",
    "zip",
    "clone_from_slice",
];

/// What the cells of a session have defined that runs code more than once. evcxr compiles it anew with each cell.
#[derive(Default)]
pub struct Repeating {
    /// The functions and methods.
    functions: HashSet<String>,
    /// Whether code that no cell names may be called: methods of a trait, a macro.
    unnamed: bool,
}

impl Repeating {
    /// Whether all that a cell computes outside of libraries is done once.
    pub fn runs_once(&self, cell: &str) -> bool {
        let defines =
            |token: &TokenTree| matches!(token, TokenTree::Ident(word) if ITEMS.iter().any(|item| word == item));
        !self.unnamed && !syntax::has_token(cell, defines) && !self.repeats(cell)
    }

    /// Takes in what an accepted cell has defined.
    pub fn learn(&mut self, cell: &str) {
        if !self.repeats(cell) {
            return;
        }
        let is = |names: &'static [&str]| move |token: &TokenTree| matches!(token, TokenTree::Ident(word) if names.iter().any(|name| word == name));
        self.unnamed |= syntax::has_token(cell, is(&["impl", "trait", "macro_rules", "mod"]));
        if let Ok(tokens) = syntax::rust(cell).parse() {
            self.learn_functions(tokens);
        }
    }

    fn learn_functions(&mut self, tokens: TokenStream) {
        let mut after_fn = false;
        for token in tokens {
            match token {
                TokenTree::Ident(name) if after_fn => {
                    self.functions.insert(name.to_string());
                    after_fn = false;
                }
                TokenTree::Ident(word) => after_fn = word == "fn",
                TokenTree::Group(group) => self.learn_functions(group.stream()),
                _ => after_fn = false,
            }
        }
    }

    fn repeats(&self, cell: &str) -> bool {
        syntax::has_token(cell, |token| match token {
            TokenTree::Ident(word) => {
                let word = word.to_string();
                REPEATS.contains(&&*word)
                    || word.starts_with("sort")
                    || word.starts_with("split")
                    || word.contains("iter")
                    || self.functions.contains(&word)
            }
            // A closure.
            TokenTree::Punct(punct) => punct.as_char() == '|',
            _ => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_repeated_is_seen_wherever_it_stands() {
        let none = Repeating::default();
        for cell in ["let x = &a + &b;", ":dep rand\nlet s = \"for |x|\";", "model.forward(&x)?", "println!(\"{x}\")"] {
            assert!(none.runs_once(cell), "{cell}");
        }
        for cell in [
            "f(|x| x + 1)",
            "vec![(0..9).collect::<Vec<_>>()]",
            "fn f() {}",
            "{ while f() {} }",
            "#[derive(A)] struct B;",
            "v.sort_by(f64::total_cmp)",
            "text.split_whitespace().count()",
            "(1..=9u64).sum::<u64>()",
        ] {
            assert!(!none.runs_once(cell), "{cell}");
        }
    }

    #[test]
    fn a_cell_that_calls_a_loop_of_an_earlier_one_repeats() {
        let mut session = Repeating::default();
        session.learn("fn twice(x: u64) -> u64 { 2 * x }\nfn primes(n: u64) -> u64 { for i in 0..n {} n }");
        session.learn("fn all_primes() -> u64 { primes(9) }");
        assert!(!session.runs_once("primes(5_000_000)") && !session.runs_once("all_primes()"));
        assert!(session.runs_once("let x = a + b;"));
        // A model whose forward pass is a line of calls of the library.
        session.learn("impl Model for Net { fn forward(&self, x: &Tensor) -> Tensor { self.linear.forward(x) } }");
        assert!(session.runs_once("trainer.fit(&model, &train, None)?;"));
        session.learn("impl RnnCell for Mine { fn step(&self) { for unit in 0..4 {} } }");
        assert!(!session.runs_once("trainer.fit(&model, &train, None)?;"));
    }
}
