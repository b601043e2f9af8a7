package complete

import "bytes"

// What something is that was expected to be a zip, in the words of a person; nothing if it is not known.
func kindOf(content []byte) string {
	start := content[:min(len(content), 1000)]
	start = bytes.ToLower(bytes.TrimSpace(bytes.TrimPrefix(start, []byte("\xef\xbb\xbf"))))
	if len(start) == 0 {
		return "empty"
	}
	for _, known := range signs {
		if bytes.HasPrefix(start, []byte(known.sign)) {
			return known.kind
		}
	}
	return ""
}

var signs = []struct{ sign, kind string }{
	{"\x1f\x8b", "packed by gzip"},
	{"%pdf", "a PDF"},
	{"<!doctype html", "a web page"},
	{"<html", "a web page"},
	{"<?xml", "XML"},
}
