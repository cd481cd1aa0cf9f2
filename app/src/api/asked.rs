//! How the functions are declared that the browser asks the server for.

/// A function that the server carries out: there with the body given, in the browser by a request.
macro_rules! asked {
    (
        $endpoint:literal,
        $(#[$doc:meta])*
        pub async fn $name:ident($($arg:ident: $type:ty),* $(,)?) -> Result<$answer:ty, Failure>
        $body:block
    ) => {
        $(#[$doc])*
        #[cfg(feature = "ssr")]
        #[leptos::server(
            prefix = "/api",
            endpoint = $endpoint,
            input = leptos::server_fn::codec::Postcard,
            output = leptos::server_fn::codec::Postcard
        )]
        pub async fn $name($($arg: $type),*) -> Result<$answer, Failure> $body

        $(#[$doc])*
        #[cfg(not(feature = "ssr"))]
        pub async fn $name($($arg: $type),*) -> Result<$answer, Failure> {
            $crate::api::call::call($endpoint, &($($arg,)*)).await
        }
    };
}

pub(super) use asked;
