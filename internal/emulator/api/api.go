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

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/oauth"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// Config describes how calls are answered. Accounts and OAuth are required.
type Config struct {
	Accounts         map[string]*account.Snapshot // by host label
	OAuth            *oauth.Server
	Customers        int // further ones, beside the three with names
	ConcurrencyLimit int // calls of one account under way; 0 means any number
	RetryAfter       int // seconds; 0 means no such header
}

// Server answers the requests to NetSuite's hosts.
type Server struct {
	accounts   map[string]*account.Snapshot
	oauth      *oauth.Server
	customers  []map[string]string // all of them, if there are further ones
	limit      int
	retryAfter int
}

// New checks the configuration.
func New(c Config) (*Server, error) {
	switch {
	case c.Customers < 0 || c.Customers > account.MaxCustomers:
		return nil, fmt.Errorf("emulator: %d customers: from 0 to %d can be made", c.Customers, account.MaxCustomers)
	case c.ConcurrencyLimit < 0:
		return nil, errors.New("emulator: negative concurrency limit")
	case c.RetryAfter < 0:
		return nil, errors.New("emulator: negative Retry-After")
	}
	return &Server{c.Accounts, c.OAuth, account.Customers(c.Customers), c.ConcurrencyLimit, c.RetryAfter}, nil
}

// Route finds the answer to a request of NetSuite's.
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
	return x.Refused("api.not-found", "no such path", notFound())
}

// get guards an endpoint that is read only.
func (s *Server) get(x *exchange.Exchange, endpoint func(*exchange.Exchange) exchange.Answer) exchange.Answer {
	if m := x.Request.Method; m != http.MethodGet && m != http.MethodHead {
		return x.Refused("request.wrong-method", "the method is not GET", exchange.WrongMethod("GET"))
	}
	return endpoint(x)
}

// session authenticates a call and counts it against the concurrency limit. Nil
// comes with the answer.
func (s *Server) session(x *exchange.Exchange) (*oauth.Session, exchange.Answer) {
	found, a := s.oauth.Authenticate(x)
	if found != nil && x.Crowded {
		return nil, x.Refused("api.rate-limited", "more calls of the account under way than its concurrency limit", s.tooMany())
	}
	return found, a
}

// rest opens a session for SuiteTalk REST Web Services: the token, its scope,
// the account's feature. Nil comes with the answer.
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
	if !x.Account.Features.RESTWebServices {
		return nil, x.Refused("api.feature-disabled", "the feature REST WEB SERVICES is off", exchange.RESTError(http.StatusForbidden, verdict.Guess, "INSUFFICIENT_PERMISSION",
			"The REST Web Services feature is not enabled in this account."))
	}
	return found, exchange.Answer{}
}

// permitted is rest, and a role with the permissions, REST Web Services first.
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
		if p == account.PermissionREST { // reports show the answer for permissions of records
			return nil, permissionMissing(p).By(verdict.Guess)
		}
		return nil, permissionMissing(p)
	}
	return found, exchange.Answer{}
}

// serverTime needs a token and no permission (Oracle NetSuite Help, article_0528010158).
func (s *Server) serverTime(x *exchange.Exchange) exchange.Answer {
	if found, a := s.rest(x); found == nil {
		return a
	}
	return exchange.JSON(http.StatusOK, exchange.TypeJSON, verdict.Official, map[string]string{"serverTime": x.Now.UTC().Format("2006-01-02T15:04:05.000Z")})
}

const RecordPath = "/services/rest/record/v1/"

