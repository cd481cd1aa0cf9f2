//! The migrations are compiled in: a new step must rebuild this crate.

fn main() {
    println!("cargo::rerun-if-changed=../migrations");
}
