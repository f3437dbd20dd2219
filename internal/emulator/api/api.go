package api

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// CallConfig says how to answer calls.
type CallConfig struct {
	// ConcurrencyLimit is the maximum number of concurrent API calls of one account; 0
	// means no limit.
	ConcurrencyLimit int

	// RetryAfter is the Retry-After header of a call over the limit, in seconds. 0 means
	// none, because no source shows one.
	RetryAfter int

	// Customers is how many customers to add to the three with names, for lists of many
	// pages. Each needs about 400 bytes.
	Customers int

	// AuditDelay is how long an entry of the Login Audit Trail is not yet in LoginAudit.
	AuditDelay time.Duration

	// SessionZone is how far SYSDATE is ahead of UTC, and AuditZone how far the dates of
	// LoginAudit are ahead of SYSDATE. No source tells either.
	SessionZone, AuditZone time.Duration
}

// maxZone is how far a time zone may be from another one.
const maxZone = 26 * time.Hour

// Server answers the requests to NetSuite's hosts.
type Server struct {
	config    CallConfig
	accounts  map[string]*account.Snapshot // by host label
	oauth     *oauth.Server
	customers []map[string]string // all of them; nil if the configuration adds none
}

// New checks the configuration.
func New(accounts map[string]*account.Snapshot, authorization *oauth.Server, c CallConfig) (*Server, error) {
	switch {
	case c.Customers < 0 || c.Customers > account.MaxCustomers:
		return nil, fmt.Errorf("emulator: %d customers: from 0 to %d can be made", c.Customers, account.MaxCustomers)
	case c.ConcurrencyLimit < 0:
		return nil, errors.New("emulator: negative concurrency limit")
	case c.RetryAfter < 0:
		return nil, errors.New("emulator: negative Retry-After")
	case c.AuditDelay < 0:
		return nil, errors.New("emulator: negative delay of the Login Audit Trail")
	case c.SessionZone.Abs() > maxZone || c.AuditZone.Abs() > maxZone:
		return nil, errors.New("emulator: time zones of the Login Audit Trail differ by more than 26 hours")
	}
	return &Server{c, accounts, authorization, account.Customers(c.Customers)}, nil
}

// Route answers a request to one of NetSuite's hosts.
func (s *Server) Route(x *exchange.Exchange) exchange.Answer {
	path := x.Request.URL.Path
	if path == discoveryPath && (x.Service == account.DiscoveryHost || x.Service == "" && x.Account != nil) {
		return s.get(x, s.dataCenterURLs)
	}
	if x.Account == nil {
		return noService()
	}
	suitetalk := x.Service == account.SuiteTalkSuffix || x.Service == ""
	restlets := x.Service == account.RESTletsSuffix || x.Service == ""
	switch {
	case isTokenRequest(x) && !(suitetalk && path == oauth.TokenPath):
		return misdirected(x)
	case x.Service == account.AppSuffix:
		return loginPage()
	case path == RESTletPath:
		return s.restlet(x)
	case suitetalk && path == oauth.TokenPath:
		return s.oauth.Token(x)
	case suitetalk && path == "/services/rest/auth/oauth2/v1/keys":
		return s.get(x, s.oauth.Keys)
	case restlets && strings.HasPrefix(path, ClientsPath):
		return s.certificates(x)
	case suitetalk && path == oauth.RevokePath:
		return s.oauth.Revoke(x)
	case suitetalk && path == "/services/rest/system/v1/serverTime":
		return s.get(x, s.serverTime)
	case suitetalk && path == "/services/rest/query/v1/suiteql":
		return s.suiteQL(x)
	case suitetalk && path == governancePath:
		return s.get(x, s.governance)
	case suitetalk && (path == catalogPath || strings.HasPrefix(path, catalogPath+"/")):
		return s.get(x, s.catalog)
	case suitetalk && strings.HasPrefix(path, RecordPath):
		return s.get(x, s.record)
	}
	return x.Refused("api.not-found", "unknown path", notFound())
}

// isTokenRequest recognises a token request by its path, whatever host it is sent to.
func isTokenRequest(x *exchange.Exchange) bool {
	path := strings.TrimRight(strings.ToLower(x.Request.URL.Path), "/")
	return x.Request.Method == http.MethodPost && strings.Contains(path, "/oauth2/") && strings.HasSuffix(path, "/token")
}

