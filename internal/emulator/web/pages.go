package web

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/faults"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
	"github.com/nsauth/nsauth/internal/strictyaml"
)

// The emulator's own pages, for browsers; the same data is JSON for programs.
// They hold no script and load nothing.
const (
	IndexPath      = "/_emulator/"
	AuditTrailPath = "/_emulator/audit-trail"
	RequestsPath   = "/_emulator/requests"
	FaultsPath     = "/_emulator/faults"
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

// Pages is what the pages show.
type Pages struct {
	Started    time.Time
	LogSize    int // bound of each log
	Accounts   []string
	AuditTrail func() []verdict.AuditEntry // copies, the oldest first
	Requests   func() []verdict.Verdict
	Faults     func() []faults.InForce
}

func (s Pages) overview() overview {
	o := overview{Requests: len(s.Requests()), Started: s.Started, Limit: s.LogSize, Faults: []faults.InForce{}}
	for _, f := range s.Faults() {
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
	for _, id := range s.Accounts {
		label := account.HostLabel(id)
		o.Accounts = append(o.Accounts, overviewAccount{id, []string{label + account.SuiteTalkSuffix, label + account.RESTletsSuffix, label + account.AppSuffix}})
	}
	return o
}

// auditPage and requestsPage have the newest entry first, as NetSuite's do.
type auditPage struct {
	Entries  []verdict.AuditEntry
	Accounts []string
	Limit    int
}

// Columns leaves out the account where there is only one.
func (p auditPage) Columns() []string {
	columns := []string{"Date/Time (UTC)", "Account", "Status", "Detail", "User", "Role", "Application", "IP Address", "Request URI"}
	if len(p.Accounts) == 1 {
		return slices.Delete(columns, 1, 2)
	}
	return columns
}

type requestsPage struct {
	Verdicts []verdict.Verdict
	Limit    int
}

func (requestsPage) Columns() []string {
	return []string{"Date/Time (UTC)", "Status", "Request", "Verdict", "Client"}
}

//go:embed pages.html
var pagesHTML string

// templates are parsed when the first page is shown.
var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("pages").Funcs(template.FuncMap{
		"css":     func() template.CSS { return template.CSS(pagesCSS) },
		"date":    func(t time.Time) string { return t.UTC().Format(time.DateTime) },
		"join":    func(names []string) string { return strings.Join(names, ", ") },
		"meaning": func(detail string) string { return meanings()[detail] },
		"short": func(id string) string {
			start := []rune(id)
			return string(start[:min(len(start), 12)])
		},
		"steps": func(path string) []string { return strings.SplitAfter(path, "/") },
		"tabs": func() any {
			type tab struct{ Path, Title string }
			return []tab{{IndexPath, "Overview"}, {AuditTrailPath, "Login Audit Trail"}, {RequestsPath, "Requests"}}
		},
	}).Parse(pagesHTML))
})

// render is a page by the name of its template.
func render(name string, data any) []byte {
	var b bytes.Buffer
	if err := templates().ExecuteTemplate(&b, name, data); err != nil {
		panic(err) // a mistake in this package: a Buffer takes everything
	}
	return b.Bytes()
}

// Answer answers /_emulator/ and what is below it.
func (s Pages) Answer(r *http.Request) (a exchange.Answer, is bool) {
	var document func() any // for programs
	var page func() []byte
	switch r.URL.Path {
	case IndexPath, strings.TrimSuffix(IndexPath, "/"):
		document = func() any { return s.overview() }
		page = func() []byte { return render("overview", s.overview()) }
	case AuditTrailPath:
		document = func() any { return s.AuditTrail() }
		page = func() []byte {
			entries := s.AuditTrail()
			slices.Reverse(entries)
			return render("audit-trail", auditPage{entries, s.Accounts, s.LogSize})
		}
	case RequestsPath:
		document = func() any { return s.Requests() }
		page = func() []byte {
			verdicts := s.Requests()
			slices.Reverse(verdicts)
			return render("requests", requestsPage{verdicts, s.LogSize})
		}
	default:
		return exchange.Answer{}, false
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return exchange.WrongMethod("GET, HEAD"), true
	}
	header := map[string]string{"Cache-Control": "no-store", "Vary": "Accept", "X-Content-Type-Options": "nosniff"}
	if wantsHTML(r) {
		header["Content-Security-Policy"], header["Referrer-Policy"] = policy(), "no-referrer"
		a = exchange.Answer{Status: http.StatusOK, ContentType: "text/html; charset=utf-8", Body: page(), Basis: verdict.Guess}
	} else {
		a = exchange.JSON(http.StatusOK, "application/json", verdict.Guess, document())
	}
	a.Header = header
	return a, true
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

//go:embed details.yaml
var detailsYAML []byte

// meanings say what a Detail code means.
var meanings = strictyaml.Embedded[map[string]string](detailsYAML)
