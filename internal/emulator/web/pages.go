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
		"'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
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
	About    string            `json:"about"`
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
	// Fixes says for each reason of a verdict what to correct; nil says nothing.
	Fixes func(verdict.Verdict) []string
	About string // what the server shows, "" for nothing in particular
}

func (s Pages) overview() overview {
	o := overview{Requests: len(s.Requests()), Started: s.Started, Limit: s.LogSize, About: s.About, Faults: []faults.Active{}}
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
	view
	Entries  []T
	All      int // without the filter
	Accounts []string
	Limit    int
	Fixes    func(verdict.Verdict) []string
}

func newLogPage[T any](s Pages, v view, entries []T, of func(T) (accepted bool, text []string)) logPage[T] {
	all := len(entries)
	entries = slices.DeleteFunc(entries, func(e T) bool { return !v.has(of(e)) })
	slices.Reverse(entries)
	return logPage[T]{v, entries, all, s.Accounts, s.LogSize, s.Fixes}
}

// view is what the query of a page's URL selects.
type view struct {
	Path    string
	Show    string // "failed", "accepted", or "" for all
	Find    string
	Refresh bool
}

func viewOf(r *http.Request) view {
	q := r.URL.Query()
	v := view{Path: r.URL.Path, Show: q.Get("show"), Find: verdict.LogText(q.Get("find"), maxFind), Refresh: q.Get("refresh") != ""}
	if v.Show != "failed" && v.Show != "accepted" {
		v.Show = ""
	}
	return v
}

// maxFind bounds the text to find, in bytes. An ID has 64.
const maxFind = 100

// has reports whether an entry with these texts is selected.
func (v view) has(accepted bool, text []string) bool {
	if v.Show != "" && accepted != (v.Show == "accepted") {
		return false
	}
	return strings.Contains(strings.ToLower(strings.Join(text, "\n")), strings.ToLower(v.Find))
}

// Filtered reports whether entries may be left out.
func (v view) Filtered() bool { return v.Show != "" || v.Find != "" }

// Option is one of the values of Show.
type Option struct {
	Value, Text string
	Selected    bool
}

// Options are the values of Show.
func (v view) Options() []Option {
	return []Option{{"", "all", v.Show == ""}, {"failed", "rejected", v.Show == "failed"}, {"accepted", "accepted", v.Show == "accepted"}}
}

func entryTexts(e verdict.AuditEntry) (bool, []string) {
	return e.Status == "Success", []string{e.Account, e.Status, e.Detail, e.Application, e.ClientID, e.CertificateID, e.Role, e.Entity, e.TokenName, e.IPAddress, e.RequestURI}
}

func requestTexts(v verdict.Verdict) (bool, []string) {
	texts := []string{v.Account, v.Host, v.Method + " " + v.Path, strconv.Itoa(v.Status), v.Fault, v.ClientID, v.CertificateID, v.AssertionSHA256}
	for _, r := range v.Refusals {
		texts = append(texts, r.Code, r.Detail, r.Reason)
	}
	return v.Accepted, texts
}

// Reasons are the refusals of a verdict, each with what to correct.
func (p logPage[T]) Reasons(v verdict.Verdict) []Reason {
	reasons := make([]Reason, len(v.Refusals))
	for i, r := range v.Refusals {
		reasons[i].Refusal = r
	}
	if p.Fixes != nil {
		for i, fix := range p.Fixes(v)[:len(reasons)] {
			reasons[i].Fix = fix
		}
	}
	return reasons
}

// Reason is a refusal and what to correct.
type Reason struct {
	verdict.Refusal
	Fix string
}

//go:embed pages.html
var pagesHTML string

// templates are parsed for the first page.
var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("pages").Funcs(template.FuncMap{
		"css": func() template.CSS { return template.CSS(pagesCSS) },
		"begin": func(title string, refresh bool) any {
			return struct {
				Title   string
				Refresh bool
			}{title, refresh}
		},
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
	v := viewOf(r)
	switch r.URL.Path {
	case IndexPath, strings.TrimSuffix(IndexPath, "/"):
		template, page, document = "overview", s.overview(), s.overview()
	case AuditTrailPath:
		template, page, document = "audit-trail", newLogPage(s, v, s.AuditTrail(), entryTexts), s.AuditTrail()
	case RequestsPath:
		template, page, document = "requests", newLogPage(s, v, s.Requests(), requestTexts), s.Requests()
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