// misdirected answers a token request to another host or path as that host answers
// anything unknown. The verdict names the right URL.
func misdirected(x *exchange.Exchange) exchange.Answer {
	answer := notFound()
	if x.Service == account.AppSuffix {
		answer = loginPage()
	}
	return x.Refused("request.wrong-url", "the token endpoint is https://"+account.HostLabel(x.Account.ID)+account.SuiteTalkSuffix+oauth.TokenPath, answer)
}

// get refuses other methods than GET and HEAD.
func (s *Server) get(x *exchange.Exchange, endpoint func(*exchange.Exchange) exchange.Answer) exchange.Answer {
	if m := x.Request.Method; m != http.MethodGet && m != http.MethodHead {
		return x.Refused("request.wrong-method", "the method is not GET", exchange.WrongMethod("GET"))
	}
	return endpoint(x)
}

// session authenticates a call and applies the concurrency limit. It returns nil with
// the answer.
func (s *Server) session(x *exchange.Exchange) (*oauth.Session, exchange.Answer) {
	found, a := s.oauth.Authenticate(x)
	if found != nil && x.Crowded {
		return nil, x.Refused("api.rate-limited", "more concurrent calls than the account's limit", s.tooMany())
	}
	return found, a
}

// rest checks token, scope and feature for SuiteTalk REST Web Services. It returns nil
// with the answer.
func (s *Server) rest(x *exchange.Exchange) (*oauth.Session, exchange.Answer) {
	found, a := s.session(x)
	if found == nil {
		return nil, a
	}
	if !slices.Contains(found.Scope, "rest_webservices") {
		x.Refuse("token.scope", "the token lacks the scope rest_webservices")
		x.Note(found.Mapping, http.StatusUnauthorized)
		return nil, exchange.InvalidLogin(x.Account.ID)
	}
	x.Note(found.Mapping, http.StatusOK)
	if !x.Account.Features.RESTWebServices {
		return nil, x.Refused("api.feature-disabled", "the feature REST WEB SERVICES is off", exchange.RESTError(http.StatusForbidden, verdict.Guess, "INSUFFICIENT_PERMISSION",
			"The REST Web Services feature is not enabled in this account."))
	}
	return found, exchange.Answer{}
}

// permitted is rest and a check of the role's permissions, REST Web Services first.
func (s *Server) permitted(x *exchange.Exchange, permissions ...string) (*oauth.Session, exchange.Answer) {
	found, a := s.rest(x)
	if found == nil {
		return nil, a
	}
	for _, p := range append([]string{account.PermissionREST}, permissions...) {
		if found.Mapping.Role.Has(p) {
			continue
		}
		if p == account.PermissionWorkbook {
			return nil, x.Refused("api.workbook-permission-missing", "the role lacks the permission "+p, workbookMissing())
		}
		x.Refuse("api.permission-missing", "the role lacks the permission "+p)
		if p == account.PermissionREST { // reports show this answer only for permissions of records
			return nil, permissionMissing(p).By(verdict.Guess)
		}
		return nil, permissionMissing(p)
	}
	return found, exchange.Answer{}
}

// serverTime needs a token, but no permission (Oracle NetSuite Help, article_0528010158).
func (s *Server) serverTime(x *exchange.Exchange) exchange.Answer {
	if found, a := s.rest(x); found == nil {
		return a
	}
	return exchange.JSON(http.StatusOK, exchange.TypeJSON, verdict.Official, map[string]string{"serverTime": x.Now.UTC().Format("2006-01-02T15:04:05.000Z")})
}

const RecordPath = "/services/rest/record/v1/"

// record answers /{type}, a collection, and /{type}/{id}, one record. Like a query, a
// collection needs SuiteAnalytics Workbook; one record does not.
func (s *Server) record(x *exchange.Exchange) exchange.Answer {
	name, id, one := strings.Cut(strings.TrimPrefix(x.Request.URL.Path, RecordPath), "/")
	name = strings.ToLower(name)
	kind, known := account.RecordTypes()[name]
	if !known || kind.QueryOnly || one && (id == "" || strings.Contains(id, "/")) {
		if found, a := s.rest(x); found == nil {
			return a
		}
		return x.Refused("api.not-found", "unknown record type", noRecordType())
	}
	if !one {
		if found, a := s.permitted(x, account.PermissionWorkbook, kind.Permission); found == nil {
			return a
		}
		return s.collection(x, s.recordsOf(name))
	}
	if found, a := s.permitted(x, kind.Permission); found == nil {
		return a
	}
	records := s.recordsOf(name)
	i := slices.IndexFunc(records, func(r map[string]string) bool { return r["id"] == id })
	if i < 0 {
		return x.Refused("api.not-found", "no record with this ID", exchange.RESTError(http.StatusNotFound, verdict.Official, "NONEXISTENT_ID",
			"The record instance does not exist. Provide a valid record instance ID."))
	}
	body := make(map[string]any)
	for field, value := range records[i] {
		body[field] = value
	}
	body["links"] = []link{{"self", absolute(x, x.Request.URL.Path)}}
	return exchange.JSON(http.StatusOK, exchange.TypeSingular, verdict.Official, body)
}

