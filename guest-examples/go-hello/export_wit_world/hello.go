// Package export_wit_world has the function that the host calls; the bindings know it by this name.
package export_wit_world

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go-hello/rbit"

	wit "go.bytecodealliance.org/pkg/wit/types"
)

// Run is a first runner: it greets whom the operator configured, and writes one file, or two.
func Run(request rbit.Request, settings []wit.Tuple2[string, string]) rbit.Result {
	return rbit.Run(hello, request, settings)
}

func hello(request rbit.Request, settings rbit.Settings) ([]string, error) {
	name, err := settings.Require("name")
	if err != nil {
		return nil, err
	}
	fmt.Printf("Hello %s!\n", name)
	fmt.Printf("Building %s\n", request.Package)

	stem, err := fileName(request)
	if err != nil {
		return nil, err
	}
	greeting := fmt.Sprintf("Hello %s! This is %s %s.\n", name, request.Package, request.Version)
	file := filepath.Join("/output", stem+".txt")
	if err := os.WriteFile(file, []byte(greeting), 0o666); err != nil {
		return nil, err
	}

	// A folder that the operator listed under `mounts`: its value is where it is in here.
	stationery, ok := settings.Get("stationery")
	if !ok {
		return []string{file}, nil
	}
	letterhead, err := os.ReadFile(filepath.Join(stationery, "letterhead.txt"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, rbit.Blocked{Reason: fmt.Sprintf("`%s/letterhead.txt` is not there yet", stationery)}
	}
	if err != nil {
		return nil, err
	}
	letter := filepath.Join("/output", stem+".letter.txt")
	if err := os.WriteFile(letter, []byte(string(letterhead)+"\n"+greeting), 0o666); err != nil {
		return nil, err
	}
	return []string{file, letter}, nil
}

// Package and version come from a stranger's message: what they make must be the name of a file, not a way to another folder.
func fileName(request rbit.Request) (string, error) {
	name := request.Package + "-" + request.Version
	if strings.ContainsAny(name, "/\x00") {
		return "", fmt.Errorf("`%s.txt` is no file name", name)
	}
	return name, nil
}
