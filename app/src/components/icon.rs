use leptos::prelude::*;

/// A picture of the one set: 18 px, lines of 1.75 px.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    Back,
    Person,
}

impl Picture {
    fn path(self) -> &'static str {
        match self {
            Self::Back => "M11 4 6 9l5 5",
            Self::Person => {
                "M9 9.25a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM3.5 15c.6-2.6 2.8-3.75 5.5-3.75S13.9 12.4 14.5 15"
            }
        }
    }
}

/// A picture for the eye only: the control that holds it has a name.
#[component]
pub fn Icon(picture: Picture) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 18 18" width="18" height="18" aria-hidden="true">
            <path
                d=picture.path()
                fill="none"
                stroke="currentColor"
                stroke-width="1.75"
                stroke-linecap="round"
                stroke-linejoin="round"
            />
        </svg>
    }
}
