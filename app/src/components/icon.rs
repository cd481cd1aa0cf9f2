use leptos::prelude::*;

/// A picture of the one set: 18 px, lines of 1.75 px.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    Attach,
    Back,
    Calendar,
    Close,
    File,
    Note,
    Person,
    Verified,
}

impl Picture {
    fn path(self) -> &'static str {
        match self {
            Self::Attach => {
                "m15.2 8.4-5.9 5.9a3.6 3.6 0 0 1-5.1-5.1l6-6a2.4 2.4 0 0 1 3.4 3.4l-6 6a1.2 1.2 0 0 1-1.7-1.7l5.5-5.5"
            }
            Self::Back => "M11 4 6 9l5 5",
            Self::Calendar => {
                "M5.5 4h7A2.5 2.5 0 0 1 15 6.5v6a2.5 2.5 0 0 1-2.5 2.5h-7A2.5 2.5 0 0 1 3 12.5v-6A2.5 2.5 0 0 1 5.5 4ZM3 8h12M6.25 2.25V5m5.5-2.75V5"
            }
            Self::Close => "m5 5 8 8m0-8-8 8",
            Self::File => {
                "M10.25 2.5H5.5A1.5 1.5 0 0 0 4 4v10a1.5 1.5 0 0 0 1.5 1.5h7A1.5 1.5 0 0 0 14 14V6.25L10.25 2.5Zm0 0v3.75H14"
            }
            Self::Note => {
                "M15 10.5V4.5A1.5 1.5 0 0 0 13.5 3h-9A1.5 1.5 0 0 0 3 4.5v9A1.5 1.5 0 0 0 4.5 15h6L15 10.5Zm0 0h-3a1.5 1.5 0 0 0-1.5 1.5v3"
            }
            Self::Verified => "m5.75 9.25 2.25 2.25 4.25-4.75M9 16A7 7 0 1 0 9 2a7 7 0 0 0 0 14Z",
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
