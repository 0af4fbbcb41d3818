"""What is known of the APIs: their endpoints, paths and SDKs."""
