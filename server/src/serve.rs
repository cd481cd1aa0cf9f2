//! Starts and stops a node.

use std::{net::SocketAddr, num::NonZeroU32, sync::Arc};

use anyhow::{Context, bail};
use axum::{Router, middleware, response::IntoResponse, routing::get};
use backend::{Casella, Clock, owner_only};
use domain::{bound::Bound, site::Origin};
use http::{Extensions, HeaderMap, StatusCode, Version};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, NotForContentType, Predicate},
    },
};

use crate::{
    asset::Assets,
    config::{Config, NO_MAIL},
    connection::Connections,
    demo, file, handles, health,
    limit::Limits,
    listener::Listening,
    loader::Loaders,
    mark::Marks,
    measure,
    node::Node,
    problem::{self, Problem},
    request, route,
    turn::Turns,
};

/// Brotli's: small enough, without making a page wait.
const COMPRESSION: i32 = 5;

/// How many connections the demo's page and the measures have, each.
const CONNECTIONS_BESIDE: usize = 64;

/// A node that serves.
pub struct Running {
    pub node: Arc<Node>,
    /// Where it listens; tells the port if any was asked for.
    pub address: SocketAddr,
    /// The origin under which browsers reach it.
    pub base: String,
    /// Where the demo company's page is, if it is served.
    pub demo: Option<SocketAddr>,
    /// Where the measures are, if they have an address of their own.
    pub measures: Option<SocketAddr>,
}

/// Opens the database of the configuration; makes the data directory, readable by its owner only.
///
/// # Errors
/// As [`Casella::start`]; a data directory that cannot be made.
pub async fn open(config: &Config, clock: Clock) -> anyhow::Result<Arc<Casella>> {
    if config.database_url.starts_with("sqlite:") {
        make_data_dir(config)?;
    }
    Ok(Casella::open(settings(config), clock).await?)
}

fn settings(config: &Config) -> backend::Settings {
    let public = config.public_url.as_ref().map(Origin::as_str);
    backend::Settings {
        database_url: config.database_url.clone(),
        secret_key: config.secret_key,
        data_dir: config.data_dir.clone(),
        allow_outgoing: config.allow_outgoing.clone(),
        mail: config.mail.clone(),
        setup_code: config.setup_code.clone(),
        // Push services take no other address of the web.
        contact: public
            .filter(|url| url.starts_with("https:"))
            .map(str::to_owned),
        calendar_apps: config.calendar_apps.clone(),
    }
}

fn make_data_dir(config: &Config) -> anyhow::Result<()> {
    let folder = &config.data_dir;
    owner_only::folder(folder).with_context(|| {
        let folder = folder.display();
        format!("data_dir: expected a folder that can be made, not `{folder}`")
    })
}

