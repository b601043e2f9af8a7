// Package complete has all of the runner that needs no sandbox: what is asked for, what an answer means, and whether a zip is a good one.
package complete

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Blocked says that trying again may help. Any other error fails the job for good.
type Blocked struct{ Reason string }

func (blocked Blocked) Error() string { return blocked.Reason }

// Address is a package of a repository: what a request asks for.
type Address struct {
	base    string
	Package string
	Version string
}

// NewAddress checks the texts of a request. They become parts of an address and of a file name, so only such are taken as ids have.
func NewAddress(uri, pack, version string) (Address, error) {
	uri = strings.TrimSpace(uri)
	if uri == "" {
		return Address{}, fmt.Errorf("the request does not say where the sources are: its `uri` is empty")
	}
	if !plain.MatchString(uri) {
		// It is told to people, so credentials have no place in it, nor in this.
		return Address{}, fmt.Errorf("the request's `uri` is no plain http or https address; a user and a password belong into the settings")
	}
	if !id.MatchString(pack) {
		return Address{}, fmt.Errorf("%q is no package of a repository", shortened(pack))
	}
	if !id.MatchString(version) {
		return Address{}, fmt.Errorf("%q is no version of a repository", shortened(version))
	}
	return Address{base: root(uri), Package: pack, Version: version}, nil
}

// URL is where the complete zip is.
func (address Address) URL() string {
	return fmt.Sprintf("%s/content/%s/%s/complete", address.base, address.Package, address.Version)
}

// Patience is how long a repository may be silent, from the text of a setting; empty if there is none.
func Patience(setting string) (time.Duration, error) {
	if setting == "" {
		return time.Minute, nil
	}
	seconds, err := strconv.ParseUint(setting, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("`repository-timeout` is a number of seconds, not `%s`", shortened(setting))
	}
	return time.Duration(seconds) * time.Second, nil
}

// Refusal is why an answer with this status is no zip; nil for a success.
func Refusal(url string, status uint16) error {
	if status >= 200 && status < 300 {
		return nil
	}
	var told string
	switch {
	case status == 401:
		told = "wants a user and a password, or others than these"
	case status == 403:
		told = "may not be read with what was configured"
	case status == 404 || status == 410:
		told = "does not exist"
	case status >= 300 && status < 400:
		told = "is somewhere else, and that is not followed"
	case status >= 500:
		told = "cannot be had now: its server is in trouble"
	default:
		told = "was not given out"
	}
	text := fmt.Sprintf("`%s` %s (status %d)", url, told, status)
	if status >= 500 || status == 408 || status == 425 || status == 429 {
		return Blocked{text}
	}
	return fmt.Errorf("%s", text)
}

// The repository itself: producers write it with its folder `content`, or without.
func root(uri string) string {
	return strings.TrimRight(strings.TrimSuffix(strings.TrimRight(uri, "/"), "/content"), "/")
}

func shortened(text string) string {
	letters := []rune(text)
	return string(letters[:min(len(letters), 100)])
}

// A server, and perhaps folders: no user, no query, no fragment.
var plain = regexp.MustCompile(`^https?://[!"$-.0->A-\[\]-~]+(/[!"$->@-~]*)?$`)

var id = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
