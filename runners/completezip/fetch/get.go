// Package fetch gets a file by the calls of wasi:http. TLS, the look-up of names, and where a runner may go at all are the host's
// business.
package fetch

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"runtime"
	"runtime/debug"
	"time"

	"completezip/complete"
	handler "completezip/gen/wasi_http_outgoing_handler"
	http "completezip/gen/wasi_http_types"
	streams "completezip/gen/wasi_io_streams"

	wit "go.bytecodealliance.org/pkg/wit/types"
)

// Get is one request for a file.
type Get struct {
	URL string
	// Who asks, in the Basic scheme; nobody, if User is empty.
	User, Password string
	// How long the server may be silent.
	Patience time.Duration
	// Bytes of the answer.
	AtMost int
}

// Send sends it and reads the whole answer. Its errors say whether trying again may help.
func (get Get) Send() ([]byte, error) {
	request, err := get.request()
	if err != nil {
		return nil, err
	}
	pending := handler.Handle(request, wit.Some(get.options()))
	if pending.IsErr() {
		return nil, get.trouble(pending.Err())
	}
	pending.Ok().Subscribe().Block()
	// Some, as it was waited for; and Ok, as it was not taken before.
	answer := pending.Ok().Get().Some().Ok()
	if answer.IsErr() {
		return nil, get.trouble(answer.Err())
	}
	if err := complete.Refusal(get.URL, answer.Ok().Status()); err != nil {
		return nil, err
	}
	return get.body(answer.Ok())
}

func (get Get) request() (*http.OutgoingRequest, error) {
	where, err := url.Parse(get.URL)
	if err != nil || where.Host == "" || (where.Scheme != "http" && where.Scheme != "https") {
		return nil, fmt.Errorf("`%s` is no http address", get.URL)
	}
	headers := http.MakeFields()
	if get.User != "" {
		pair := base64.StdEncoding.EncodeToString([]byte(get.User + ":" + get.Password))
		headers.Append("authorization", []byte("Basic "+pair))
	}
	scheme := http.MakeSchemeHttp()
	if where.Scheme == "https" {
		scheme = http.MakeSchemeHttps()
	}
	request := http.MakeOutgoingRequest(headers)
	request.SetScheme(wit.Some(scheme))
	isRefused := request.SetAuthority(wit.Some(where.Host)).IsErr() || request.SetPathWithQuery(wit.Some(where.RequestURI())).IsErr()
	if isRefused {
		return nil, fmt.Errorf("`%s` is no http address", get.URL)
	}
	return request, nil
}

func (get Get) options() *http.RequestOptions {
	patience := wit.Some(uint64(get.Patience))
	options := http.MakeRequestOptions()
	options.SetConnectTimeout(patience)
	options.SetFirstByteTimeout(patience)
	options.SetBetweenBytesTimeout(patience)
	return options
}

func (get Get) body(answer *http.IncomingResponse) ([]byte, error) {
	// What is read is put into memory that the host asks for, in the midst of its call, when a guest must not call the host. Collecting
	// garbage looks at the clock, which is the host's: so it waits until a read is over.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	stream := answer.Consume().Ok().Stream().Ok()
	var content []byte
	collected := 0
	for {
		if len(content)-collected > atOnce {
			collected = len(content)
			runtime.GC()
		}
		piece := stream.BlockingRead(1 << 20)
		if piece.IsErr() && piece.Err().Tag() == streams.StreamErrorClosed {
			return content, nil
		}
		if piece.IsErr() {
			code := http.HttpErrorCode(piece.Err().LastOperationFailed())
			if code.IsSome() {
				return nil, get.trouble(code.Some())
			}
			return nil, complete.Blocked{Reason: fmt.Sprintf("the answer to `%s` broke off", get.URL)}
		}
		content = append(content, piece.Ok()...)
		if len(content) > get.AtMost {
			return nil, fmt.Errorf("`%s` is too large", get.URL)
		}
	}
}

// How much is read between two times at which garbage is collected.
const atOnce = 8 << 20

// What became of a request that has no answer.
func (get Get) trouble(code http.ErrorCode) error {
	switch code.Tag() {
	case http.ErrorCodeHttpRequestDenied, http.ErrorCodeDestinationIpProhibited:
		return fmt.Errorf("this runner may not ask for `%s`: see `allow-http`", get.URL)
	case http.ErrorCodeHttpResponseBodySize:
		return fmt.Errorf("`%s` is too large", get.URL)
	case http.ErrorCodeTlsProtocolError, http.ErrorCodeTlsCertificateError, http.ErrorCodeTlsAlertReceived:
		return fmt.Errorf("the server of `%s` is not believed: its encryption was refused", get.URL)
	case http.ErrorCodeDnsTimeout, http.ErrorCodeDnsError, http.ErrorCodeDestinationNotFound:
		return complete.Blocked{Reason: fmt.Sprintf("`%s` cannot be reached: the name of its server is not known", get.URL)}
	case http.ErrorCodeConnectionRefused:
		return complete.Blocked{Reason: fmt.Sprintf("`%s` cannot be reached: the connection was refused", get.URL)}
	case http.ErrorCodeDestinationUnavailable, http.ErrorCodeDestinationIpUnroutable, http.ErrorCodeConnectionTimeout:
		return complete.Blocked{Reason: fmt.Sprintf("`%s` cannot be reached: there is no way to its server", get.URL)}
	case http.ErrorCodeConnectionReadTimeout, http.ErrorCodeConnectionWriteTimeout, http.ErrorCodeHttpResponseTimeout:
		return complete.Blocked{Reason: fmt.Sprintf("`%s` did not answer in time", get.URL)}
	default:
		return complete.Blocked{Reason: fmt.Sprintf("the answer to `%s` broke off", get.URL)}
	}
}
