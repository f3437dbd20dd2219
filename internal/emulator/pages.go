package emulator

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/faults"
)

// The emulator's own pages, for browsers; the same data is JSON for programs.
// They hold no script and load nothing.
const (
	pathIndex    = "/_emulator/"
	pathAudit    = "/_emulator/audit-trail"
	pathRequests = "/_emulator/requests"
	pathFaults   = "/_emulator/faults"
)

//go:embed pages.css
var pagesCSS string

// policy lets a page have its one style sheet and nothing else
// (Content Security Policy Level 3).
var policy = sync.OnceValue(func() string {
	sum := sha256.Sum256([]byte(pagesCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
})

// overview is the index page.
type overview struct {
	Accounts []overviewAccount `json:"accounts"`
	Audit    int               `json:"audit_trail_entries"`
	Failures int               `json:"audit_trail_failures"`
	Requests int               `json:"requests"`
	Faults   []faults.InForce  `json:"faults"` // those that still break something
	Started  time.Time         `json:"started"`
	Limit    int               `json:"log_size"`
}

type overviewAccount struct {
	ID    string   `json:"id"`
	Hosts []string `json:"hosts"`
}

func (s *Server) overview() overview {
	o := overview{Requests: len(s.Requests()), Started: s.startedAt, Limit: s.audit.limit, Faults: []faults.InForce{}}
	for _, f := range s.faults.List() {
		if f.Fault.Count == 0 || f.Left > 0 {
			o.Faults = append(o.Faults, f)
		}
	}
	for _, e := range s.AuditTrail() {
		o.Audit++
		if e.Status != "Success" {
			o.Failures++
		}
	}
	for _, id := range s.Accounts() {
		label := strings.ToLower(strings.ReplaceAll(id, "_", "-"))
		o.Accounts = append(o.Accounts, overviewAccount{id, []string{label + suitetalkSuffix, label + restletsSuffix, label + appSuffix}})
	}
	return o
}

// auditPage and requestsPage have the newest entry first, as NetSuite's do.
type auditPage struct {
	Entries  []AuditEntry
	Accounts []string
	Limit    int
}

type requestsPage struct {
	Verdicts []Verdict
	Limit    int
}

// logPage answers /_emulator/ and what is below it. Only a name that is the
// emulator's own leads there: a page of another site, whose name was made to
// point at this address, must not read it.
func (s *Server) logPage(r *http.Request) (a answer, is bool) {
	if !s.ownName(r.Host) {
		return answer{}, false
	}
	var document func() any
	var view func() *markup
	switch r.URL.Path {
	case pathIndex, strings.TrimSuffix(pathIndex, "/"):
		document = func() any { return s.overview() }
		view = func() *markup { return s.overview().page() }
	case pathAudit:
		document = func() any { return s.AuditTrail() }
		view = func() *markup {
			entries := s.AuditTrail()
			slices.Reverse(entries)
			return auditPage{entries, s.Accounts(), s.audit.limit}.page()
		}
	case pathRequests:
		document = func() any { return s.Requests() }
		view = func() *markup {
			verdicts := s.Requests()
			slices.Reverse(verdicts)
			return requestsPage{verdicts, s.requests.limit}.page()
		}
	default:
		return answer{}, false
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return wrongMethod("GET, HEAD"), true
	}
	if !wantsHTML(r) {
		a = jsonAnswer(http.StatusOK, "application/json", Guess, document())
	} else {
		a = htmlAnswer(view())
	}
	if a.header == nil {
		a.header = make(map[string]string)
	}
	a.header["Cache-Control"] = "no-store"
	a.header["Vary"] = "Accept"
	a.header["X-Content-Type-Options"] = "nosniff"
	return a, true
}

func htmlAnswer(page *markup) answer {
	return answer{http.StatusOK, "text/html; charset=utf-8", map[string]string{
		"Content-Security-Policy": policy(),
		"Referrer-Policy":         "no-referrer",
	}, []byte(page.String()), Guess}
}

// ownName reports whether a Host header is one of an account's hosts, a shared
// one, localhost, or an address. An address cannot be somebody else's name.
func (s *Server) ownName(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.Trim(name, "[]")
	return strings.EqualFold(name, "localhost") || net.ParseIP(name) != nil || s.proxied(name)
}

// wantsHTML reports whether a client prefers a page to JSON (RFC 9110 section
// 12.5.1). One that accepts anything is a program.
func wantsHTML(r *http.Request) bool {
	if format := r.URL.Query().Get("format"); format != "" {
		return format == "html"
	}
	html, json := 0.0, 0.0
	for field := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		kind, parameters, _ := strings.Cut(field, ";")
		quality := 1.0
		if _, q, has := strings.Cut(strings.ToLower(strings.ReplaceAll(parameters, " ", "")), "q="); has {
			if parsed, err := strconv.ParseFloat(q, 64); err == nil {
				quality = parsed
			}
		}
		switch strings.ToLower(strings.TrimSpace(kind)) {
		case "text/html", "application/xhtml+xml":
			html = max(html, quality)
		case "application/json":
			json = max(json, quality)
		}
	}
	return html > 0 && html >= json
}

// peerAddress is the client's address without the port.
func peerAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}

// meaning is what a Detail code means, after Oracle NetSuite Help,
// subsect_158324637123; "" for one that is not documented.
func meaning(detail string) string {
	return map[string]string{
		"AccessTokenExpired":    "The access token has expired.",
		"EntityOrRoleDisabled":  "The entity or the role of the mapping is inactive.",
		"FeatureDisabled":       "The feature OAUTH 2.0 is not enabled in the account.",
		"IntegrationBlocked":    "The State of the integration record is not Enabled.",
		"InvalidIssuer":         "The issuer (iss) is not the Client ID that the certificate is mapped to.",
		"InvalidScope":          "The scope is empty or not one that NetSuite has.",
		"InvalidSignature":      "The signature of the access token is not NetSuite’s: damaged, or another token.",
		"InvalidTokenType":      "Another kind of token was sent in the access token’s place.",
		"MissingKey":            "The Certificate ID (kid) is that of no valid certificate: unknown, revoked, expired or unfit.",
		"MissingKeyId":          "The header of the assertion has no Certificate ID (kid).",
		"ScopeMismatched":       "The scope is not ticked on the integration record, or not in the token.",
		"SignatureValidation":   "The signature of the assertion does not fit the certificate.",
		"TokenExpired":          "The assertion has expired (exp).",
		"TokenNotAcceptable":    "The assertion was issued in the future (iat): the client’s clock is ahead.",
		"TokenValidityTooBroad": "The validity of the assertion (from iat to exp) is too long.",
		"UnsupportedAlgo":       "The assertion is signed with an algorithm that NetSuite does not take.",
	}[detail]
}
