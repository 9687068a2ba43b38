//! Lets a cell that holds an `impl` alone run again.
//!
//! evcxr replaces an item by another one of the same name, and an `impl` together with the type that stands before it in
//! its cell. An `impl` in a cell of its own has no name: run again, it would be there twice. So each gets a type of its
//! own before it, named after what is implemented.

use std::hash::{DefaultHasher, Hash, Hasher};

use proc_macro2::{Delimiter, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{ImplItem, Item, Stmt};

/// A cell as evcxr gets it.
pub struct Named {
    /// Its text.
    pub text: String,
    /// What was put in: line (from 1), column (from 1) and length in characters.
    added: Vec<(usize, usize, usize)>,
}

impl Named {
    /// Names the `impl`s of a cell.
    pub fn of(cell: &str) -> Self {
        let mut named = Self { text: String::new(), added: Vec::new() };
        let mut places = bare(cell).into_iter().peekable();
        for (index, line) in cell.split('\n').enumerate() {
            if index > 0 {
                named.text.push('\n');
            }
            match places.next_if(|(place, _, _)| *place == index + 1) {
                Some((line_number, column, name)) => {
                    let at = line.char_indices().nth(column).map_or(line.len(), |(byte, _)| byte);
                    let mark = format!("struct {name}; ");
                    named.text.push_str(&line[..at]);
                    named.text.push_str(&mark);
                    named.text.push_str(&line[at..]);
                    named.added.push((line_number, column + 1, mark.chars().count()));
                }
                None => named.text.push_str(line),
            }
        }
        named
    }

    /// The column in the cell of a column (both from 1) in the text that evcxr got.
    pub fn column(&self, line: usize, column: usize) -> usize {
        let added = self.added.iter().find(|(there, at, _)| *there == line && column > *at);
        added.map_or(column, |(_, at, length)| column.saturating_sub(*length).max(*at))
    }
}

/// Line (from 1), column (from 0) and name of each `impl` that no named item stands before; at most one a line.
fn bare(cell: &str) -> Vec<(usize, usize, String)> {
    let rust = crate::syntax::rust(cell);
    let Ok(block) = syn::parse_str::<syn::Block>(&format!("{{{rust}\n}}")) else { return Vec::new() };
    let mut after_a_name = false;
    let mut found: Vec<(usize, usize, String)> = Vec::new();
    for statement in block.stmts {
        let Stmt::Item(item) = statement else { continue };
        match &item {
            Item::Impl(one) if !after_a_name => {
                let start = item.span().start();
                // The brace that was put around the cell stands in its first line.
                let column = start.column - usize::from(start.line == 1);
                if found.last().is_none_or(|(line, _, _)| *line != start.line) {
                    found.push((start.line, column, name(one)));
                }
            }
            Item::Impl(_) | Item::Use(_) | Item::Macro(_) | Item::ExternCrate(_) => {}
            _ => after_a_name = true,
        }
    }
    found
}

/// The same for the same trait and type, whatever stands in the braces. A type may have several `impl`s without a trait:
/// these are told apart by what stands in them first.
fn name(one: &syn::ItemImpl) -> String {
    let mut hash = DefaultHasher::new();
    let is_body = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    for token in one.to_token_stream().into_iter().take_while(|token| !is_body(token)) {
        token.to_string().hash(&mut hash);
    }
    if one.trait_.is_none() {
        first(one).hash(&mut hash);
    }
    format!("Impl{:016x}", hash.finish())
}

fn first(one: &syn::ItemImpl) -> Option<String> {
    Some(match one.items.first()? {
        ImplItem::Fn(function) => function.sig.ident.to_string(),
        ImplItem::Const(constant) => constant.ident.to_string(),
        ImplItem::Type(alias) => alias.ident.to_string(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_impl_alone_gets_a_name_that_its_body_does_not_change() {
        let one = Named::of("use a::B;\n  impl T for Cat { fn n(&self) -> i32 { 1 } }");
        let two = Named::of("impl T for Cat {\n    fn n(&self) -> i32 { 2 }\n}\nlet x = 1;");
        let name = |named: &Named| named.text.split("struct ").nth(1).unwrap().split(';').next().unwrap().to_owned();
        assert_eq!(name(&one), name(&two));
        assert_ne!(name(&one), name(&Named::of("impl T for Dog {}")));
        let own = |text: &str| name(&Named::of(text));
        assert_eq!(own("impl Cat { fn a() {} }"), own("impl Cat { fn a() { b() } fn c() {} }"));
        assert_ne!(own("impl Cat { fn a() {} }"), own("impl Cat { fn b() {} }"));
        assert!(one.text.starts_with("use a::B;\n  struct Impl") && one.text.ends_with("{ 1 } }"));
        // Columns of the changed line are those of the cell again.
        let column = one.text.lines().nth(1).unwrap().find("fn n").unwrap() + 1;
        assert_eq!(one.column(2, column), "  impl T for Cat { fn n".find("fn n").unwrap() + 1);
        assert_eq!(one.column(2, 2), 2);
        assert_eq!(one.column(1, 30), 30);
    }

    #[test]
    fn an_impl_behind_its_type_stays_as_it_is() {
        for cell in ["struct Cat;\niml T for Cat {}", "struct Cat;\nimpl T for Cat {}", "let x = 1;", "impl {"] {
            assert_eq!(Named::of(cell).text, cell);
        }
    }
}
