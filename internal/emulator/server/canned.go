package server

import (
	"fmt"
	"strings"

	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// CannedAnswer is an answer of NetSuite's that this server has no state for, such
// as an error of its own: given to every request below Path instead of the right one.
type CannedAnswer struct {
	Path        string        `yaml:"path"` // a prefix
	Status      int           `yaml:"status"`
	ContentType string        `yaml:"content_type"`
	Body        string        `yaml:"body"`
	Basis       verdict.Basis `yaml:"basis"`
}

func (c CannedAnswer) validate() error {
	switch {
	case !strings.HasPrefix(c.Path, "/"):
		return fmt.Errorf("canned answer: path %q does not begin with /", c.Path)
	case c.Status < 200 || c.Status > 599:
		return fmt.Errorf("canned answer: status %d is not from 200 to 599", c.Status)
	case c.ContentType == "" || strings.ContainsAny(c.ContentType, "\r\n"):
		return fmt.Errorf("canned answer: content type %q", c.ContentType)
	}
	return nil
}

// cannedFault is what a verdict calls it: the request was not looked at.
const cannedFault = "canned-answer"

// canned is the answer that was prepared for a request, if there is one.
func (s *Server) canned(x *exchange.Exchange) (exchange.Answer, bool) {
	for _, c := range s.cannedAnswers {
		if strings.HasPrefix(x.Request.URL.Path, c.Path) {
			x.Verdict.Fault = cannedFault
			return exchange.Answer{Status: c.Status, ContentType: c.ContentType, Body: []byte(c.Body), Basis: c.Basis,
				Header: map[string]string{"Cache-Control": "no-store"}}, true
		}
	}
	return exchange.Answer{}, false
}
