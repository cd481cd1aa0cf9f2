//! Files in the list `Messages`: images in place, others as a card to open.

use domain::file::FileCard;
use web_sys::HtmlElement;

use crate::{
    dom::{add, add_link, add_text, attribute, text},
    words::number,
};

/// The largest image in the list, in pixels.
const WIDEST: u32 = 280;
const HIGHEST: u32 = 320;

/// Draws a file in place of what was there. One that is not up yet has no link.
pub fn draw(parent: &HtmlElement, card: &FileCard) {
    text(parent, "");
    let place = if card.address.is_empty() {
        parent.clone()
    } else {
        let mut address = String::from("/files/");
        address.push_str(&card.address);
        let link = add_link(parent, &address, "");
        if let Some((width, height)) = card.pixels.filter(|_| card.kind.is_image()) {
            let image = add(&link, "img", "");
            attribute(&image, "alt", &card.name);
            // Its place is kept before it comes, so that nothing moves.
            let (width, height) = fitted(width.into(), height.into());
            attribute(&image, "width", &digits(width));
            attribute(&image, "height", &digits(height));
            attribute(&image, "src", &address);
            return;
        }
        link
    };
    add_text(&place, "span", "name", &card.name);
    add_text(&place, "span", "size", &size(card.bytes));
}

fn fitted(width: u32, height: u32) -> (u32, u32) {
    let (width, height) = (width.max(1), height.max(1));
    if width <= WIDEST && height <= HIGHEST {
        (width, height)
    } else if width * HIGHEST >= height * WIDEST {
        (WIDEST, (height * WIDEST / width).max(1))
    } else {
        ((width * HIGHEST / height).max(1), HIGHEST)
    }
}

fn size(bytes: u32) -> String {
    let kilobytes = bytes.div_ceil(1024);
    let (count, unit) = if kilobytes < 1024 {
        (kilobytes, " KB")
    } else {
        (kilobytes.div_ceil(1024), " MB")
    };
    let mut words = digits(count);
    words.push_str(unit);
    words
}

fn digits(count: u32) -> String {
    number(i32::try_from(count).unwrap_or(i32::MAX))
}
