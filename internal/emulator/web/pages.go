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

// The emulator's own pages. Browsers get HTML without scripts, programs get JSON.
const (
	IndexPath      = "/_emulator/"
	AuditTrailPath = "/_emulator/audit-trail"
	RequestsPath   = "/_emulator/requests"
	FaultsPath     = "/_emulator/faults"
)

//go:embed pages.css
var pagesCSS string

// policy allows a page only its own style sheet (Content Security Policy Level 3).
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
	Faults   []faults.Active   `json:"faults"` // the ones with a count that is not used up
	Started  time.Time         `json:"started"`
	Limit    int               `json:"log_size"`
}

type overviewAccount struct {
	ID    string   `json:"id"`
	Hosts []string `json:"hosts"`
}

// Pages is the source of the pages' data.
type Pages struct {
	Started    time.Time
	LogSize    int // maximum of each log
	Accounts   []string
	AuditTrail func() []verdict.AuditEntry // a copy, the oldest first
	Requests   func() []verdict.Verdict
	Faults     func() []faults.Active
}

func (s Pages) overview() overview {
	o := overview{Requests: len(s.Requests()), Started: s.Started, Limit: s.LogSize, Faults: []faults.Active{}}
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

// logPage is a page of the Login Audit Trail or of the requests. Like NetSuite's pages it
// has the newest entry first.
type logPage[T any] struct {
	Entries  []T
	Accounts []string
	Limit    int
}

func newLogPage[T any](s Pages, entries []T) logPage[T] {
	slices.Reverse(entries)
	return logPage[T]{entries, s.Accounts, s.LogSize}
}

//go:embed pages.html
var pagesHTML string

// templates are parsed for the first page.
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

// render makes a page from the template with this name.
func render(name string, data any) []byte {
	var b bytes.Buffer
	if err := templates().ExecuteTemplate(&b, name, data); err != nil {
		panic(err) // a mistake in this package: writing to a Buffer never fails
	}
	return b.Bytes()
}

// Answer answers requests under /_emulator/.
func (s Pages) Answer(r *http.Request) (a exchange.Answer, is bool) {
	var template string
	var page, document any // for browsers and for programs
	switch r.URL.Path {
	case IndexPath, strings.TrimSuffix(IndexPath, "/"):
		template, page, document = "overview", s.overview(), s.overview()
	case AuditTrailPath:
		template, page, document = "audit-trail", newLogPage(s, s.AuditTrail()), s.AuditTrail()
	case RequestsPath:
		template, page, document = "requests", newLogPage(s, s.Requests()), s.Requests()
	default:
		return exchange.Answer{}, false
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return exchange.WrongMethod("GET, HEAD"), true
	}
	header := map[string]string{"Cache-Control": "no-store", "Vary": "Accept", "X-Content-Type-Options": "nosniff"}
	if wantsHTML(r) {
		header["Content-Security-Policy"], header["Referrer-Policy"] = policy(), "no-referrer"
		a = exchange.Answer{Status: http.StatusOK, ContentType: "text/html; charset=utf-8", Body: render(template, page), Basis: verdict.Guess}
	} else {
		a = exchange.JSON(http.StatusOK, "application/json", verdict.Guess, document)
	}
	a.Header = header
	return a, true
}

// wantsHTML reports whether a client prefers HTML to JSON (RFC 9110 section 12.5.1). A
// client that accepts anything gets JSON.
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

// meanings explain the Detail codes.
var meanings = strictyaml.Embedded[map[string]string](detailsYAML)
