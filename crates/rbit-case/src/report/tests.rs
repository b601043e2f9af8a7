use quick_xml::{Reader, events::Event};

use super::*;

fn results() -> Vec<CaseResult> {
    let result = |name: &str, verdict| CaseResult {
        name: name.into(),
        file: format!("/c/{name}/case.toml").into(),
        verdict,
        log: vec![Printed {
            is_stderr: true,
            line: "<careful> & \"so\"\u{1}".into(),
        }],
        duration: Duration::from_millis(1500),
    };
    vec![
        result("a", Verdict::Passed),
        result("b", Verdict::Updated),
        result(
            "c<d>",
            Verdict::Failed(vec![
                Mismatch::new("outcome", "expected done, found failed: a & b"),
                Mismatch::new("artifact `x`: text", "- old\n+ new"),
            ]),
        ),
        result("e", Verdict::Broken("it cannot be read\nat all".into())),
        result("f", Verdict::Stopped),
    ]
}

#[test]
fn a_text_has_a_line_for_each_case_and_what_differs() {
    assert_eq!(
        as_text(&results()),
        "\
passed   a  (1500 ms)
updated  b  (1500 ms)
failed   c<d>  (1500 ms)
         outcome: expected done, found failed: a & b
         artifact `x`: text:
           - old
           + new
         | <careful> & \"so\"\u{1}
broken   e  (1500 ms)
         it cannot be read
         at all
stopped  f  (1500 ms)
2 of 5 cases passed
"
    );
    assert_eq!(as_text(&[]), "0 of 0 cases passed\n");
}

#[test]
fn the_json_counts_and_names() {
    let json = as_json(&results());
    let counts = ["total", "passed", "updated", "failed", "broken", "stopped"].map(|key| json[key].as_u64().unwrap());
    assert_eq!(counts, [5, 1, 1, 1, 1, 1]);
    let failed = &json["cases"][2];
    assert_eq!(
        (failed["name"].as_str(), failed["result"].as_str()),
        (Some("c<d>"), Some("failed"))
    );
    assert_eq!(failed["mismatches"][1]["how"], "- old\n+ new");
    assert_eq!(json["cases"][3]["error"], "it cannot be read\nat all");
}

#[test]
fn the_xml_is_well_formed_whatever_a_guest_prints_and_has_all_that_was_said() {
    let xml = as_junit(&results());
    let mut reader = Reader::from_str(&xml);
    reader.config_mut().check_end_names = true;
    let (mut elements, mut texts) = (Vec::new(), String::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(start) => {
                // Reading them checks that they are well formed.
                start
                    .attributes()
                    .for_each(|attribute| assert!(attribute.unwrap().unescape_value().is_ok()));
                elements.push(String::from_utf8(start.name().as_ref().to_vec()).unwrap());
            }
            Event::Empty(empty) => elements.push(String::from_utf8(empty.name().as_ref().to_vec()).unwrap()),
            Event::Text(text) => texts.push_str(&text.decode().unwrap()),
            Event::GeneralRef(entity) => texts.push_str(&format!("&{};", entity.decode().unwrap())),
            _ => {}
        }
    }
    let count = |name: &str| elements.iter().filter(|element| *element == name).count();
    let counts = ["testsuite", "testcase", "failure", "error", "skipped", "system-err"].map(count);
    assert_eq!(counts, [1, 5, 1, 1, 1, 5]);
    assert!(texts.contains("&lt;careful&gt; &amp; &quot;so&quot;?"), "{texts}");
    assert!(
        xml.contains("tests=\"5\" failures=\"1\" errors=\"1\" skipped=\"1\" time=\"7.500\""),
        "{xml}"
    );
}
