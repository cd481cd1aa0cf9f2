//! Finding a person's calendars (RFC 6764, RFC 5397, RFC 4791, 6.2).

use domain::calendar::ListedCalendar;
use url::Url;

use super::{
    super::Trouble,
    request::{Dav, Response},
    xml::Space,
};

/// The path at which a server says where it keeps calendars.
const WELL_KNOWN: &str = "/.well-known/caldav";

/// How many calendars of an account are listed.
const CALENDARS: usize = 200;

/// Where to look, by what the agent typed: a server's address, a host, or an email address.
///
/// The `SRV` records of RFC 6764 are not asked: the names that providers choose are tried instead.
pub fn candidates(typed: &str) -> Vec<Url> {
    let typed = typed.trim();
    let texts = if typed.contains("://") {
        let origin = Url::parse(typed)
            .map(|url| url.origin().ascii_serialization())
            .unwrap_or_default();
        vec![typed.to_owned(), format!("{origin}{WELL_KNOWN}")]
    } else if let Some((_, host)) = typed.rsplit_once('@').filter(|(_, host)| !host.is_empty()) {
        ["", "caldav.", "dav."]
            .map(|before| format!("https://{before}{host}{WELL_KNOWN}"))
            .to_vec()
    } else {
        match typed.split('/').next() {
            // Else the path would be taken for the host.
            None | Some("") => Vec::new(),
            Some(host) => vec![
                format!("https://{typed}"),
                format!("https://{host}{WELL_KNOWN}"),
            ],
        }
    };
    let mut urls: Vec<Url> = texts
        .iter()
        .filter_map(|text| Url::parse(text).ok())
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .collect();
    urls.dedup();
    urls
}

/// Finds the calendars with events of whoever asks.
pub async fn calendars(dav: &Dav, typed: &str) -> Result<Vec<ListedCalendar>, Trouble> {
    let mut trouble =
        Trouble::Address("expected the address of a calendar server, or an email address");
    for candidate in candidates(typed) {
        match homes(dav, &candidate).await {
            Ok(homes) if homes.is_empty() => trouble = Trouble::Gone,
            Ok(homes) => return list(dav, &homes).await,
            // The password is wrong there, and would be everywhere.
            Err(trouble @ (Trouble::Refused | Trouble::SignIn)) => return Err(trouble),
            // What is wrong with the first says most.
            Err(error) if matches!(trouble, Trouble::Address(_)) => trouble = error,
            Err(_) => {}
        }
    }
    Err(trouble)
}

/// Under which addresses whoever asks is invited.
pub async fn addresses(dav: &Dav, typed: &str) -> Result<Vec<String>, Trouble> {
    const WHO: &str = "<d:current-user-principal/><c:calendar-user-address-set/>";
    for candidate in candidates(typed) {
        let Ok((_, responses)) = dav.propfind(&candidate, "0", WHO).await else {
            continue;
        };
        let Some(response) = responses.first() else {
            continue;
        };
        let own = addresses_of(response);
        if !own.is_empty() {
            return Ok(own);
        }
        if let Some(principal) = response.address(Space::Dav, "current-user-principal") {
            let asked = dav.propfind(&principal, "0", "<c:calendar-user-address-set/>");
            let (_, responses) = asked.await?;
            return Ok(responses.first().map(addresses_of).unwrap_or_default());
        }
    }
    Ok(Vec::new())
}

fn addresses_of(response: &Response) -> Vec<String> {
    let set = response.get(Space::CalDav, "calendar-user-address-set");
    set.into_iter()
        .flat_map(|set| set.children(Space::Dav, "href"))
        .map(|href| href.text.trim().to_owned())
        .filter(|address| !address.is_empty() && !address.contains('\n'))
        .take(20)
        .collect()
}

const WHERE: &str = "<d:current-user-principal/><d:resourcetype/><c:calendar-home-set/>";

