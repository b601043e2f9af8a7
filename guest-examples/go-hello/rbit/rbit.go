// Package rbit makes the generated bindings comfortable in Go. Copy it into a runner of your own.
package rbit

import (
	"errors"
	"fmt"

	types "go-hello/gen/rbit_runner_types"

	wit "go.bytecodealliance.org/pkg/wit/types"
)

// Request is one job, as the front-end described it. Its texts are a stranger's.
type Request = types.BuildRequest

// Result is what the host is told: the files to deliver, or why there are none.
type Result = wit.Result[[]string, types.Error]

// Settings are the keys and values of the runner's section in the INI file, in its order.
type Settings []wit.Tuple2[string, string]

// Get returns the value of a setting, and whether it was configured.
func (settings Settings) Get(key string) (string, bool) {
	for _, pair := range settings {
		if pair.F0 == key {
			return pair.F1, true
		}
	}
	return "", false
}

// Require returns the value of a setting without which there is nothing to do.
func (settings Settings) Require(key string) (string, error) {
	if value, ok := settings.Get(key); ok {
		return value, nil
	}
	return "", fmt.Errorf("a `%s` was not configured", key)
}

// Blocked says that something is not there yet, and the job is to come again later. Any other error fails the job for good.
type Blocked struct{ Reason string }

func (blocked Blocked) Error() string { return blocked.Reason }

// Run calls a runner's function, which returns the files to deliver, as absolute paths below /output.
func Run(runner func(Request, Settings) ([]string, error), request Request, settings []wit.Tuple2[string, string]) Result {
	files, err := runner(request, settings)
	var blocked Blocked
	switch {
	case errors.As(err, &blocked):
		return wit.Err[[]string](types.MakeErrorBlocked(err.Error()))
	case err != nil:
		return wit.Err[[]string](types.MakeErrorFailed(err.Error()))
	default:
		return wit.Ok[[]string, types.Error](files)
	}
}
