//! Sites.

use domain::{
    Language, SiteId, Timestamp,
    site::{Realm, Site, SiteKey, SiteSettings, Wording},
};
use serde_json::Value;

use super::{
    conversation::unreadable,
    sql::{Bind, Connection, Statement},
};

/// All sites, by key.
///
/// # Errors
/// What the database says.
pub async fn all(connection: &mut Connection) -> Result<Vec<Site>, sqlx::Error> {
    static ALL: Statement =
        Statement::new("SELECT id, key, name, settings, realm FROM site ORDER BY key");
    let rows = connection.rows(&ALL, &[]).await?;
    rows.iter()
        .map(|row| {
            let settings: String = row.get(3)?;
            let realm: Option<String> = row.get(4)?;
            Ok(Site {
                realm: realm
                    .map(|realm| realm.parse())
                    .transpose()
                    .map_err(|_| unreadable("realm"))?,
                id: SiteId(row.get(0)?),
                key: SiteKey::try_from(row.get::<String>(1)?)
                    .map_err(|_| unreadable("site key"))?,
                name: row.get(2)?,
                settings: from_json(&settings).map_err(|_| unreadable("site setting"))?,
            })
        })
        .collect()
}

/// Adds a site.
///
/// # Errors
/// What the database says; a taken key is a unique violation.
pub async fn add(
    connection: &mut Connection,
    site: &Site,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    static ADD: Statement = Statement::new(
        "INSERT INTO site (id, key, name, settings, created_at, realm) VALUES ($1, $2, $3, $4, $5, $6)",
    );
    let settings = to_json(site)?;
    let binds = [
        site.id.0.into(),
        site.key.as_str().into(),
        Bind::Text(&site.name),
        Bind::Text(&settings),
        now.0.into(),
        realm(site),
    ];
    connection.execute(&ADD, &binds).await.map(drop)
}

/// Replaces the name, realm and settings of a site; returns whether there is such a site.
///
/// # Errors
/// What the database says.
pub async fn set(connection: &mut Connection, site: &Site) -> Result<bool, sqlx::Error> {
    static SET: Statement =
        Statement::new("UPDATE site SET name = $2, settings = $3, realm = $4 WHERE id = $1");
    let settings = to_json(site)?;
    let binds = [
        site.id.0.into(),
        Bind::Text(&site.name),
        Bind::Text(&settings),
        realm(site),
    ];
    Ok(connection.execute(&SET, &binds).await? > 0)
}

/// Settings as they are stored. The first release had one text for all languages.
fn from_json(text: &str) -> serde_json::Result<SiteSettings> {
    let mut settings: Value = serde_json::from_str(text)?;
    for key in ["greeting", "fallback"] {
        let Some(words) = settings.get_mut(key) else {
            continue;
        };
        if let Value::String(text) = words {
            let mut wording = Wording::default();
            for language in Language::ALL {
                wording.set(language, Some(text.clone()));
            }
            *words = serde_json::to_value(wording)?;
        } else if words.is_null() {
            *words = serde_json::to_value(Wording::default())?;
        }
    }
    serde_json::from_value(settings)
}

fn realm(site: &Site) -> Bind<'_> {
    Bind::OptText(site.realm.as_ref().map(Realm::as_str))
}

fn to_json(site: &Site) -> Result<String, sqlx::Error> {
    serde_json::to_string(&site.settings).map_err(|error| sqlx::Error::Encode(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_the_first_release_keep_their_words() {
        let old = r#"{"greeting":"Ciao","fallback":null,"offer_seconds":50}"#;
        let settings = from_json(old).unwrap();
        for language in Language::ALL {
            assert_eq!(settings.greeting.get(language), Some("Ciao"));
            assert_eq!(settings.fallback.get(language), None);
        }
        assert_eq!(settings.offer_seconds, 50);
        let text = serde_json::to_string(&settings).unwrap();
        assert_eq!(from_json(&text).unwrap(), settings);
    }
}
