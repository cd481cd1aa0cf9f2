//! A CalDAV server with one calendar, whose events recur every second.

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// How many such events the calendar has.
const EVENTS: usize = 6;

/// The largest request that is taken, in bytes.
const LARGEST: usize = 64 * 1024;

/// The server; it ends when this is dropped.
pub struct EndlessCalendar {
    /// Host and port.
    pub address: String,
    task: JoinHandle<()>,
}

impl Drop for EndlessCalendar {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl EndlessCalendar {
    /// Listens on a free port of loopback.
    ///
    /// # Errors
    /// If there is none.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?.to_string();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream));
            }
        });
        Ok(Self { address, task })
    }

    /// The address of its calendar.
    pub fn calendar(&self) -> String {
        format!("http://{}/calendar/", self.address)
    }
}

async fn answer(mut stream: TcpStream) -> Result<()> {
    let request = request(&mut stream).await?;
    let body = if request.starts_with("REPORT ") {
        let events: String = (0..EVENTS).map(event).collect();
        multistatus(&events)
    } else if request.contains("supported-calendar-component-set") {
        multistatus(
            "<d:response><d:href>/calendar/</d:href><d:propstat><d:prop>\
             <d:resourcetype><d:collection/><c:calendar/></d:resourcetype>\
             <d:displayname>Every second</d:displayname></d:prop>\
             <d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>",
        )
    } else {
        multistatus(
            "<d:response><d:href>/</d:href><d:propstat><d:prop>\
             <c:calendar-home-set><d:href>/</d:href></c:calendar-home-set></d:prop>\
             <d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>",
        )
    };
    let head = format!(
        "HTTP/1.1 207 Multi-Status\r\ncontent-type: application/xml; charset=utf-8\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    Ok(stream.write_all(body.as_bytes()).await?)
}

/// Reads a whole request.
async fn request(stream: &mut TcpStream) -> Result<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .map_or(Ok(0), |(_, length)| length.trim().parse::<usize>())?;
            if body.len() >= length {
                return Ok(text.into_owned());
            }
        }
        let read = stream.read_buf(&mut bytes).await?;
        (read > 0 && bytes.len() < LARGEST)
            .then_some(())
            .context("no request")?;
    }
}

fn multistatus(responses: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><d:multistatus xmlns:d=\"DAV:\" \
         xmlns:c=\"urn:ietf:params:xml:ns:caldav\">{responses}</d:multistatus>"
    )
}

fn event(n: usize) -> String {
    format!(
        "<d:response><d:href>/calendar/{n}.ics</d:href><d:propstat><d:prop><c:calendar-data>\
         BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:endless\r\nBEGIN:VEVENT\r\nUID:{n}@endless\r\n\
         DTSTAMP:20260101T000000Z\r\nDTSTART:20260101T00000{n}Z\r\nDURATION:PT1S\r\n\
         RRULE:FREQ=SECONDLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n</c:calendar-data></d:prop>\
         <d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )
}