// record answers for a collection, /{type}, or for one record, /{type}/{id}.
// A collection is gated by SuiteAnalytics Workbook like a query, a record by
// its ID is not.
func (s *Server) record(x *exchange.Exchange) exchange.Answer {
	name, id, one := strings.Cut(strings.TrimPrefix(x.Request.URL.Path, RecordPath), "/")
	kind, known := account.RecordTypes()[strings.ToLower(name)]
	if !known || kind.QueryOnly || one && (id == "" || strings.Contains(id, "/")) {
		if found, a := s.rest(x); found == nil {
			return a
		}
		return x.Refused("api.not-found", "no such record type here", exchange.RESTError(http.StatusNotFound, verdict.Guess, "NOT_FOUND", "The record type does not exist."))
	}
	if !one {
		if found, a := s.permitted(x, account.PermissionWorkbook, kind.Permission); found == nil {
			return a
		}
		return s.collection(x, s.recordsOf(strings.ToLower(name)))
	}
	if found, a := s.permitted(x, kind.Permission); found == nil {
		return a
	}
	records := s.recordsOf(strings.ToLower(name))
	i := slices.IndexFunc(records, func(r map[string]string) bool { return r["id"] == id })
	if i < 0 {
		return x.Refused("api.not-found", "no record with this ID", nonexistentID())
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

// page is a collection as SuiteTalk REST Web Services answers it.
type page struct {
	Links   []link `json:"links"`
	Count   int    `json:"count"`
	HasMore bool   `json:"hasMore"`
	Items   []any  `json:"items"`
	Offset  int    `json:"offset"`
	Total   int    `json:"totalResults"`
}

// listing is what a page is cut from. An item is made when it is on the page.
type listing struct {
	length int
	item   func(i int) any
}

// inCollection is a record in a collection.
type inCollection struct {
	ID    string `json:"id"`
	Links []link `json:"links"`
}

// collection lists the IDs of the records that are asked for.
func (s *Server) collection(x *exchange.Exchange, records []map[string]string) exchange.Answer {
	records, a := filter(x, records)
	if a.Status != 0 {
		return a
	}
	base := absolute(x, strings.TrimSuffix(x.Request.URL.Path, "/")+"/")
	return s.page(x, listing{len(records), func(i int) any {
		id := records[i]["id"]
		return inCollection{id, []link{{"self", base + id}}}
	}})
}

const maxPage = 1000 // records; Oracle's limit

// page cuts what limit and offset ask for.
func (s *Server) page(x *exchange.Exchange, all listing) exchange.Answer {
	query := x.Request.URL.Query()
	limit, limitOK := number(query, "limit", maxPage)
	offset, offsetOK := number(query, "offset", 0)
	bad := func(parameter, rule string) exchange.Answer {
		return x.Refused("api.invalid-request", parameter+" is not "+rule, exchange.RESTErrorAt(http.StatusBadRequest, verdict.Guess, exchange.RESTErrorDetail{
			Detail:     "Invalid value of the query parameter " + parameter + ": it must be " + rule + ".",
			QueryParam: parameter, Code: "INVALID_PARAMETER",
		}))
	}
	switch {
	case !limitOK || limit < 1 || limit > maxPage:
		return bad("limit", "1 to 1000")
	case !offsetOK || offset%limit != 0:
		return bad("offset", "a multiple of limit")
	}
	from := min(offset, all.length)
	to := min(from+limit, all.length)
	out := page{Count: to - from, HasMore: to < all.length, Items: make([]any, 0, to-from), Offset: offset, Total: all.length}
	for i := from; i < to; i++ {
		out.Items = append(out.Items, all.item(i))
	}
	at := func(rel string, offset int) {
		href := fmt.Sprintf("%s?limit=%d&offset=%d", absolute(x, x.Request.URL.Path), limit, offset)
		if query.Has("q") { // else the next page would be of other records
			href += "&" + url.Values{"q": {query.Get("q")}}.Encode()
		}
		out.Links = append(out.Links, link{rel, href})
	}
	// The rels and their order are those of section_156414087576, whose hrefs of
	// "last" have limit and offset the wrong way round.
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

// lastPage is the offset of the last page that has something on it.
func lastPage(total, limit int) int { return max(0, total-1) / limit * limit }

func number(query url.Values, name string, otherwise int) (int, bool) {
	if !query.Has(name) {
		return otherwise, true
	}
	n, err := strconv.Atoi(query.Get(name))
	return n, err == nil && n >= 0 && n < 1e9
}

// suiteQL answers simple queries: of one record type, or CURRENT_DATE from dual.
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
		return x.Refused("api.invalid-request", "no header Prefer: transient", exchange.RESTErrorAt(http.StatusBadRequest, verdict.Guess, exchange.RESTErrorDetail{
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
	rows, err := s.runQuery(query.Q, found.Mapping.Role, x.Now)
	var invalid *queryError
	if errors.As(err, &invalid) {
		return x.Refused(invalid.code, invalid.detail, exchange.RESTErrorAt(http.StatusBadRequest, verdict.Observed, exchange.RESTErrorDetail{
			Detail:     "Invalid search query. Detailed unprocessed description follows. Search error occurred: " + invalid.detail,
			QueryParam: "q", Code: "INVALID_PARAMETER",
		}))
	}
	return s.page(x, rows)
}

// recordsOf lists the records of a type.
func (s *Server) recordsOf(name string) []map[string]string {
	if name == "customer" && s.customers != nil {
		return s.customers
	}
	return account.RecordTypes()[name].Records
}

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

const discoveryPath = "/rest/datacenterurls"

// dataCenterURLs needs no token. For an account that is not here it answers with
// URLs that name none, as Oracle documents it of the SOAP operation
// (section_N3494684) and of this one not at all: a guess.
func (s *Server) dataCenterURLs(x *exchange.Exchange) exchange.Answer {
	id := x.Request.URL.Query().Get("account")
	if id == "" {
		return x.Refused("api.invalid-request", "no parameter account", exchange.RESTErrorAt(http.StatusBadRequest, verdict.Guess, exchange.RESTErrorDetail{
			Detail: "The parameter account is missing.", QueryParam: "account", Code: "INVALID_PARAMETER",
		}))
	}
	basis := verdict.Guess
	urls := struct {
		WebServices string `json:"webservicesDomain"`
		REST        string `json:"restDomain"`
		System      string `json:"systemDomain"`
	}{"https://webservices.netsuite.com", "https://rest.netsuite.com", "https://system.netsuite.com"}
	if a := s.accounts[account.HostLabel(id)]; a != nil {
		basis, x.Verdict.Account = verdict.Official, a.ID
		urls.WebServices = "https://" + a.Label + account.SuiteTalkSuffix
		urls.REST = "https://" + a.Label + account.RESTletsSuffix
		urls.System = "https://" + a.Label + account.AppSuffix
	}
	return exchange.JSON(http.StatusOK, exchange.TypeJSON, basis, urls)
}
