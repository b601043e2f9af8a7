import html.parser
import io
import unittest
import zipfile

import collxml
import offlinezip
import rbit
from connexions import pages, tree
from connexions.archive import Archive

from .fixture import FOLDER, complete


class Links(html.parser.HTMLParser):
    """What a page leads to, and where others may lead on it."""

    def __init__(self, text):
        super().__init__()
        self.hrefs, self.ids = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids.add(attributes.get("id"))
        self.hrefs += [attributes[name] for name in ("href", "src") if name in attributes]


class OfflinezipTest(unittest.TestCase):
    def setUp(self):
        self.files = offlinezip.files(Archive(complete()), "1.3")

    def test_the_start_page_has_the_contents_as_deep_as_the_collection(self):
        start = self.files["index.html"].decode()
        self.assertIn("Pebbles &amp; Rivers: A $hort Course", start)
        self.assertIn("Ada Brook, Ivo Štein", start)
        self.assertIn("Version 1.3", start)
        self.assertIn('License: <a href="http://creativecommons.org/licenses/by/3.0/">', start)
        self.assertIn('<li><a href="m50101.html">How Water Moves</a></li><li>Stones<ol><li><a href="m50102.html">', start)

    def test_every_link_leads_to_a_place_that_is_there(self):
        read = {name: Links(data.decode()) for name, data in self.files.items() if name.endswith(".html")}
        self.assertEqual(len(read), 4)
        checked = 0
        for name, page in read.items():
            for href in page.hrefs:
                if not href.startswith("http"):
                    file, _, id = href.partition("#")
                    self.assertIn(file or name, self.files, href)
                    if id:
                        self.assertIn(id, read[file or name].ids, href)
                    checked += 1
        self.assertGreater(checked, 15)

    def test_each_generation_of_cnxml_becomes_a_page_with_all_that_it_has(self):
        old, middle, new = (self.files["m5010{}.html".format(number)].decode() for number in (1, 2, 3))
        self.assertIn("<msqrt>", old)
        self.assertNotIn("annotation", old)
        self.assertIn('<img src="pictures/1.png" alt="Round grey stones on sand">', middle)
        self.assertIn('<th colspan="2">Weight &amp; spread</th>', new)
        self.assertIn("&lt; 1 kg\nEND { print sum / n }</code></pre>", new)

    def test_a_text_that_would_be_markup_stays_a_text(self):
        root = tree.read("a", b"<d><content><para>&lt;script&gt;<link url='javascript:x'>a</link><script>b</script></para></content></d>")
        body = pages.Page("m1", {"m1": "One"}, {}).body(root)
        self.assertEqual(body, '<div class="para">&lt;script&gt;ab</div>')

    def test_a_formula_keeps_what_a_browser_needs(self):
        cases = {
            "<mi mathvariant='bold' onclick='x'>a</mi>": '<mi mathvariant="bold">a</mi>',
            "<mfenced><mi>a</mi><mi>b</mi></mfenced>": "<mrow><mo>(</mo><mi>a</mi><mo>,</mo><mi>b</mi><mo>)</mo></mrow>",
            "<mfenced open='[' close='' separators='; |'><mi>a</mi><mi>b</mi><mi>c</mi><mi>d</mi></mfenced>":
                "<mrow><mo>[</mo><mi>a</mi><mo>;</mo><mi>b</mi><mo>|</mo><mi>c</mi><mo>|</mo><mi>d</mi></mrow>",
        }
        for source, formula in cases.items():
            text = "<d><content><equation> <math>{}</math> </equation></content></d>".format(source)
            body = pages.Page("m1", {"m1": "One"}, {}).body(tree.read("a", text.encode()))
            head = '<div class="formula"><math xmlns="http://www.w3.org/1998/Math/MathML" display="block">'
            with self.subTest(source):
                self.assertEqual(body, head + formula + "</math></div>")

    def test_a_glossary_is_a_section_at_the_end(self):
        root = tree.read("a", b"<d><glossary><para>a</para></glossary><content><para>b</para></content></d>")
        body = pages.Page("m1", {"m1": "One"}, {}).body(root)
        self.assertEqual(body, '<div class="para">b</div><section><h2>Glossary</h2><div class="para">a</div></section>')

    def test_no_name_or_number_of_a_stranger_makes_trouble(self):
        text = "<d><content><_init__>a</_init__><_class__>b</_class__><table><tgroup cols='1'><tbody><row><entry morerows='{}'>c</entry>" \
            "</row></tbody></tgroup></table></content></d>".format("9" * 5000)
        body = pages.Page("m1", {"m1": "One"}, {}).body(tree.read("a", text.encode()))
        self.assertEqual(body, "ab<table><tr><td>c</td></tr></table>")

    def test_it_is_the_same_bytes_each_time(self):
        once = offlinezip.packed("a", self.files)
        self.assertEqual(once, offlinezip.packed("a", offlinezip.files(Archive(complete()), "1.3")))
        self.assertIn("a/index.html", zipfile.ZipFile(io.BytesIO(once)).namelist())


