//! The adapter against a real RabbitMQ: the one that `rbit_testkit::TestBroker` finds.

mod connection;
mod contract;
mod copies;
mod proxy;
mod push;
mod topology;
mod world;
