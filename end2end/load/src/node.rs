//! A real `casella` process that this tool starts, kills and starts again.

use std::{
    env, fs,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

/// How long a server may take until it is ready.
const START: Duration = Duration::from_secs(30);

/// What the server prints when it takes connections: also without the files for browsers, which nothing
/// here loads.
const READY: [&str; 2] = ["Casella is ready at ", "Casella serves "];

/// The server's program: `CASELLA_BIN`, else where cargo puts it.
///
/// # Errors
/// If it is not there; says how to build it.
pub fn binary(built: &str) -> Result<PathBuf> {
    let (path, how) = match env::var_os("CASELLA_BIN") {
        Some(path) => (PathBuf::from(path), "CASELLA_BIN names it".to_owned()),
        None => {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
            let option = if built == "release" { " --release" } else { "" };
            (
                root.join("target").join(built).join("casella"),
                format!("build it with `cargo build{option} --package server`"),
            )
        }
    };
    if path.is_file() {
        Ok(path)
    } else {
        bail!("there is no server at {}: {how}", path.display())
    }
}

/// How the server is called.
#[derive(Clone, Debug)]
pub struct Settings {
    pub binary: PathBuf,
    pub database_url: String,
    /// For files and logs of the run.
    pub folder: PathBuf,
    /// More variables of the environment.
    pub variables: Vec<(&'static str, String)>,
}

impl Settings {
    /// The server's program with its configuration, and with nothing else of this process's.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        self.configure(&mut command);
        command
    }

    /// Gives a command the configuration: the server's own, or one that runs the server.
    pub fn configure(&self, command: &mut Command) {
        for (name, _) in env::vars_os() {
            let ours = name
                .to_str()
                .is_some_and(|name| name.starts_with("CASELLA_"));
            if ours {
                command.env_remove(&name);
            }
        }
        command
            .env("CASELLA_DATABASE_URL", &self.database_url)
            .env("CASELLA_DATA_DIR", &self.folder)
            .env("CASELLA_LOG", "warn")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .kill_on_drop(true);
    }

    /// Runs one administrative command, with `input` as its standard input.
    ///
    /// # Errors
    /// What the command said, if it failed.
    pub async fn administer(&self, arguments: &[&str], input: &str) -> Result<()> {
        let mut command = self.command();
        let mut child = command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", self.binary.display()))?;
        if let Some(mut pipe) = child.stdin.take() {
            pipe.write_all(input.as_bytes()).await?;
        }
        let output = child.wait_with_output().await?;
        if !output.status.success() {
            bail!(
                "`casella {}` failed: {}",
                arguments.join(" "),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(())
    }
}

/// A server process, or its place between two.
pub struct Node {
    settings: Settings,
    port: u16,
    log: PathBuf,
    process: Option<Process>,
}

struct Process {
    child: Child,
    // Kept open: a server whose output nobody takes any more would fail to write.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Node {
    /// A place for a server on a free port. Nothing runs yet.
    ///
    /// # Errors
    /// If there is no free port.
    pub fn new(settings: Settings) -> Result<Self> {
        let port = free_port()?;
        let log = settings.folder.join(format!("server-{port}.log"));
        Ok(Self {
            settings,
            port,
            log,
            process: None,
        })
    }

    /// Host and port.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The server's process; none between two.
    pub fn id(&self) -> Option<u32> {
        self.process.as_ref().and_then(|process| process.child.id())
    }

    /// Starts the server and waits until it is ready.
    ///
    /// # Errors
    /// The end of its log, if it stops or is not ready within half a minute.
    pub async fn start(&mut self) -> Result<()> {
        let command = self.settings.command();
        self.start_as(command, &[]).await
    }

    /// The same with more arguments behind `serve`, by a command that runs the server.
    ///
    /// # Errors
    /// As [`Node::start`].
    pub async fn start_as(&mut self, mut command: Command, arguments: &[&str]) -> Result<()> {
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log)?;
        let mut child = command
            .arg("serve")
            .args(arguments)
            .env("CASELLA_LISTEN", self.address())
            .env("CASELLA_PUBLIC_URL", format!("http://{}", self.address()))
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", self.settings.binary.display()))?;
        let output = child.stdout.take().context("the server has no output")?;
        let mut lines = BufReader::new(output).lines();
        let ready = async {
            while let Some(line) = lines.next_line().await? {
                if READY.iter().any(|words| line.starts_with(words)) {
                    return Ok(true);
                }
            }
            anyhow::Ok(false)
        };
        match timeout(START, ready).await {
            Ok(Ok(true)) => {
                self.process = Some(Process {
                    child,
                    _output: lines,
                });
                Ok(())
            }
            Ok(_) => bail!("the server stopped at its start: {}", self.log_end()),
            Err(_) => bail!(
                "the server was not ready after {START:?}: {}",
                self.log_end()
            ),
        }
    }

    /// Kills the server as a power loss would: SIGKILL, no warning.
    ///
    /// # Errors
    /// If it had gone by itself before, with the end of its log.
    pub async fn kill(&mut self) -> Result<()> {
        let Some(mut process) = self.process.take() else {
            return Ok(());
        };
        if let Some(status) = process.child.try_wait()? {
            bail!("the server ended by itself ({status}): {}", self.log_end());
        }
        process.child.kill().await?;
        Ok(())
    }

    /// The last lines that the server logged.
    pub fn log_end(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        let end = lines.iter().skip(lines.len().saturating_sub(20));
        end.copied().collect::<Vec<_>>().join("\n")
    }
}

/// A port that nobody listens on, below those that outgoing connections are given: a client that
/// tries a port of that range while its server is down can be connected to itself.
pub fn free_port() -> Result<u16> {
    for _ in 0..1_000 {
        let port = fastrand::u16(20_000..32_000);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port is free between 20000 and 32000")
}
