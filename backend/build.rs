//! Lists the numbered steps of the schema, so that a new file is one more step.
//!
//! sqlx's own macro for it would build sqlx and its databases once more, for the compiler.

use std::{env, error::Error, fmt::Write, fs, path::Path};

const FOLDER: &str = "../migrations";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={FOLDER}");
    let mut text = String::new();
    for (name, dialect) in [("SQLITE", "sqlite"), ("POSTGRES", "postgres")] {
        writeln!(text, "const {name}: &[(i64, &str, &str)] = &[")?;
        let folder = fs::canonicalize(Path::new(FOLDER).join(dialect))?;
        println!("cargo::rerun-if-changed={}", folder.display());
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            let step = file
                .strip_suffix(".sql")
                .and_then(|file| file.split_once('_'));
            let number = step.and_then(|(number, _)| number.parse::<i64>().ok());
            let ((_, subject), number) = step.zip(number).ok_or_else(|| {
                format!("{dialect}/{file}: expected a name like 0001_subject.sql")
            })?;
            let subject = subject.replace('_', " ");
            writeln!(text, "({number}, {subject:?}, include_str!({path:?})),")?;
        }
        writeln!(text, "];")?;
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("steps.rs"), text)?;
    Ok(())
}
