use leptos::prelude::*;

use super::{calc, part};

/// The photo of a person, or the initials; for the eye only: the name always stands beside it.
#[component]
pub fn Avatar(
    #[prop(into)] name: Signal<Option<String>>,
    /// The file name under `/photos/`.
    #[prop(optional, into)]
    photo: Signal<Option<String>>,
    #[prop(optional)] large: bool,
) -> impl IntoView {
    let picture = move || match photo.get() {
        None => ().into_any(),
        Some(photo) => view! { <img src=format!("/photos/{photo}") alt="" /> }.into_any(),
    };
    view! {
        <span class="avatar" class:large=large aria-hidden="true">
            {calc(move || name.with(|name| initials(name.as_deref())))}
            {part(picture)}
        </span>
    }
}

/// The first letters of the first and the last word, `?` for nobody known.
fn initials(name: Option<&str>) -> String {
    let words: Vec<char> = name
        .unwrap_or_default()
        .split_whitespace()
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()))
        .collect();
    let letters = match words.as_slice() {
        [] => return "?".into(),
        [only] => vec![*only],
        [first, .., last] => vec![*first, *last],
    };
    letters.into_iter().flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_are_those_of_the_first_and_last_word() {
        assert_eq!(initials(Some("Ada King Lovelace")), "AL");
        assert_eq!(initials(Some("ada@example.com")), "A");
        assert_eq!(initials(Some(" (é) ")), "É");
        assert_eq!(initials(None), "?");
    }
}
