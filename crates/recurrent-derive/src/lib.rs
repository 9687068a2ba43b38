#![doc = include_str!("../README.md")]

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Data, DeriveInput, Error, Field, Index, Result, Type, WherePredicate, parse_macro_input, parse_quote};

/// Lists the fields as the layers of `Module::layers`, in their order, under their names; in a tuple struct under their
/// numbers.
///
/// A number, a truth value or a text is no layer and is left out. So is a field with `#[module(skip)]`. Every other field
/// has to be a `Module`: a layer, a `candle_core::Var`, a `Vec`, an `Option` or a `Box` of modules, or a struct that
/// derives `Module`. `Module` must be in scope, as it is with `use recurrent_nn::Module`.
#[proc_macro_derive(Module, attributes(module))]
pub fn derive_module(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    module(input).unwrap_or_else(Error::into_compile_error).into()
}

fn module(input: DeriveInput) -> Result<TokenStream> {
    let Data::Struct(data) = input.data else {
        let problem = "Module is derived for a struct whose fields are layers; implement it by hand for anything else";
        return Err(Error::new_spanned(input.ident, problem));
    };
    let (mut layers, mut types) = (Vec::new(), Vec::new());
    for (index, field) in data.fields.iter().enumerate() {
        if is_skipped(field)? || is_plain(&field.ty) {
            continue;
        }
        let index = Index::from(index);
        let (member, name) = match &field.ident {
            Some(ident) => (ident.to_token_stream(), ident.to_string()),
            None => (index.to_token_stream(), index.index.to_string()),
        };
        let name = name.trim_start_matches("r#");
        types.push(&field.ty);
        layers.push(quote!((::std::string::String::from(#name), &self.#member as &dyn Module)));
    }
    let mut generics = input.generics;
    if generics.type_params().next().is_some() {
        let bounds = &mut generics.make_where_clause().predicates;
        bounds.extend(types.iter().map(|ty| -> WherePredicate { parse_quote!(#ty: Module) }));
    }
    let (of, arguments, bounds) = generics.split_for_impl();
    let name = input.ident;
    Ok(quote! {
        impl #of Module for #name #arguments #bounds {
            fn layers(&self) -> ::std::vec::Vec<(::std::string::String, &dyn Module)> {
                ::std::vec![#(#layers),*]
            }
        }
    })
}

/// Whether a field says `#[module(skip)]`.
fn is_skipped(field: &Field) -> Result<bool> {
    let mut skipped = false;
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("module")) {
        attribute.parse_nested_meta(|meta| match meta.path.is_ident("skip") {
            true => {
                skipped = true;
                Ok(())
            }
            false => Err(meta.error("expected `skip`")),
        })?;
    }
    Ok(skipped)
}

/// Whether a type is a number, a truth value or a text, by the name that is written there.
fn is_plain(ty: &Type) -> bool {
    const PLAIN: [&str; 18] = [
        "bool", "char", "str", "String", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32",
        "u64", "u128", "usize",
    ];
    match ty {
        Type::Path(path) => path.path.get_ident().is_some_and(|ident| PLAIN.iter().any(|plain| ident == plain)),
        Type::Reference(reference) => is_plain(&reference.elem),
        Type::Group(group) => is_plain(&group.elem),
        Type::Paren(paren) => is_plain(&paren.elem),
        _ => false,
    }
}
