import io
import unittest
import zipfile

import rbit
from connexions.archive import Archive

from .fixture import complete, zipped


class ArchiveTest(unittest.TestCase):
    def refused(self, data, why, **bounds):
        with self.assertRaises(rbit.Failed) as caught:
            Archive(data, **bounds)
        self.assertIn(why, str(caught.exception))

    def test_the_fixture_is_read_and_its_folder_says_the_version(self):
        archive = Archive(complete())
        self.assertIn("m50102/pebbles.png", archive.files)
        self.assertEqual(archive.version_of("col10901"), "1.3")
        with self.assertRaises(rbit.Failed):
            archive.version_of("col1")

    def test_a_name_that_leads_out_is_refused_by_whatever_way(self):
        for name in ("../x", "/etc/passwd", "c/../../x", "c/./x", "c//x", "c/x\\..\\y", "C:/x", "c/\x01", "~/x", "x"):
            with self.subTest(name):
                self.refused(zipped({name: b"1"}), "leads out of it")

    def test_links_doubles_and_bombs_are_refused(self):
        link = zipfile.ZipInfo("c/link")
        link.external_attr = 0o120777 << 16
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr(link, "/etc/passwd")
        self.refused(target.getvalue(), "is a symbolic link")
        twice = zipped({"c/one": b"1", "c/two": b"2"}).replace(b"c/two", b"c/one")
        self.refused(twice, "two of its entries have one name")
        self.refused(zipped({"c/a": bytes(1001)}), "`c/a` is too large", file_bound=1000)
        self.refused(zipped({"c/a": bytes(900), "c/b": bytes(900)}), "`c/b` is too large", all_bound=1000)
        self.refused(zipped({"c/a": b"", "d/a": b""}), "more than one folder")

    def test_what_is_no_whole_zip_fails(self):
        self.refused(b"no", "is no zip, or a broken one")
        self.refused(b" <!DOCTYPE HTML><title>Log in</title>", "is no zip: it is a web page")
        self.refused(b"", "is no zip: it is empty")
        self.refused(complete()[:3000], "is no zip, or a broken one")
        self.refused(zipped({}), "there is no file in it")

    def test_what_is_encrypted_or_packed_in_another_way_is_refused(self):
        for field, value in ((6, 1), (8, 12)):
            data = bytearray(zipped({"c/a": b"1"}))
            for at in (data.find(b"PK\x03\x04"), data.find(b"PK\x01\x02") + 2):
                data[at + field] = value
            with self.subTest(field):
                self.refused(bytes(data), "`c/a` is packed in a way that no repository uses")

    def test_a_zip_with_any_byte_changed_is_read_or_refused_and_never_trouble(self):
        whole = zipped({"c/collection.xml": b"<a/>" * 20, "c/m1/index.cnxml": b"<b/>"})
        refused = 0
        for place in range(len(whole)):
            for value in (0, 1, 0x7f, 0xff):
                try:
                    Archive(whole[:place] + bytes([value]) + whole[place + 1:])
                except rbit.Failed:
                    refused += 1
        self.assertGreater(refused, len(whole))


if __name__ == "__main__":
    unittest.main()
