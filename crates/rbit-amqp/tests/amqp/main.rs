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
mod lost_answers;
mod odd_messages;
mod parking_place;
mod push;
mod raw_publisher;
mod saturation;
mod topology;
mod world;
