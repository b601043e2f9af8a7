//! The adapter against a real RabbitMQ: the one that `rbit_testkit::TestBroker` finds.

mod commands;
mod connection;
mod contract;
mod copies;
mod drops;
mod encrypted;
mod events;
mod inspect;
mod long_jobs;
mod odd_messages;
mod proxy;
mod push;
mod raw_publisher;
mod topology;
mod world;
