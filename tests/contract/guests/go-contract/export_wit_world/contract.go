// Package export_wit_world is the contract suite's guest in Go: see the README beside this folder.
package export_wit_world

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	types "go-contract/gen/rbit_runner_types"

	wit "go.bytecodealliance.org/pkg/wit/types"
)

type settings = []wit.Tuple2[string, string]
type result = wit.Result[[]string, types.Error]

func done(files ...string) result { return wit.Ok[[]string, types.Error](files) }

func failed(text string) result { return wit.Err[[]string](types.MakeErrorFailed(text)) }

// Run does what the setting `case` says.
func Run(request types.BuildRequest, given settings) result {
	values := map[string]string{}
	for _, pair := range given {
		values[pair.F0] = pair.F1
	}
	switch values["case"] {
	case "tells":
		return tells(request, given)
	case "none":
		return done()
	case "several":
		return several()
	case "fails":
		return failed(values["text"])
	case "blocks":
		return wit.Err[[]string](types.MakeErrorBlocked(values["text"]))
	case "crashes":
		panic("on purpose")
	case "reads":
		text, err := os.ReadFile(filepath.Join(values["folder"], "text.txt"))
		if err != nil {
			return failed(err.Error())
		}
		return put("read.txt", string(text))
	case "escapes":
		return escapes(values["folder"])
	case "eats":
		return eats()
	case "spins":
		for {
		}
	case "prints":
		fmt.Println("out: ä")
		fmt.Fprintln(os.Stderr, "err: ä")
		return done()
	case "marks":
		return marks()
	}
	return failed("there is no case `" + values["case"] + "`")
}

func put(name, text string) result {
	file := filepath.Join("/output", name)
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		return failed(err.Error())
	}
	return done(file)
}

func tells(request types.BuildRequest, given settings) result {
	var told strings.Builder
	tell := func(key, value string) { fmt.Fprintf(&told, "%s=%s\n", key, value) }
	option := func(key string, value wit.Option[string]) {
		if value.IsSome() {
			tell(key, value.Some())
		} else {
			fmt.Fprintln(&told, key)
		}
	}
	tell("job", request.Job)
	tell("package", request.Package)
	tell("version", request.Version)
	tell("arch", request.Arch)
	tell("suite", request.Suite)
	tell("dist", request.Dist)
	tell("format", request.Format)
	option("build-env", request.BuildEnv)
	tell("master", fmt.Sprint(request.Master))
	tell("method", request.Transport.Method)
	option("uri", request.Transport.Uri)
	option("vcs-id", request.Transport.VcsId)
	option("commands", request.Commands)
	tell("timestamp", fmt.Sprint(request.Timestamp))
	tell("attempt", fmt.Sprint(request.Attempt))
	for _, pair := range given {
		tell(pair.F0, pair.F1)
	}
	return put("told.txt", told.String())
}

func several() result {
	if err := os.Mkdir("/output/folder", 0o777); err != nil {
		return failed(err.Error())
	}
	var files []string
	for i, name := range []string{"one.txt", "folder/two.txt", "drei ß.txt"} {
		written := put(name, fmt.Sprintln(i+1))
		if written.IsErr() {
			return written
		}
		files = append(files, written.Ok()...)
	}
	return done(files...)
}

func escapes(folder string) result {
	for _, way := range []string{"/etc/passwd", "/work/../etc/passwd", folder + "/../../etc/passwd"} {
		if _, err := os.ReadFile(way); err == nil {
			return failed("read `" + way + "`")
		}
	}
	if err := os.WriteFile(folder+"/new.txt", nil, 0o666); err == nil {
		return failed("wrote to the mount")
	}
	return done()
}

func eats() result {
	var taken [][]byte
	for {
		memory := make([]byte, 1<<20)
		for i := 0; i < len(memory); i += 4096 {
			memory[i] = 1
		}
		taken = append(taken, memory)
		// Or the compiler sees that nobody needs it.
		if len(taken) < 0 {
			return done()
		}
	}
}

var isMarked bool

func marks() result {
	if isMarked {
		return failed("a variable was set")
	}
	isMarked = true
	for _, file := range []string{"/work/mark", "/output/mark"} {
		if _, err := os.Stat(file); err == nil {
			return failed("`" + file + "` was there")
		}
		if err := os.WriteFile(file, []byte("mark\n"), 0o666); err != nil {
			return failed(err.Error())
		}
	}
	return done()
}
