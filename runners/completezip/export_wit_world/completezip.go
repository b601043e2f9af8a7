// Package export_wit_world has the function that the host calls; the bindings know it by this name.
package export_wit_world

import (
	"errors"
	"fmt"
	"os"

	"completezip/complete"
	"completezip/fetch"
	types "completezip/gen/rbit_runner_types"

	wit "go.bytecodealliance.org/pkg/wit/types"
)

// Run gets the complete zip of a collection, looks whether it is a good one, and delivers it as it came.
func Run(request types.BuildRequest, settings []wit.Tuple2[string, string]) wit.Result[[]string, types.Error] {
	file, err := deliver(request, settings)
	var blocked complete.Blocked
	switch {
	case errors.As(err, &blocked):
		return wit.Err[[]string](types.MakeErrorBlocked(err.Error()))
	case err != nil:
		return wit.Err[[]string](types.MakeErrorFailed(err.Error()))
	default:
		return wit.Ok[[]string, types.Error]([]string{file})
	}
}

func deliver(request types.BuildRequest, settings []wit.Tuple2[string, string]) (string, error) {
	address, err := complete.NewAddress(request.Transport.Uri.SomeOr(""), request.Package, request.Version)
	if err != nil {
		return "", err
	}
	patience, err := complete.Patience(setting(settings, "repository-timeout"))
	if err != nil {
		return "", err
	}
	get := fetch.Get{
		URL:      address.URL(),
		User:     setting(settings, "username"),
		Password: setting(settings, "password"),
		Patience: patience,
		AtMost:   complete.AtMost,
	}
	fmt.Println("getting", get.URL)
	content, err := get.Send()
	if err != nil {
		return "", err
	}
	name, err := complete.Name(content, address)
	if err != nil {
		return "", err
	}
	file := "/output/" + name
	return file, os.WriteFile(file, content, 0o666)
}

func setting(settings []wit.Tuple2[string, string], key string) string {
	for _, pair := range settings {
		if pair.F0 == key {
			return pair.F1
		}
	}
	return ""
}
