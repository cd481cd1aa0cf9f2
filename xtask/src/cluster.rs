//! A throw-away PostgreSQL for tests and measurements.
//!
//! It writes durably, as in production: what is tested and measured is what
//! would be run.

use std::env;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::program::{program, read, step, succeeds};
use crate::setup;

/// The variable by which tests and tools learn the cluster's address.
pub const URL_VARIABLE: &str = "CASELLA_TEST_POSTGRES_URL";

const START_LIMIT: Duration = Duration::from_secs(60);
const FOLDER_PREFIX: &str = "casella-postgres-";

/// A running cluster; stopped and removed when dropped.
pub struct Cluster {
    server: Child,
    folder: PathBuf,
    port: u16,
}

impl Cluster {
    /// Starts one on a free loopback port, installing PostgreSQL where it is missing.
    pub fn start() -> Result<Self> {
        let programs = setup::postgres::ready()?;
        step("Starting a throw-away PostgreSQL");
        remove_abandoned();
        let folder = parent().join(format!("{FOLDER_PREFIX}{}", std::process::id()));
        let user = User::for_postgres()?;
        fs::create_dir_all(&folder)?;
        if let User::Other { uid, gid } = user {
            chown(&folder, Some(uid), Some(gid))?;
        }
        let data = folder.join("data");
        read(
            user.program(&programs.join("initdb"), &folder)
                .args([
                    "--username=postgres",
                    "--auth=trust",
                    "--encoding=UTF8",
                    "--no-locale",
                ])
                // Only the making of the empty cluster, which may be lost.
                .arg("--no-sync")
                .arg("-D")
                .arg(&data),
        )?;
        let port = free_port()?;
        let log = fs::File::create(folder.join("log"))?;
        let server = user
            .program(&programs.join("postgres"), &folder)
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(&folder)
            .args(["-h", "127.0.0.1", "-p", &port.to_string()])
            .args([
                "-c",
                "fsync=on",
                "-c",
                "synchronous_commit=on",
                "-c",
                "full_page_writes=on",
            ])
            .args(["-c", "max_connections=300"])
            .stdin(Stdio::null())
            .stdout(Stdio::from(log.try_clone()?))
            .stderr(Stdio::from(log))
            .spawn()
            .context("cannot start postgres")?;
        let mut cluster = Self {
            server,
            folder,
            port,
        };
        cluster.wait_until_ready(&programs)?;
        Ok(cluster)
    }

    /// The address of its database `postgres`, as its superuser.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn wait_until_ready(&mut self, programs: &Path) -> Result<()> {
        let started = Instant::now();
        let port = self.port.to_string();
        while !succeeds(program(programs.join("pg_isready")).args(["-h", "127.0.0.1", "-p", &port]))
        {
            if let Some(status) = self.server.try_wait()? {
                bail!("PostgreSQL stopped at its start ({status}): {}", self.log());
            }
            if started.elapsed() > START_LIMIT {
                bail!(
                    "PostgreSQL was not ready after {START_LIMIT:?}: {}",
                    self.log()
                );
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown: it disconnects its clients and ends.
        let asked = succeeds(program("kill").args(["-INT", &self.server.id().to_string()]));
        if !asked {
            // Already gone, or never to go by itself.
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Who PostgreSQL runs as: it refuses to run as root.
enum User {
    Own,
    Other { uid: u32, gid: u32 },
}

impl User {
    fn for_postgres() -> Result<Self> {
        if read(program("id").arg("-u"))? != "0" {
            return Ok(Self::Own);
        }
        let name = ["postgres", "nobody"]
            .into_iter()
            .find(|name| succeeds(program("id").arg(name)))
            .context("PostgreSQL does not run as root, and there is no user postgres or nobody")?;
        let id = |option| -> Result<u32> { Ok(read(program("id").args([option, name]))?.parse()?) };
        Ok(Self::Other {
            uid: id("-u")?,
            gid: id("-g")?,
        })
    }

    fn program(&self, name: &Path, folder: &Path) -> Command {
        let mut command = program(name);
        // PostgreSQL wants a working folder that its user may enter.
        command.current_dir(folder);
        if let Self::Other { uid, gid } = self {
            command.uid(*uid).gid(*gid);
        }
        command
    }
}

/// A port of the loopback address that nobody listens on now.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

/// On a disk: `/tmp` is in memory on many machines, where durability costs nothing.
fn parent() -> PathBuf {
    let on_disk = Path::new("/var/tmp");
    if on_disk.is_dir() {
        on_disk.to_owned()
    } else {
        env::temp_dir()
    }
}

/// Removes what interrupted tasks have left behind.
fn remove_abandoned() {
    for entry in fs::read_dir(parent()).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(process) = name.strip_prefix(FOLDER_PREFIX) else {
            continue;
        };
        if !succeeds(program("kill").args(["-0", process])) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
