"""Modules that are imported when the component is built, so that no job waits for them."""

MODULES = """
abc argparse array ast asyncio base64 bisect calendar codecs collections concurrent.futures configparser contextlib copy csv
dataclasses datetime decimal difflib email.message email.mime.text email.utils encodings.ascii encodings.cp1252 encodings.idna
encodings.latin_1 encodings.utf_16 enum fnmatch fractions functools getopt glob gzip hashlib heapq hmac html html.parser http.client
http.cookiejar http.cookies importlib.metadata importlib.resources inspect io itertools json linecache locale logging logging.config
logging.handlers math mimetypes operator optparse os pathlib pickle platform pprint queue random re secrets shlex shutil sqlite3
statistics string stringprep struct subprocess tarfile tempfile textwrap threading time tokenize tomllib traceback types typing
unicodedata urllib.error urllib.parse urllib.request uuid warnings weakref xml.dom.minidom xml.etree.ElementTree xml.sax
xml.sax.saxutils zipfile zlib zoneinfo _strptime
""".split()
