package emulator

import (
	"net/http"
	"strconv"
	"strings"
)

// occupy counts an API call as under way until the function that it returns is
// called, and marks the one that is too many. REST and RESTlet calls count
// together, per account (Oracle NetSuite Help, subsect_1559222360). Whether
// token requests do is not known: here they do not.
func (s *Server) occupy(x *exchange) (leave func()) {
	if !isAPICall(x.request.URL.Path) {
		return func() {}
	}
	calls := &x.account.shared.calls
	under := calls.Add(1)
	if limit := int64(s.switches.limit); limit > 0 && under > limit {
		calls.Add(-1)
		x.crowded = true
		return func() {}
	}
	return func() { calls.Add(-1) }
}

func isAPICall(path string) bool {
	return path == restletPath || strings.HasPrefix(path, "/services/rest/") &&
		(!strings.HasPrefix(path, "/services/rest/auth/") || strings.HasPrefix(path, clientsPath))
}

// tooMany is the refusal of a call over the limit, with the title that Oracle's
// sample has (section_156570709583). It is judged after the token: a guess.
func (s *Server) tooMany() answer {
	a := jsonAnswer(http.StatusTooManyRequests, typeError, Official, restEnvelope{
		Type:    statusPage(http.StatusTooManyRequests),
		Title:   http.StatusText(http.StatusBadRequest),
		Status:  http.StatusTooManyRequests,
		Details: []restDetail{{Detail: "Concurrent request limit exceeded. Request blocked.", Code: "CONCURRENCY_LIMIT_EXCEEDED"}},
	})
	if s.switches.retryAfter > 0 {
		a.header = map[string]string{"Retry-After": strconv.Itoa(s.switches.retryAfter)}
	}
	return a
}