type link struct {
	Rel  string `json:"rel"`
	Href string `json:"href"`
}

func absolute(x *exchange.Exchange, path string) string {
	return "https://" + x.Account.Label + account.SuiteTalkSuffix + path
}

// page is one page of a collection of SuiteTalk REST Web Services.
type page struct {
	Links   []link `json:"links"`
	Count   int    `json:"count"`
	HasMore bool   `json:"hasMore"`
	Items   []any  `json:"items"`
	Offset  int    `json:"offset"`
	Total   int    `json:"totalResults"`
}

// listing is a whole collection. An item is made only when its page is.
type listing struct {
	length int
	item   func(i int) any
}

// collection lists the IDs of the records that match the parameter q.
func (s *Server) collection(x *exchange.Exchange, records []map[string]string) exchange.Answer {
	records, a := filter(x, records)
	if a.Status != 0 {
		return a
	}
	base := absolute(x, strings.TrimSuffix(x.Request.URL.Path, "/")+"/")
	return s.page(x, listing{len(records), func(i int) any {
		id := records[i]["id"]
		return struct {
			ID    string `json:"id"`
			Links []link `json:"links"`
		}{id, []link{{"self", base + id}}}
	}})
}

// Oracle's limits (section_156414087576): records of a page, and pages and records of a
// list.
const (
	maxPage    = 1000
	maxPages   = 1000
	maxResults = 100_000
)

// page answers with the page that limit and offset select.
func (s *Server) page(x *exchange.Exchange, all listing) exchange.Answer {
	query := x.Request.URL.Query()
	limit, limitOK := number(query, "limit", maxPage)
	offset, offsetOK := number(query, "offset", 0)
	bad := func(parameter, rule string) exchange.Answer {
		return x.Refused("api.invalid-request", parameter+" is not "+rule,
			invalidParameter(parameter, "Invalid value of the query parameter "+parameter+": it must be "+rule+"."))
	}
	switch {
	case !limitOK || limit < 1 || limit > maxPage:
		return bad("limit", "1 to 1000")
	case !offsetOK || offset%limit != 0:
		return bad("offset", "a multiple of limit")
	}
	from := min(offset, all.length)
	to := min(from+limit, all.length)
	more := to < all.length && to < min(limit*maxPages, maxResults)
	out := page{Count: to - from, HasMore: more, Items: make([]any, 0, to-from), Offset: offset, Total: all.length}
	for i := from; i < to; i++ {
		out.Items = append(out.Items, all.item(i))
	}
	at := func(rel string, offset int) {
		href := fmt.Sprintf("%s?limit=%d&offset=%d", absolute(x, x.Request.URL.Path), limit, offset)
		if query.Has("q") { // else the next page would have other records
			href += "&" + url.Values{"q": {query.Get("q")}}.Encode()
		}
		out.Links = append(out.Links, link{rel, href})
	}
	// The rels and their order are those of section_156414087576, which swaps limit and
	// offset in the hrefs of "last".
	if offset > 0 {
		at("previous", min(offset-limit, lastPage(all.length, limit)))
		at("first", 0)
	}
	if out.HasMore {
		at("next", offset+limit)
		at("last", lastPage(all.length, limit))
	}
	at("self", offset)
	return exchange.JSON(http.StatusOK, exchange.TypeCollection, verdict.Official, out)
}

// lastPage is the offset of the last page that is not empty.
func lastPage(total, limit int) int { return max(0, total-1) / limit * limit }

func number(query url.Values, name string, otherwise int) (int, bool) {
	if !query.Has(name) {
		return otherwise, true
	}
	n, err := strconv.Atoi(query.Get(name))
	return n, err == nil && n >= 0 && n < 1e9
}

