package complete

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode"
)

// Bounds say how much of a zip is looked at.
type Bounds struct {
	Entries int
	// Bytes of one file and of all of them, unpacked.
	File, All int64
}

// Usual are bounds that no textbook meets.
var Usual = Bounds{Entries: 20_000, File: 64 << 20, All: 256 << 20}

// AtMost is how many bytes a repository may send.
const AtMost = 256 << 20

// Folder unpacks a zip, keeps nothing of it, and returns the name of its one folder. A zip that a reader should not unpack is refused:
// whoever gets the delivered file may be less careful.
func Folder(content []byte, bounds Bounds) (string, error) {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		if kind := kindOf(content); kind != "" {
			return "", fmt.Errorf("what the repository sent is no zip: it is %s", kind)
		}
		return "", fmt.Errorf("what the repository sent is no zip, or a broken one: %w", err)
	}
	if len(archive.File) > bounds.Entries {
		return "", refused("it has %d entries", len(archive.File))
	}
	folder, seen, left := "", map[string]bool{}, bounds.All
	for _, entry := range archive.File {
		own, path, err := place(entry)
		if err != nil {
			return "", err
		}
		if folder == "" {
			folder = own
		}
		if own != folder {
			return "", refused("it has more than one folder")
		}
		if seen[path] {
			return "", refused("two of its entries have one name")
		}
		seen[path] = true
		read, err := unpacked(entry, min(bounds.File, left))
		if err != nil {
			return "", err
		}
		left -= read
	}
	if !seen["collection.xml"] {
		return "", errors.New("the repository's zip has no `collection.xml`: it is no collection")
	}
	return folder, nil
}

// Name is what the file of a zip is called here, if the zip is a good one. Where the latest version was asked for, its folder says which.
func Name(content []byte, address Address) (string, error) {
	folder, err := Folder(content, Usual)
	if err != nil {
		return "", err
	}
	version := address.Version
	if version == "latest" {
		version, err = VersionOf(folder, address.Package)
	}
	return address.Package + "-" + version + ".complete.zip", err
}

// VersionOf is the version that a folder names: what `latest` was.
func VersionOf(folder, pack string) (string, error) {
	version, isOfPackage := strings.CutPrefix(folder, pack+"_")
	version, isComplete := strings.CutSuffix(version, "_complete")
	if !isOfPackage || !isComplete || !id.MatchString(version) {
		return "", fmt.Errorf("which version the latest is cannot be seen: the zip's folder is called `%s`", folder)
	}
	return version, nil
}

// The folder of an entry and its name in it, if it has one that means the same on every system.
func place(entry *zip.File) (folder, path string, err error) {
	if entry.Mode()&fs.ModeSymlink != 0 {
		return "", "", refused("`%s` is a symbolic link", entry.Name)
	}
	if entry.Flags&1 != 0 || (entry.Method != zip.Store && entry.Method != zip.Deflate) {
		return "", "", refused("`%s` is packed in a way that no repository uses", entry.Name)
	}
	folder, path, isInFolder := strings.Cut(entry.Name, "/")
	path = strings.TrimSuffix(path, "/")
	parts := []string{folder}
	if path != "" {
		parts = append(parts, strings.Split(path, "/")...)
	}
	isHarmless := isInFolder && len(entry.Name) <= 300 && !strings.ContainsFunc(entry.Name, isHarmful)
	for _, part := range parts {
		isHarmless = isHarmless && part != "" && part != "." && part != ".." && !strings.HasPrefix(part, "~")
	}
	if !isHarmless {
		return "", "", refused("the name `%s` leads out of it", shortened(entry.Name))
	}
	return folder, path, nil
}

func isHarmful(letter rune) bool {
	return unicode.IsControl(letter) || letter == '\\' || letter == ':'
}

// How long an entry is, whatever the zip says; its checksum is looked at on the way.
func unpacked(entry *zip.File, atMost int64) (int64, error) {
	reader, err := entry.Open()
	if err != nil {
		return 0, fmt.Errorf("the repository's zip is broken at `%s`: %w", entry.Name, err)
	}
	defer reader.Close()
	length, err := io.Copy(io.Discard, io.LimitReader(reader, atMost+1))
	if err != nil {
		return 0, fmt.Errorf("the repository's zip is broken at `%s`: %w", entry.Name, err)
	}
	if length > atMost {
		return 0, refused("`%s` is too large unpacked", entry.Name)
	}
	return length, nil
}

func refused(why string, values ...any) error {
	return fmt.Errorf("the repository's zip is refused: "+why, values...)
}