/// Starts a node and serves it. With `demo`, also the demo company's page, and demo data once.
///
/// # Errors
/// As [`Casella::start`]; an address that cannot be listened on, or is reached from elsewhere
/// although it is not set under which name.
pub async fn start(config: Config, clock: Clock, demo: bool) -> anyhow::Result<Running> {
    anyhow::ensure!(
        config.public_url.is_some() || config.listen.ip().to_canonical().is_loopback(),
        "public_url: expected the address that browsers use, like https://chat.example.com, because \
         others reach {}; without it listen on this machine alone, like 127.0.0.1:3000",
        config.listen
    );
    // For the database, or for the key of its secrets.
    if config.database_url.starts_with("sqlite:") || config.secret_key.is_none() {
        make_data_dir(&config)?;
    }
    if demo && !Casella::is_for_demo(&config.database_url, demo::CAST).await? {
        bail!(
            "--demo: expected an empty database, or one that the demo made, because it adds people whose \
             password everybody knows. Nothing was changed. Start without --demo, or name another \
             folder by --data-dir"
        );
    }
    // Pages are rendered on this runtime. Refused if another node of this process has said so.
    let _ = any_spawner::Executor::init_tokio();
    // Listening comes before the database: a port in use must not cost a registered run.
    let listener = listen("listen", config.listen).await?;
    let address = listener.local_addr()?;
    let demo_listener = match demo {
        true => Some(listen("demo_listen", config.demo_listen).await?),
        false => None,
    };
    let measures_listener = match config.metrics_listen {
        Some(address) => Some(listen("metrics_listen", address).await?),
        None => None,
    };
    let connections = Connections::new(
        handles::raise(config.limits.connections.get()),
        config.limits.connections_per_address,
    );
    let casella = Casella::start(settings(&config), clock).await?;
    if config.mail.is_none() {
        tracing::warn!("{NO_MAIL}");
    }
    if !demo && casella.is_demo().await? {
        tracing::warn!(
            "the demo made this database: everybody knows the password of its people. \
             Begin with an empty one, or disable them"
        );
    }
    let node = Arc::new(Node {
        assets: Assets::new(config.assets.clone()),
        loaders: Loaders::default(),
        limits: Limits::new(config.limits),
        uploads: Turns::new(Bound::AddressUploads),
        downloads: Turns::new(Bound::AddressDownloads),
        connections,
        marks: Marks::default(),
        measures: measure::recorder()?,
        stopping: CancellationToken::new(),
        tasks: TaskTracker::new(),
        casella,
        config,
    });
    if let Some(missing) = node.assets.missing().await {
        tracing::error!("{missing}");
    }
    let listening = Listening {
        connections: node.connections.clone(),
        proxies: node.config.proxies.clone(),
        times: node.config.times,
        stopping: node.stopping.clone(),
        tasks: node.tasks.clone(),
    };
    let base = match &node.config.public_url {
        Some(url) => url.as_str().to_owned(),
        // Another site for the browser than the company's page, as it is in earnest.
        None if demo && address.ip().is_loopback() => {
            format!("http://localhost:{}", address.port())
        }
        None => format!("http://{address}"),
    };
    let mut demo_address = None;
    if let Some(listener) = demo_listener {
        let here = listener.local_addr()?;
        demo::data::add(&node.casella, here).await?;
        let page = demo::company::router(&base);
        node.tasks.spawn(beside(&listening).serve(listener, page));
        demo_address = Some(here);
    }
    let mut measures_address = None;
    if let Some(listener) = measures_listener {
        measures_address = Some(listener.local_addr()?);
        let page = Router::new()
            .route(health::MEASURES, get(health::measures))
            .with_state(Arc::clone(&node));
        node.tasks.spawn(beside(&listening).serve(listener, page));
    }
    node.tasks.spawn(listening.serve(listener, router(&node)));
    node.tasks.spawn(measure::keep_up(Arc::clone(&node)));
    Ok(Running {
        node,
        address,
        base,
        demo: demo_address,
        measures: measures_address,
    })
}

/// The same for another page, whose connections are none of the chat's.
fn beside(listening: &Listening) -> Listening {
    Listening {
        connections: Connections::new(CONNECTIONS_BESIDE, NonZeroU32::MAX),
        proxies: Vec::new(),
        ..listening.clone()
    }
}

async fn listen(key: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("{key}: expected an address that nothing else listens on, not `{address}`")
    })
}

/// The routes with what stands before all of them.
fn router(node: &Arc<Node>) -> Router {
    let is_file = |_: StatusCode, _: Version, _: &HeaderMap, answer: &Extensions| {
        answer.get::<file::AsItIs>().is_none()
    };
    let worth_it = DefaultPredicate::new()
        .and(NotForContentType::const_new("application/octet-stream"))
        .and(is_file);
    let compression = CompressionLayer::new()
        .quality(CompressionLevel::Precise(COMPRESSION))
        .compress_when(worth_it);
    let panicked = CatchPanicLayer::custom(|_| {
        let detail = "Something went wrong. Try again";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail).into_response()
    });
    route::router(node)
        .layer(middleware::map_response(problem::word))
        .layer(panicked)
        .layer(compression)
        .layer(middleware::from_fn_with_state(
            Arc::clone(node),
            request::receive,
        ))
        .with_state(Arc::clone(node))
}

impl Running {
    /// Stops: takes nothing new, tells every client to connect again, finishes what was taken,
    /// and waits for connections to end, at most as long as the configuration says.
    pub async fn stop(self) {
        let node = self.node;
        tracing::info!("stopping");
        node.stopping.cancel();
        node.tasks.close();
        let stop = async {
            node.casella.stop().await;
            node.tasks.wait().await;
        };
        match tokio::time::timeout(node.config.drain, stop).await {
            Ok(()) => tracing::info!("stopped"),
            Err(_) => tracing::warn!(
                open = node.tasks.len(),
                "stopped before all connections had ended"
            ),
        }
    }
}
