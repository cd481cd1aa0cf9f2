//! Passwords on the command line: never as an argument, which other users of the machine can see.

use std::io::{IsTerminal, Read, stdin};

use anyhow::{Context, bail};
use clap::Args;

/// How many letters and digits a generated password has: 100 bits.
const GENERATED: usize = 20;

/// Where a password comes from; asked for, if nothing is said.
#[derive(Clone, Debug, Args)]
#[group(multiple = false)]
pub struct PasswordSource {
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
    /// Make a password and print it
    #[arg(long)]
    generate_password: bool,
}

impl PasswordSource {
    /// The password.
    ///
    /// # Errors
    /// If it cannot be read, or was typed differently the second time.
    pub fn read(&self) -> anyhow::Result<String> {
        if self.generate_password {
            let password = backend::readable_secret::<GENERATED>();
            println!("Password: {password}");
            return Ok(password);
        }
        if self.password_stdin {
            let mut text = String::new();
            stdin()
                .read_to_string(&mut text)
                .context("the password could not be read from standard input")?;
            let line = text.lines().next().unwrap_or_default();
            return Ok(line.to_owned());
        }
        if !stdin().is_terminal() {
            bail!("no password: use --password-stdin or --generate-password, or a terminal");
        }
        let password = rpassword::prompt_password("Password: ")?;
        if rpassword::prompt_password("Again: ")? != password {
            bail!("the passwords differ: nothing was changed");
        }
        Ok(password)
    }
}
