use domain::{Language, file::FileCard};
use leptos::prelude::*;

use crate::{
    components::{Icon, Picture},
    texts::Texts,
};

/// The largest picture in place, in pixels.
const LARGEST: (u32, u32) = (320, 240);

/// A file that was sent: a picture small in place, anything else as a card. Both lead to the whole.
pub fn sent(card: &FileCard, texts: Texts) -> AnyView {
    let address = format!("/files/{}", card.address);
    let name = card.name.clone();
    match (card.kind.is_image(), card.pixels) {
        (true, Some(pixels)) => {
            let (width, height) = within(pixels);
            view! {
                <a
                    class="picture"
                    href=address.clone()
                    target="_blank"
                    rel="noopener"
                    title=name.clone()
                >
                    <img
                        src=address.clone()
                        alt=name.clone()
                        width=width
                        height=height
                        loading="lazy"
                    />
                </a>
            }
            .into_any()
        }
        _ => view! {
            <a class="file" href=address target="_blank" rel="noopener">
                {face(&card.name, card.bytes, texts)}
            </a>
        }
        .into_any(),
    }
}

/// A file that is not sent yet.
pub fn upload(name: &str, bytes: u32, texts: Texts) -> AnyView {
    view! { <span class="file">{face(name, bytes, texts)}</span> }.into_any()
}

fn face(name: &str, bytes: u32, texts: Texts) -> AnyView {
    view! {
        <Icon picture=Picture::File />
        <span class="name" dir="auto">{name.to_owned()}</span>
        " "
        <span class="size">{size(bytes, texts.language)}</span>
    }
    .into_any()
}

/// Width and height of a picture in place.
fn within((width, height): (u16, u16)) -> (String, String) {
    let (width, height) = (u32::from(width.max(1)), u32::from(height.max(1)));
    // By whichever side is too long the more; what fits stays as it is.
    let (num, den) = [(LARGEST.0, width), (LARGEST.1, height), (1, 1)]
        .into_iter()
        .min_by_key(|(num, den)| u64::from(*num) * (1 << 32) / u64::from(*den))
        .unwrap_or((1, 1));
    let pixels = |side: u32| ((side * num + den / 2) / den).max(1).to_string();
    (pixels(width), pixels(height))
}

/// A size in words: `340 KB`, `2.4 MB`.
fn size(bytes: u32, language: Language) -> String {
    if bytes < 1_000_000 {
        return format!("{} KB", bytes.div_ceil(1_000));
    }
    let tenths = bytes.div_ceil(100_000);
    let point = match language {
        Language::English => '.',
        Language::Italian => ',',
    };
    format!("{}{point}{} MB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_keeps_its_shape_and_small_ones_their_size() {
        assert_eq!(within((640, 480)), ("320".into(), "240".into()));
        assert_eq!(within((100, 50)), ("100".into(), "50".into()));
        assert_eq!(within((10, 9_000)), ("1".into(), "240".into()));
    }

    #[test]
    fn sizes_are_worded_as_people_do() {
        assert_eq!(size(0, Language::English), "0 KB");
        assert_eq!(size(339_001, Language::English), "340 KB");
        assert_eq!(size(2_400_000, Language::English), "2.4 MB");
        assert_eq!(size(10_485_760, Language::Italian), "10,5 MB");
    }
}
