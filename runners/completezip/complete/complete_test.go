package complete

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"
)

// The collection that the tests of all runners read.
const fixture = "../../../tests/fixtures/connexions/col10901"

type file struct {
	name    string
	content []byte
}

func zipped(t *testing.T, files ...file) []byte {
	t.Helper()
	var target bytes.Buffer
	writer := zip.NewWriter(&target)
	for _, file := range files {
		entry, err := writer.Create(file.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write(file.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return target.Bytes()
}

func whole(t *testing.T, further ...file) []byte {
	t.Helper()
	var files []file
	folder := os.DirFS(fixture)
	err := fs.WalkDir(folder, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(folder, path)
		files = append(files, file{"col10901_1.3_complete/" + path, content})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return zipped(t, append(files, further...)...)
}

func TestTheLatestVersionIsTheOneThatTheFolderNames(t *testing.T) {
	for version, name := range map[string]string{"latest": "col10901-1.3.complete.zip", "1.2": "col10901-1.2.complete.zip"} {
		address, err := NewAddress("http://cnx.org", "col10901", version)
		if err != nil {
			t.Fatal(err)
		}
		if found, err := Name(whole(t), address); found != name || err != nil {
			t.Errorf("%q, %v", found, err)
		}
	}
}

func TestTheFixtureIsGoodAndItsFolderSaysTheVersion(t *testing.T) {
	folder, err := Folder(whole(t), Usual)
	if err != nil {
		t.Fatal(err)
	}
	if version, err := VersionOf(folder, "col10901"); version != "1.3" || err != nil {
		t.Fatalf("%q, %v", version, err)
	}
	if _, err := VersionOf(folder, "col1"); err == nil {
		t.Fatal("the folder is another package's")
	}
}

func TestWhatNobodyShouldUnpackIsRefused(t *testing.T) {
	const begin = "col10901_1.3_complete/"
	twice := bytes.ReplaceAll(zipped(t, file{"c/one", nil}, file{"c/two", nil}), []byte("c/two"), []byte("c/one"))
	var link bytes.Buffer
	writer := zip.NewWriter(&link)
	header := &zip.FileHeader{Name: "c/link"}
	header.SetMode(fs.ModeSymlink | 0o777)
	if _, err := writer.CreateHeader(header); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	cases := map[string][]byte{
		"is a symbolic link":               link.Bytes(),
		"two of its entries have one name": twice,
		"`c/a` is too large":               zipped(t, file{"c/a", make([]byte, 1001)}),
		"`c/b` is too large":               zipped(t, file{"c/a", make([]byte, 900)}, file{"c/b", make([]byte, 900)}),
		"4 entries":                        zipped(t, file{"c/1", nil}, file{"c/2", nil}, file{"c/3", nil}, file{"c/4", nil}),
		"more than one folder":             zipped(t, file{"c/a", nil}, file{"d/a", nil}),
		"has no `collection.xml`":          zipped(t, file{"c/a", nil}),
		"is no zip, or a broken one":       []byte("no"),
		"is no zip: it is a web page":      []byte(" <!DOCTYPE HTML><title>Log in</title>"),
		"is no zip: it is empty":           nil,
		"`c/e` is packed in a way":         changed(zipped(t, file{"c/e", nil}), 6, 1),
		"`c/m` is packed in a way":         changed(zipped(t, file{"c/m", nil}), 8, 12),
	}
	for why, content := range cases {
		_, err := Folder(content, Bounds{Entries: 3, File: 1000, All: 1500})
		if err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", why, err)
		}
	}
	for _, name := range []string{"../x", "/etc/passwd", begin + "../../x", begin + "./x", begin + "/x", begin + "a\\b", "C:/x", begin + "a:b", begin + "\x01", "~/x", "x"} {
		_, err := Folder(whole(t, file{name, nil}), Usual)
		if err == nil || !strings.Contains(err.Error(), "leads out of it") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// A zip of one entry with a byte of its heads changed: 6 are flags, 8 is the method.
func changed(content []byte, field int, value byte) []byte {
	content[bytes.Index(content, []byte("PK\x03\x04"))+field] = value
	content[bytes.Index(content, []byte("PK\x01\x02"))+2+field] = value
	return content
}

func TestAZipWithAnyByteChangedIsReadOrRefusedAndNeverTrouble(t *testing.T) {
	content := zipped(t, file{"c/collection.xml", bytes.Repeat([]byte("<a/>"), 20)}, file{"c/m1/index.cnxml", []byte("<b/>")})
	refused := 0
	for place := range content {
		for _, value := range []byte{0, 1, 0x7f, 0xff} {
			other := bytes.Clone(content)
			other[place] = value
			if _, err := Folder(other, Usual); err != nil {
				refused++
			}
		}
	}
	if refused < len(content) {
		t.Errorf("only %d are refused", refused)
	}
}

func TestTheAddressIsMadeOfWhatTheRequestSays(t *testing.T) {
	for _, uri := range []string{"http://cnx.org", "http://cnx.org/", " http://cnx.org/content/ ", "http://cnx.org/content"} {
		address, err := NewAddress(uri, "col1", "1.2")
		if err != nil || address.URL() != "http://cnx.org/content/col1/1.2/complete" {
			t.Errorf("%q: %q, %v", uri, address.URL(), err)
		}
	}
	for _, text := range []string{"", "..", "a/b", "a b", "a?b", "a%2fb", "ä", "a\n", strings.Repeat("x", 101)} {
		if _, err := NewAddress("http://cnx.org", text, "1.2"); err == nil {
			t.Errorf("the package %q", text)
		}
		if _, err := NewAddress("http://cnx.org", "col1", text); err == nil {
			t.Errorf("the version %q", text)
		}
	}
	for _, uri := range []string{" ", "cnx.org", "ftp://cnx.org", "http://", "http:///x", "http://reader:sesame@cnx.org", "http://cnx.org/?a", "http://ü.org"} {
		if _, err := NewAddress(uri, "col1", "1.2"); err == nil || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%q: %v", uri, err)
		}
	}
}

func TestAStatusDecidesWhetherTheJobComesAgain(t *testing.T) {
	if err := Refusal("http://a", 200); err != nil {
		t.Error(err)
	}
	for status, passes := range map[uint16]bool{302: false, 400: false, 401: false, 403: false, 404: false, 408: true, 410: false, 429: true, 500: true, 503: true} {
		var blocked Blocked
		err := Refusal("http://a", status)
		if err == nil || errors.As(err, &blocked) != passes {
			t.Errorf("%d: %v", status, err)
		}
	}
}

func TestPatienceIsConfiguredInSeconds(t *testing.T) {
	for setting, patience := range map[string]time.Duration{"": time.Minute, "3": 3 * time.Second} {
		if found, err := Patience(setting); found != patience || err != nil {
			t.Errorf("%q: %v, %v", setting, found, err)
		}
	}
	if _, err := Patience("3s"); err == nil {
		t.Error("3s is no number")
	}
}
