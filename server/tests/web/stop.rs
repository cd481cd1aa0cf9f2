use domain::frame::CLOSE_RESUME;

use crate::{agent::Agent, visitor::Visitor};

stories! {
    async fn a_stop_tells_every_client_to_connect_again(app: TestApp) {
        let mut maya = Agent::available(&app, "Maya").await;
        let mut visitor = Visitor::connect(&app).await;
        let mut silent = Visitor::silent(&app).await;
        let stop = app.stop();
        let (_, agents, visitors, silents) =
            tokio::join!(stop, maya.closed(), visitor.closed(), silent.closed());
        assert_eq!([agents, visitors, silents], [CLOSE_RESUME; 3]);
    }

    async fn a_stop_takes_no_longer_than_its_bound_says(app: TestApp) {
        // A client that never reads its farewell.
        let _deaf = Visitor::silent(&app).await;
        let began = std::time::Instant::now();
        app.stop().await;
        assert!(began.elapsed() < std::time::Duration::from_secs(11));
    }
}
