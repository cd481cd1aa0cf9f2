//! Reading a CSV file of accounts.

mod form;

use std::{collections::HashMap, fmt};

use csv::{ByteRecord, ReaderBuilder, Trim};
use domain::{
    AgentId,
    account::EmailDomain,
    agent::Agent,
    text::{Email, Field},
};

/// What an import did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Imported {
    /// How many accounts are new.
    pub added: usize,
    /// How many had the domain already.
    pub changed: usize,
}

/// A line of a file that cannot be imported, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    /// Counted from 1, the line with the columns' names; of an account that spans several, its
    /// first.
    pub line: u64,
    /// What was expected.
    pub what: String,
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// An account of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub name: Field,
    pub domain: EmailDomain,
    pub owner: AgentId,
}

/// The columns, in any order and case.
const COLUMNS: [&str; 3] = ["name", "domain", "owner"];

/// The accounts of a file.
///
/// # Errors
/// Every line that is wrong.
pub fn read(csv: &[u8], agents: &[Agent]) -> Result<Vec<Line>, Vec<LineError>> {
    let csv = form::read(csv).map_err(|what| {
        vec![LineError {
            line: 1,
            what: what.to_owned(),
        }]
    })?;
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .delimiter(csv.delimiter)
        .from_reader(&*csv.bytes);
    let line_of = |at: Option<&csv::Position>| csv.before + at.map_or(0, csv::Position::line);
    let mut columns = None;
    let mut seen: HashMap<EmailDomain, u64> = HashMap::new();
    let (mut lines, mut errors) = (Vec::new(), Vec::new());
    let mut record = ByteRecord::new();
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => {
                let line = line_of(error.position());
                errors.push(LineError {
                    line,
                    what: format!("expected CSV: {error}"),
                });
                break;
            }
        }
        let line = line_of(record.position());
        let Some(columns) = &columns else {
            match Columns::of(&record) {
                Ok(found) => columns = Some(found),
                Err(what) => return Err(vec![LineError { line, what }]),
            }
            continue;
        };
        match columns.account(&record, agents) {
            Ok(account) => match seen.insert(account.domain.clone(), line) {
                None => lines.push(account),
                Some(first) => errors.push(LineError {
                    line,
                    what: format!(
                        "the domain {} stands in line {first} as well",
                        account.domain
                    ),
                }),
            },
            Err(problems) => {
                errors.extend(problems.into_iter().map(|what| LineError { line, what }))
            }
        }
    }
    if columns.is_none() {
        errors.push(LineError {
            line: 1,
            what: format!(
                "the file is empty; expected the columns {}",
                COLUMNS.join(", ")
            ),
        });
    }
    if errors.is_empty() {
        Ok(lines)
    } else {
        Err(errors)
    }
}

/// Where each of [`COLUMNS`] stands, and how many columns there are.
struct Columns {
    at: [usize; 3],
    count: usize,
}

impl Columns {
    fn of(record: &ByteRecord) -> Result<Self, String> {
        let names: Vec<String> = record
            .iter()
            .map(|name| String::from_utf8_lossy(name).trim().to_lowercase())
            .collect();
        let mut at = [0; 3];
        for (place, column) in at.iter_mut().zip(COLUMNS) {
            let is = |name: &String| {
                name == column
                    || (column == "owner"
                        && ["owner email", "owner_email"].contains(&name.as_str()))
            };
            *place = names.iter().position(is).ok_or_else(|| {
                format!(
                    "expected the columns {}, found no `{column}`",
                    COLUMNS.join(", ")
                )
            })?;
        }
        Ok(Self {
            at,
            count: names.len(),
        })
    }

    fn account(&self, record: &ByteRecord, agents: &[Agent]) -> Result<Line, Vec<String>> {
        if record.len() != self.count {
            return Err(vec![format!(
                "expected {} columns, found {}",
                self.count,
                record.len()
            )]);
        }
        let mut problems = Vec::new();
        let [name, domain, owner] = self.at.map(|at| {
            let bytes = record.get(at).unwrap_or_default();
            match std::str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => {
                    problems.push("expected UTF-8: save the file as `CSV UTF-8`".to_owned());
                    String::from_utf8_lossy(bytes).into_owned()
                }
            }
        });
        if !problems.is_empty() {
            problems.truncate(1);
            return Err(problems);
        }
        let name =
            Field::try_from(name).map_err(|_| "name: expected 1 to 200 characters".to_owned());
        let domain = EmailDomain::try_from(domain.clone())
            .map_err(|_| format!("domain: expected one like example.com, not `{domain}`"));
        let owner = owner_of(&owner, agents);
        match (name, domain, owner) {
            (Ok(name), Ok(domain), Ok(owner)) => Ok(Line {
                name,
                domain,
                owner,
            }),
            (name, domain, owner) => {
                problems.extend(name.err());
                problems.extend(domain.err());
                problems.extend(owner.err());
                Err(problems)
            }
        }
    }
}

fn owner_of(email: &str, agents: &[Agent]) -> Result<AgentId, String> {
    let parsed = Email::try_from(email.to_owned()).map_err(|_| {
        format!("owner: expected the email of an agent, like name@example.com, not `{email}`")
    })?;
    agents
        .iter()
        .find(|agent| agent.email.to_lowercase() == parsed.to_lowercase())
        .map(|agent| agent.id)
        .ok_or_else(|| format!("owner: no agent has the email {parsed}"))
}

