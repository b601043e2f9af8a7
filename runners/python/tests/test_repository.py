import errno
import socket
import types
import unittest

import rbit
from connexions.repository import Address, patience, refuse, root


class RepositoryTest(unittest.TestCase):
    def test_the_address_is_made_of_what_the_request_says(self):
        for uri in ("http://cnx.org", "http://cnx.org/", " http://cnx.org/content/ ", "http://cnx.org/content"):
            self.assertEqual(Address(uri, "col1", "1.2").url("complete"), "http://cnx.org/content/col1/1.2/complete")
        self.assertEqual(root("http://cnx.org//"), "http://cnx.org")

    def test_what_would_lead_elsewhere_is_refused(self):
        for text in ("", "..", "a/b", "a b", "a?b", "a%2fb", "ä", "a\n", "x" * 101, None):
            with self.subTest(text), self.assertRaises(rbit.Failed):
                Address("http://cnx.org", text, "1.2")
            with self.subTest(text), self.assertRaises(rbit.Failed):
                Address("http://cnx.org", "col1", text)
        with self.assertRaises(rbit.Failed):
            Address("", "col1", "1.2")

    def test_an_address_that_is_none_is_refused_and_one_with_a_password_is_not_told(self):
        for uri in ("cnx.org", "ftp://cnx.org", "http://", "http:///x", "http://reader:sesame@cnx.org", "http://cnx.org/?a", "http://ü.org"):
            with self.subTest(uri), self.assertRaises(rbit.Failed) as caught:
                Address(uri, "col1", "1.2")
            self.assertNotIn("sesame", str(caught.exception))

    def test_a_status_decides_whether_the_job_comes_again(self):
        refuse("http://a", 200)
        for status in (302, 400, 401, 403, 404, 410):
            with self.subTest(status), self.assertRaises(rbit.Failed):
                refuse("http://a", status)
        for status in (408, 425, 429, 500, 503):
            with self.subTest(status), self.assertRaises(rbit.Blocked):
                refuse("http://a", status)

    def test_a_connection_that_fails_ends_the_job_as_what_may_pass_or_not(self):
        cases = [
            (PermissionError("no"), rbit.Failed, "this runner may not ask `http://cnx.org`"),
            (OSError(errno.EPROTO, "GET: TlsProtocolError"), rbit.Failed, "its encryption was refused"),
            (OSError(errno.EIO, "GET: HttpResponseBodySize"), rbit.Failed, "is too large"),
            (TimeoutError(), rbit.Blocked, "did not answer in time"),
            (ConnectionResetError("gone"), rbit.Blocked, "broke off"),
            (ConnectionRefusedError("no"), rbit.Blocked, "the connection was refused"),
            (socket.gaierror("who"), rbit.Blocked, "its name is not known"),
            (ConnectionError("gone"), rbit.Blocked, "`http://cnx.org` cannot be reached: gone"),
        ]
        for error, kind, words in cases:
            def get(*_, error=error, **__):
                raise error
            rbit.http.get = get
            with self.subTest(error), self.assertRaisesRegex(kind, words):
                Address("http://cnx.org", "col1", "1.2").get("complete", {})

    def test_the_user_of_the_settings_is_named_and_no_other(self):
        asked = []

        def get(url, **words):
            asked.append((url, words["auth"], words["timeout"]))
            return types.SimpleNamespace(status=200, content=b"x")
        rbit.http.get = get
        address = Address("http://cnx.org", "col1", "1.2")
        self.assertEqual(address.get("complete", {"username": "u", "password": "p", "repository-timeout": "3"}), b"x")
        address.get("complete", {"password": "p"})
        url = "http://cnx.org/content/col1/1.2/complete"
        self.assertEqual(asked, [(url, ("u", "p"), 3), (url, None, 60)])
        with self.assertRaises(rbit.Failed):
            patience({"repository-timeout": "3s"})


if __name__ == "__main__":
    unittest.main()
