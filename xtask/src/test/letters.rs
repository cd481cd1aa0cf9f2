//! Letters, beside a mail server and readers of calendars that others wrote: `end2end/letters`.

use std::env;

use anyhow::Result;

use super::count::{self, Count};
use crate::cluster::URL_VARIABLE;
use crate::program::{cargo, step};
use crate::setup::python;

const REQUIREMENTS: &str = "end2end/letters/requirements.txt";
const ENVIRONMENT: &str = "target/letters";

/// By it tests find the Python that has the server and the readers.
const PYTHON_VARIABLE: &str = "CASELLA_TEST_PYTHON";

/// Books, moves and cancels meetings on both databases and reads what is mailed of it.
pub fn perform(postgres: &str) -> Result<Count> {
    let path = env::var_os("PATH").unwrap_or_default();
    let path = python::ready(ENVIRONMENT, REQUIREMENTS)?.before(&path)?;
    step("Reading letters");
    count::cargo_test(
        cargo()
            .args(["test", "--package", "backend", "--test", "store", "mail::"])
            .env(URL_VARIABLE, postgres)
            .env("PATH", path)
            .env(PYTHON_VARIABLE, "python"),
    )
}