class CollxmlTest(unittest.TestCase):
    def test_the_latest_version_is_what_the_collection_says(self):
        data = (FOLDER / "collection.xml").read_bytes()
        self.assertEqual(collxml.version_of(data, "latest"), "1.3")
        self.assertEqual(collxml.version_of(data, "1.2"), "1.2")

    def test_what_is_no_collection_fails(self):
        cases = {
            b"<html/>": "the repository's answer is no collection: its first element is `html`",
            b"<html><br>": "is no readable XML: it is a web page",
            complete(): "is no readable XML: it is a zip",
            b"": "is no readable XML: it is empty",
            b"<a>\xff</a>": "is no readable XML: it is not in UTF-8",
            b"<?xml version='1.0'?><a>": "is no readable XML: no element found",
        }
        for data, why in cases.items():
            with self.subTest(data[:20]), self.assertRaisesRegex(rbit.Failed, why):
                collxml.version_of(data, "1.2")


class TreeTest(unittest.TestCase):
    def test_entities_of_html_are_known_and_those_of_a_document_are_not_expanded(self):
        self.assertEqual(tree.read("a", b"<a>&alpha;&amp;<![CDATA[&b;]]></a>").text, "α&&b;")
        self.refused(b"<!DOCTYPE a [<!ENTITY b 'x'>]><a>&b;</a>", "nobody knows the entity `b`")
        self.refused(b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "nobody knows the entity `b`")

    def test_a_type_of_a_document_that_hides_has_no_entities_either(self):
        for hidden in (b"<!-- <!DOCTYPE b> -->", b"<?p <!DOCTYPE b>?>"):
            bomb = hidden + b"<!DOCTYPE a [<!ENTITY b_b 'x'><!ENTITY c_c '&b_b;&b_b;'>]><a>&c_c;</a>"
            self.refused(bomb, "it has an entity of its own, `b_b`")

    def test_depth_length_and_count_have_bounds(self):
        self.assertEqual(tree.local(tree.read("a", b"<a>" * 200 + b"</a>" * 200)), "a")
        self.refused(b"<a>" * 201 + b"</a>" * 201, "it is more than 200 elements deep")
        self.refused(b"<a>" + b" " * (16 << 20) + b"</a>", "it is longer than 16 MiB")
        self.refused(b"<a>" + b"<b/>" * tree.MOST + b"</a>", "it has more than 1000000 parts")

    def refused(self, data, why):
        with self.assertRaisesRegex(rbit.Failed, "^a is no readable XML: .*" + why):
            tree.read("a", data)


class DepthTest(unittest.TestCase):
    def test_what_is_as_deep_as_it_may_be_becomes_a_page(self):
        for outer, inner in (("section", ""), ("list", "item"), ("note", ""), ("para", ""), ("figure", ""), ("link", ""),
                             ("math", "mrow"), ("emphasis", ""), ("footnote", ""), ("quote", "")):
            names = [name for name in (outer, inner) if name] * 198
            names = ([outer] + [inner] * 198 if outer == "math" else names)[:198]
            text = "<d><content>{}x{}</content></d>".format("".join("<{}>".format(name) for name in names),
                                                           "".join("</{}>".format(name) for name in reversed(names)))
            with self.subTest(outer):
                self.assertIn("x", pages.Page("m1", {"m1": "One"}, {}).body(tree.read("a", text.encode())))


if __name__ == "__main__":
    unittest.main()
