use amq_protocol::{
    frame::{AMQPFrame, parse_frame},
    protocol::BasicProperties,
    types::{AMQPValue, FieldTable},
};

use super::*;

fn feed(parts: &[&[u8]]) -> Vec<u8> {
    let mut mender = Mender::default();
    let mut ready = Vec::new();
    for part in parts {
        mender.feed(part, &mut ready);
    }
    ready
}

fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let size = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&[kind, 0, 1], &size[..], payload, &[0xce]].concat()
}

/// A content header with these flags and properties.
fn header(flags: u16, properties: &[u8]) -> Vec<u8> {
    let head = [
        &60u16.to_be_bytes()[..],
        &[0, 0],
        &2u64.to_be_bytes(),
        &flags.to_be_bytes(),
    ]
    .concat();
    frame(HEADER, &[&head, properties].concat())
}

fn text(bytes: &[u8]) -> Vec<u8> {
    [&[u8::try_from(bytes.len()).unwrap()], bytes].concat()
}

fn table(entries: &[u8]) -> Vec<u8> {
    [&u32::try_from(entries.len()).unwrap().to_be_bytes(), entries].concat()
}

fn read(bytes: &[u8]) -> BasicProperties {
    match parse_frame(bytes) {
        Ok(([], AMQPFrame::Header(_, header))) => header.properties,
        other => panic!("{other:?}"),
    }
}

const CONTENT_TYPE: u16 = 1 << 15;
const HEADERS: u16 = 1 << 13;
const DELIVERY_MODE: u16 = 1 << 12;
const MESSAGE_ID: u16 = 1 << 7;
const CLUSTER_ID: u16 = 1 << 2;

#[test]
fn what_is_in_order_goes_on_byte_by_byte_however_it_is_cut() {
    let death = [&text(b"count")[..], b"l", &[0; 8], &text(b"why"), b"S", &table(b"\xff")].concat();
    let deaths = [&b"F"[..], &table(&death), b"V"].concat();
    let entries = [&text(b"x-death")[..], b"A", &table(&deaths), &text(b"n"), b"D", &[0; 5]].concat();
    let properties = [&text("caf\u{e9}".as_bytes())[..], &table(&entries), &[2], &text(b"c")].concat();
    let deliver = [
        &60u16.to_be_bytes()[..],
        &60u16.to_be_bytes(),
        &text(b"tag"),
        &[0; 9],
        &text(b"pybit"),
        &text(b"a.b"),
    ]
    .concat();
    let stream = [
        frame(METHOD, &deliver),
        header(CONTENT_TYPE | HEADERS | DELIVERY_MODE | CLUSTER_ID, &properties),
        frame(BODY, b"\xff\xfe"),
        frame(HEARTBEAT, b""),
    ]
    .concat();
    assert_eq!(feed(&[&stream]), stream);
    let octets: Vec<_> = stream.chunks(1).collect();
    assert_eq!(feed(&octets), stream);
}

#[test]
fn a_text_that_is_not_utf_8_gets_question_marks() {
    let bad = header(
        CONTENT_TYPE | DELIVERY_MODE | CLUSTER_ID,
        &[&text(b"a\xff")[..], &[2], &text(b"\xe9")].concat(),
    );
    assert!(
        parse_frame(&bad[..]).is_err(),
        "lapin reads it by itself: this module can go"
    );
    let read = read(&feed(&[&bad]));
    assert_eq!(read.content_type().as_ref().unwrap().as_str(), "a?");
    assert_eq!(read.cluster_id().as_ref().unwrap().as_str(), "?");
    assert_eq!(*read.delivery_mode(), Some(2));
}

#[test]
fn an_id_that_is_not_utf_8_is_left_out() {
    let read = read(&feed(&[&header(
        DELIVERY_MODE | MESSAGE_ID,
        &[&[2][..], &text(b"\xff")].concat(),
    )]));
    assert_eq!((read.message_id(), *read.delivery_mode()), (&None, Some(2)));
}

#[test]
fn names_of_headers_get_question_marks_and_their_values_stay() {
    let inner = table(&[&text(b"\xfe")[..], b"t\x01"].concat());
    let entries = [
        &text(b"n\xff")[..],
        b"S",
        &table(b"\xff\xff"),
        &text(b"in"),
        b"F",
        &inner,
    ]
    .concat();
    let read = read(&feed(&[&header(HEADERS, &table(&entries))]));
    let headers = read.headers().as_ref().unwrap().inner();
    assert_eq!(
        headers.get("n?"),
        Some(&AMQPValue::LongString(b"\xff\xff".to_vec().into()))
    );
    let mut inner = FieldTable::default();
    inner.insert("?".into(), AMQPValue::Boolean(true));
    assert_eq!(headers.get("in"), Some(&AMQPValue::FieldTable(inner)));
}

#[test]
fn tables_that_are_too_deep_or_of_no_known_type_are_left_out() {
    let mut deep = Vec::new();
    for _ in 0..5_000 {
        deep = [&text(b"")[..], b"F", &table(&deep)].concat();
    }
    let unknown = [&text(b"n")[..], b"z"].concat();
    for entries in [deep, unknown] {
        let read = read(&feed(&[&header(
            HEADERS | DELIVERY_MODE,
            &[table(&entries), vec![2]].concat(),
        )]));
        assert_eq!((read.headers(), *read.delivery_mode()), (&None, Some(2)));
    }
}

#[test]
fn a_routing_key_that_is_not_utf_8_gets_question_marks() {
    let ids = |method: u16| [60u16.to_be_bytes(), method.to_be_bytes()].concat();
    let end = [text(b"pybit"), text(b"a\xff")].concat();
    let deliver = [&ids(60)[..], &text(b"tag"), &[0; 9], &end].concat();
    let get_ok = [&ids(71)[..], &[0; 9], &end, &[0; 4]].concat();
    let returned = [&ids(50)[..], &312u16.to_be_bytes(), &text(b"NO_ROUTE"), &end].concat();
    for method in [deliver, get_ok, returned] {
        let bad = frame(METHOD, &method);
        assert!(parse_frame(&bad[..]).is_err());
        let mended = feed(&[&bad]);
        assert!(
            matches!(parse_frame(&mended[..]), Ok((b"", AMQPFrame::Method(..)))),
            "{mended:?}"
        );
    }
}

#[test]
fn what_is_no_amqp_goes_on_as_it_is() {
    for words in [&b"AMQP\x00\x00\x09\x01"[..], b"HTTP/1.1 400 Bad Request\r\n\r\n"] {
        assert_eq!(feed(&words.chunks(3).collect::<Vec<_>>()), words);
    }
}

#[test]
fn a_frame_larger_than_any_is_not_kept_waiting() {
    let head = [&[HEADER, 0, 1][..], &u32::MAX.to_be_bytes(), b"abc"].concat();
    assert_eq!(feed(&[&head]), head);
}

proptest::proptest! {
    #[test]
    fn no_bytes_end_in_a_panic_and_framing_stays_whole(properties: Vec<u8>, flags: u16, cut in 1usize..64) {
        let stream = [header(flags, &properties), frame(HEARTBEAT, b"")].concat();
        let out = feed(&stream.chunks(cut).collect::<Vec<_>>());
        proptest::prop_assert!(out.ends_with(&frame(HEARTBEAT, b"")));
    }
}
