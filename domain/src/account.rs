//! Accounts: companies known by the domain of their email addresses, each with an owner.

use core::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    AccountId, AgentId,
    text::{Email, Field, TextError},
};

/// The longest domain name, in bytes (RFC 1035, 2.3.4, without the last dot).
pub const DOMAIN_BYTES: usize = 253;

/// What stands behind the `@` of an email address, in lower case, like `example.com`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailDomain(String);

impl EmailDomain {
    /// The domain of an address.
    pub fn of(email: &Email) -> Option<Self> {
        let (_, domain) = email.rsplit_once('@')?;
        Self::try_from(domain.to_owned()).ok()
    }

    /// The domain as it stands in addresses.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EmailDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<EmailDomain> for String {
    fn from(domain: EmailDomain) -> Self {
        domain.0
    }
}

impl TryFrom<String> for EmailDomain {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        let text = text.trim().trim_start_matches('@').to_lowercase();
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.len() > DOMAIN_BYTES {
            return Err(TextError::TooLong);
        }
        let labels_are_fine = text.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        });
        if text.contains('.') && labels_are_fine {
            Ok(Self(text))
        } else {
            Err(TextError::Malformed)
        }
    }
}

impl FromStr for EmailDomain {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        text.to_owned().try_into()
    }
}

/// A company known by its email domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub id: AccountId,
    pub name: Field,
    /// Unique.
    pub domain: EmailDomain,
    /// The agent who is offered this company's chats before anybody else.
    pub owner: AgentId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_that_of_an_address_in_lower_case() {
        let email = Email::try_from("Ada@Example.COM".to_owned()).unwrap();
        assert_eq!(EmailDomain::of(&email).unwrap().as_str(), "example.com");
        assert_eq!(
            "@Example.com".parse::<EmailDomain>().unwrap().as_str(),
            "example.com"
        );
    }

    #[test]
    fn what_is_no_domain_is_refused() {
        for text in ["localhost", "a..b", "-a.com", "a b.com", "ada@example.com"] {
            assert_eq!(text.parse::<EmailDomain>(), Err(TextError::Malformed));
        }
        assert_eq!(" ".parse::<EmailDomain>(), Err(TextError::Empty));
    }
}
