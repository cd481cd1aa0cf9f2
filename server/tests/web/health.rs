stories! {
    async fn a_running_node_is_alive_and_ready(app: TestApp) {
        assert_eq!(app.get("/healthz").await.status(), 200);
        assert_eq!(app.get("/readyz").await.status(), 200);
    }

    async fn measures_count_requests_by_route(app: TestApp) {
        app.get("/healthz").await;
        let measures = app.get("/metrics").await.text().await.unwrap();
        let counted = measures.lines().any(|line| {
            line.starts_with("casella_http_requests_total") && line.contains("route=\"/healthz\"")
        });
        assert!(counted, "{measures}");
    }

    async fn every_answer_has_an_id_and_says_what_browsers_may_do(app: TestApp) {
        let answer = app.get("/healthz").await;
        assert_eq!(answer.headers()["x-request-id"].len(), 16);
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        assert!(answer.headers().contains_key("content-security-policy"));
    }
}