#[cfg(test)]
mod tests {
    use domain::{Timestamp, agent::Role};

    use super::*;

    fn agents() -> Vec<Agent> {
        vec![Agent {
            id: AgentId::new(Timestamp(0), [1; 10]),
            name: Field::try_from("Maya".to_owned()).unwrap(),
            email: Email::try_from("Maya@example.com".to_owned()).unwrap(),
            role: Role::Agent,
            language: None,
            chat_limit: 5,
            photo: None,
            disabled: false,
        }]
    }

    fn domains(csv: &[u8]) -> Vec<String> {
        let lines = read(csv, &agents()).unwrap();
        lines.iter().map(|line| line.domain.to_string()).collect()
    }

    fn errors(csv: &[u8]) -> Vec<String> {
        let errors = read(csv, &agents()).unwrap_err();
        errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_file_is_read_as_spreadsheets_write_it() {
        let csv = b"\xef\xbb\xbfDomain,Name,Owner email\r\nExample.com,\"Finch, \"\"Alder\"\"\",maya@example.com\r\n\r\n\"b.example\",B,MAYA@example.com";
        let lines = read(csv, &agents()).unwrap();
        assert_eq!(&*lines[0].name, "Finch, \"Alder\"");
        assert_eq!(lines[0].domain.as_str(), "example.com");
        assert_eq!(lines.len(), 2);
        assert_eq!(
            domains(b"name;domain;owner\nA;a.example;maya@example.com\n"),
            ["a.example"]
        );
    }

    #[test]
    fn a_line_in_quotes_may_have_breaks_and_columns_that_are_not_needed() {
        let csv = b"name,note,domain,owner\nA,\"one\ntwo\",a.example,maya@example.com\nB,,b,maya@example.com\n";
        assert_eq!(
            errors(csv),
            ["line 4: domain: expected one like example.com, not `b`"]
        );
    }

    #[test]
    fn a_file_is_read_with_what_its_spreadsheet_puts_between_columns() {
        for text in [
            "sep=;\r\nname;domain;owner\r\nA;a.example;maya@example.com\r\n",
            "SEP=|\nname|domain|owner\nA|a.example|maya@example.com\n",
            "\"sep=,\"\nname,domain,owner\nA,a.example,maya@example.com\n",
            "name\tdomain\towner\nA\ta.example\tmaya@example.com\n",
            "name;\"address, in full, as written\";domain;owner\nA;x;a.example;maya@example.com\n",
            "name,\"one;two;three;four\",domain,owner\nA,x,a.example,maya@example.com\n",
            "name;\"two\nlines, of, words, and, more\";domain;owner\nA;x;a.example;maya@example.com\n",
        ] {
            let little = text.encode_utf16().flat_map(u16::to_le_bytes);
            let big = text.encode_utf16().flat_map(u16::to_be_bytes);
            let forms: [Vec<u8>; 4] = [
                text.as_bytes().to_vec(),
                [b"\xef\xbb\xbf", text.as_bytes()].concat(),
                [0xff, 0xfe].into_iter().chain(little).collect(),
                [0xfe, 0xff].into_iter().chain(big).collect(),
            ];
            for csv in forms {
                assert_eq!(domains(&csv), ["a.example"], "{text}");
            }
        }
    }

    #[test]
    fn a_line_is_counted_as_the_editor_counts_it() {
        let csv = b"sep=;\nname;domain;owner\nB;b;maya@example.com\n";
        let error = "domain: expected one like example.com, not `b`";
        assert_eq!(errors(csv), [format!("line 3: {error}")]);
    }

    #[test]
    fn a_file_in_other_letters_says_what_to_do() {
        let no_mark: Vec<u8> = "name,domain"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let odd = b"\xff\xfen\0a".to_vec();
        let half_a_letter = b"\xff\xfe\x00\xd8".to_vec();
        for csv in [no_mark, odd, half_a_letter] {
            let errors = errors(&csv);
            assert!(
                errors.len() == 1 && errors[0].contains("`CSV UTF-8`"),
                "{errors:?}"
            );
        }
    }

    #[test]
    fn every_wrong_line_is_told() {
        let csv = b"name,domain,owner\n,a.example,maya@example.com\nB,b.example\nC,c.example,jun@example.com\nD,d.example,maya@example.com\nD2,D.example,maya@example.com\nE,\xff.example,maya@example.com\nF,f,nobody\n";
        assert_eq!(
            errors(csv),
            [
                "line 2: name: expected 1 to 200 characters",
                "line 3: expected 3 columns, found 2",
                "line 4: owner: no agent has the email jun@example.com",
                "line 6: the domain d.example stands in line 5 as well",
                "line 7: expected UTF-8: save the file as `CSV UTF-8`",
                "line 8: domain: expected one like example.com, not `f`",
                "line 8: owner: expected the email of an agent, like name@example.com, not `nobody`",
            ]
        );
    }

    #[test]
    fn a_file_without_the_columns_says_which() {
        for (csv, expected) in [
            (
                &b""[..],
                "line 1: the file is empty; expected the columns name, domain, owner",
            ),
            (
                b"name,owner\nA,maya@example.com\n",
                "line 1: expected the columns name, domain, owner, found no `domain`",
            ),
        ] {
            assert_eq!(errors(csv), [expected]);
        }
    }
}
