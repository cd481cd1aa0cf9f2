//! What people write in a large database: words of three kinds of frequency, among others.

/// Each in a fifth of all messages.
pub const COMMON: [&str; 20] = [
    "order", "delivery", "invoice", "refund", "account", "payment", "address", "thanks", "hello",
    "please", "today", "help", "problem", "return", "price", "offer", "size", "colour", "store",
    "question",
];

/// How many words there are that each stand in one message of a thousand.
const MIDDLE: usize = 200;

/// How many words there are that each stand in five messages of a million.
const RARE: usize = 1_000;

/// How many other words there are.
const OTHERS: usize = 3_000;

const CONSONANTS: [char; 14] = [
    'b', 'c', 'd', 'f', 'g', 'l', 'm', 'n', 'p', 'r', 's', 't', 'v', 'z',
];
const VOWELS: [char; 5] = ['a', 'e', 'i', 'o', 'u'];

/// The words of a large database.
pub struct Words {
    middle: Vec<String>,
    rare: Vec<String>,
    others: Vec<String>,
}

impl Words {
    /// The same each time.
    pub fn new() -> Self {
        Self {
            middle: (0..MIDDLE).map(middle).collect(),
            rare: (0..RARE).map(rare).collect(),
            others: (0..OTHERS).map(|n| syllables(n, 2 + n % 3)).collect(),
        }
    }

    /// What somebody writes.
    pub fn message(&self, random: &mut fastrand::Rng) -> String {
        let mut words: Vec<&str> = COMMON
            .into_iter()
            .filter(|_| random.u8(0..5) == 0)
            .collect();
        for _ in 0..random.usize(2..8) {
            // The first are written far more often than the last, as in any language.
            let share = random.f32() * random.f32() * random.f32();
            words.extend(pick(&self.others, share));
        }
        if random.u32(0..1_000) < 200 {
            words.extend(pick(&self.middle, random.f32()));
        }
        if random.u32(0..1_000) < 5 {
            words.extend(pick(&self.rare, random.f32()));
        }
        random.shuffle(&mut words);
        let mut text = words.join(" ");
        text.push('.');
        text
    }
}

impl Default for Words {
    fn default() -> Self {
        Self::new()
    }
}

fn pick(words: &[String], share: f32) -> Option<&str> {
    #[expect(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place among some thousand words"
    )]
    let at = (share * words.len() as f32) as usize;
    words.get(at).map(String::as_str)
}

/// A word in one message of a thousand. Nothing else begins like it.
pub fn middle(n: usize) -> String {
    format!("{}x", syllables(n * 7, 3))
}

/// A word in five messages of a million, as numbers of orders are.
pub fn rare(n: usize) -> String {
    format!("k{:06}", (n % RARE) * 997)
}

/// A word of some syllables; others for other numbers.
fn syllables(n: usize, count: usize) -> String {
    let mut word = String::new();
    let mut rest = n;
    for _ in 0..count {
        word.extend(CONSONANTS.get(rest % CONSONANTS.len()));
        rest /= CONSONANTS.len();
        word.extend(VOWELS.get(rest % VOWELS.len()));
        rest /= VOWELS.len();
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_as_often_as_they_should() {
        let words = Words::new();
        let mut random = fastrand::Rng::with_seed(1);
        let messages: Vec<String> = (0..50_000).map(|_| words.message(&mut random)).collect();
        let with = |word: &str| {
            let has = |text: &&String| text.split([' ', '.']).any(|w| w.starts_with(word));
            messages.iter().filter(has).count()
        };
        for word in ["order", "question"] {
            assert!((9_500..10_500).contains(&with(word)), "{word}");
        }
        assert!((20..90).contains(&with(&middle(3))));
        assert!(with(&rare(3)) < 5);
    }
}