/// The collections that hold the calendars: by the address itself, or by who asks there.
async fn homes(dav: &Dav, at: &Url) -> Result<Vec<Url>, Trouble> {
    let (_, responses) = dav.propfind(at, "0", WHERE).await?;
    let Some(response) = responses.first() else {
        return Ok(Vec::new());
    };
    let own = homes_of(response);
    if !own.is_empty() {
        return Ok(own);
    }
    let principal = response.get(Space::Dav, "current-user-principal");
    if principal.is_some_and(|who| who.child(Space::Dav, "unauthenticated").is_some()) {
        return Err(Trouble::Refused);
    }
    if let Some(principal) = response.address(Space::Dav, "current-user-principal") {
        let (_, responses) = dav
            .propfind(&principal, "0", "<c:calendar-home-set/>")
            .await?;
        let homes: Vec<Url> = responses.first().map(homes_of).unwrap_or_default();
        if !homes.is_empty() {
            return Ok(homes);
        }
    }
    // One calendar, whose owner cannot be found out.
    Ok(match is_calendar(response) {
        true => vec![response.at.clone()],
        false => Vec::new(),
    })
}

fn homes_of(response: &Response) -> Vec<Url> {
    let set = response.get(Space::CalDav, "calendar-home-set");
    set.into_iter()
        .flat_map(|set| set.children(Space::Dav, "href"))
        .filter_map(|href| response.at.join(href.text.trim()).ok())
        .take(5)
        .collect()
}

fn is_calendar(response: &Response) -> bool {
    response
        .get(Space::Dav, "resourcetype")
        .is_some_and(|kind| kind.child(Space::CalDav, "calendar").is_some())
}

const WHAT: &str = "<d:resourcetype/><d:displayname/><d:current-user-privilege-set/>\
     <c:supported-calendar-component-set/>";

async fn list(dav: &Dav, homes: &[Url]) -> Result<Vec<ListedCalendar>, Trouble> {
    let mut calendars: Vec<ListedCalendar> = Vec::new();
    for home in homes {
        let (_, responses) = dav.propfind(home, "1", WHAT).await?;
        for response in responses.iter().filter(|response| holds_events(response)) {
            let known = calendars
                .iter()
                .any(|calendar| calendar.address == response.at.as_str());
            if !known && calendars.len() < CALENDARS {
                calendars.push(listed(response));
            }
        }
    }
    Ok(calendars)
}

fn holds_events(response: &Response) -> bool {
    let kinds = response.get(Space::CalDav, "supported-calendar-component-set");
    let events = kinds.is_none_or(|kinds| {
        kinds.children.is_empty()
            || kinds
                .children(Space::CalDav, "comp")
                .any(|kind| kind.named.as_deref() == Some("VEVENT"))
    });
    is_calendar(response) && events
}

fn listed(response: &Response) -> ListedCalendar {
    let name = response.get(Space::Dav, "displayname");
    let name = name.map(|name| name.text.trim()).unwrap_or_default();
    let segment = || {
        let mut path = response.at.path_segments()?;
        path.rfind(|segment| !segment.is_empty())
    };
    let name = match name {
        "" => segment().unwrap_or_default(),
        name => name,
    };
    // Who may do what is optional to say (RFC 3744).
    let writable = response
        .get(Space::Dav, "current-user-privilege-set")
        .is_none_or(|set| {
            set.children(Space::Dav, "privilege")
                .flat_map(|privilege| &privilege.children)
                .any(|may| {
                    matches!(
                        may.name.as_str(),
                        "all" | "write" | "write-content" | "bind"
                    )
                })
        });
    ListedCalendar {
        address: response.at.to_string(),
        name: name.chars().take(200).collect(),
        writable,
        busy: false,
        written: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(typed: &str) -> Vec<String> {
        candidates(typed).iter().map(Url::to_string).collect()
    }

    #[test]
    fn an_email_address_a_host_or_a_servers_address_say_where_to_look() {
        assert_eq!(
            tried("maya@example.com"),
            [
                "https://example.com/.well-known/caldav",
                "https://caldav.example.com/.well-known/caldav",
                "https://dav.example.com/.well-known/caldav"
            ]
        );
        assert_eq!(
            tried(" cloud.example.com/dav "),
            [
                "https://cloud.example.com/dav",
                "https://cloud.example.com/.well-known/caldav"
            ]
        );
        assert_eq!(
            tried("http://10.0.0.5:5232/maya/"),
            [
                "http://10.0.0.5:5232/maya/",
                "http://10.0.0.5:5232/.well-known/caldav"
            ]
        );
        for wrong in ["", "/dav", "maya@", "ftp://example.com", "https://", "a b"] {
            assert_eq!(tried(wrong), [""; 0], "{wrong}");
        }
    }
}