// suiteQL answers queries of one table.
func (s *Server) suiteQL(x *exchange.Exchange) exchange.Answer {
	r := x.Request
	if r.Method != http.MethodPost {
		return x.Refused("request.wrong-method", "the method is not POST", exchange.WrongMethod(http.MethodPost))
	}
	found, a := s.permitted(x, account.PermissionWorkbook)
	if found == nil {
		return a
	}
	bad := func(detail string) exchange.Answer {
		return x.Refused("api.invalid-request", detail, exchange.RESTError(http.StatusBadRequest, verdict.Guess, "INVALID_CONTENT", detail))
	}
	if !slices.ContainsFunc(r.Header.Values("Prefer"), func(v string) bool { return strings.Contains(strings.ToLower(v), "transient") }) {
		return x.Refused("api.invalid-request", "the header Prefer: transient is missing", exchange.RESTErrorAt(http.StatusBadRequest, verdict.Guess, exchange.RESTErrorDetail{
			Detail: "Invalid value for the Prefer header: it must be transient.", Header: "Prefer", Code: "INVALID_HEADER"}))
	}
	if exchange.MediaType(r.Header.Get("Content-Type")) != "application/json" {
		return bad("The Content-Type is not application/json.")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return bad("The body cannot be read: " + exchange.Incomplete(err) + ".")
	}
	var query struct {
		Q      string `json:"q"`
		Params []any  `json:"params"`
	}
	if err := exchange.UnmarshalStrict(body, &query); err != nil || query.Q == "" {
		return bad("The body is not a JSON object with the query in q.")
	}
	x.Verdict.Habits = append(x.Verdict.Habits, habitsOfQuery(query.Q)...)
	rows, err := s.runQuery(query.Q, caller{found.Mapping.Role, x.Account, x.Trail(), x.Now})
	var invalid *queryError
	if errors.As(err, &invalid) {
		return x.Refused(invalid.code, invalid.detail, exchange.RESTErrorAt(http.StatusBadRequest, verdict.Observed, exchange.RESTErrorDetail{
			Detail:     "Invalid search query. Detailed unprocessed description follows. Search error occurred: " + invalid.detail,
			QueryParam: "q", Code: "INVALID_PARAMETER",
		}))
	}
	return s.page(x, rows)
}

// recordsOf returns the records of a type.
func (s *Server) recordsOf(name string) []map[string]string {
	if name == "customer" && s.customers != nil {
		return s.customers
	}
	return account.RecordTypes()[name].Records
}

// Occupy counts an API call until the returned function is called, and marks a call
// over the limit as Crowded. REST and RESTlet calls of an account count together
// (Oracle NetSuite Help, subsect_1559222360). Whether token requests count is not
// known: here they do not.
func (s *Server) Occupy(x *exchange.Exchange) (leave func()) {
	if !isAPICall(x.Request.URL.Path) {
		return func() {}
	}
	if !x.Account.Enter(s.config.ConcurrencyLimit) {
		x.Crowded = true
		return func() {}
	}
	return x.Account.Leave
}

func isAPICall(path string) bool {
	return path == RESTletPath || strings.HasPrefix(path, "/services/rest/") &&
		(!strings.HasPrefix(path, "/services/rest/auth/") || strings.HasPrefix(path, ClientsPath))
}

const discoveryPath = "/rest/datacenterurls"

// dataCenterURLs needs no token. For an unknown account it returns NetSuite's general
// URLs (chapter_157011836591). For an ID with other characters that is a guess.
func (s *Server) dataCenterURLs(x *exchange.Exchange) exchange.Answer {
	id := x.Request.URL.Query().Get("account")
	if id == "" {
		return x.Refused("api.invalid-request", "no parameter account", invalidParameter("account", "The parameter account is missing."))
	}
	basis := verdict.Official
	if strings.ContainsFunc(id, func(r rune) bool { return r != '_' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		basis = verdict.Guess
	}
	urls := struct {
		WebServices string `json:"webservicesDomain"`
		REST        string `json:"restDomain"`
		System      string `json:"systemDomain"`
	}{"https://webservices.netsuite.com", "https://rest.netsuite.com", "https://system.netsuite.com"}
	if a := s.accounts[account.HostLabel(id)]; a != nil {
		x.Verdict.Account = a.ID
		urls.WebServices = "https://" + a.Label + account.SuiteTalkSuffix
		urls.REST = "https://" + a.Label + account.RESTletsSuffix
		urls.System = "https://" + a.Label + account.AppSuffix
	}
	return exchange.JSON(http.StatusOK, exchange.TypeJSON, basis, urls)
}
