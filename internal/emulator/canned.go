package emulator

import (
	"fmt"
	"strings"
)

// CannedAnswer is an answer of NetSuite's that this server has no state for, such
// as an error of its own: given to every request below Path instead of the right one.
type CannedAnswer struct {
	Path        string `json:"path"` // a prefix
	Status      int    `json:"status"`
	ContentType string `json:"content_type"`
	Body        string `json:"body"`
	Basis       Basis  `json:"basis"`
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
func (s *Server) canned(x *exchange) (answer, bool) {
	for _, c := range s.cannedAnswers {
		if strings.HasPrefix(x.request.URL.Path, c.Path) {
			x.verdict.Fault = cannedFault
			return answer{status: c.Status, contentType: c.ContentType, body: []byte(c.Body), basis: c.Basis,
				header: map[string]string{"Cache-Control": "no-store"}}, true
		}
	}
	return answer{}, false
}

// cannedAt gives an answer of this server below a path.
func cannedAt(path string, a answer) CannedAnswer {
	return CannedAnswer{path, a.status, a.contentType, string(a.body), a.basis}
}
