package api

import (
	"strings"

	"github.com/nsauth/nsauth/internal/emulator/exchange"
)

// Occupy counts an API call as under way until the function that it returns is
// called, and marks the one that is too many. REST and RESTlet calls count
// together, per account (Oracle NetSuite Help, subsect_1559222360). Whether
// token requests do is not known: here they do not.
func (s *Server) Occupy(x *exchange.Exchange) (leave func()) {
	if !isAPICall(x.Request.URL.Path) {
		return func() {}
	}
	if !x.Account.Enter(s.limit) {
		x.Crowded = true
		return func() {}
	}
	return x.Account.Leave
}

func isAPICall(path string) bool {
	return path == RESTletPath || strings.HasPrefix(path, "/services/rest/") &&
		(!strings.HasPrefix(path, "/services/rest/auth/") || strings.HasPrefix(path, ClientsPath))
}
