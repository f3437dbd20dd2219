package emulator

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// route finds the answer to a request of NetSuite's.
func (s *Server) route(x *exchange) answer {
	path := x.request.URL.Path
	if path == discoveryPath && (x.service == discoveryHost || x.service == "" && x.account != nil) {
		return s.get(x, s.dataCenterURLs)
	}
	if x.account == nil {
		return noService()
	}
	suitetalk := x.service == suitetalkSuffix || x.service == ""
	restlets := x.service == restletsSuffix || x.service == ""
	switch {
	case x.service == appSuffix:
		return loginPage()
	case path == restletPath:
		return s.restlet(x)
	case suitetalk && path == tokenPath:
		return s.tokenEndpoint(x)
	case suitetalk && path == "/services/rest/auth/oauth2/v1/keys":
		return s.get(x, s.keys)
	case restlets && strings.HasPrefix(path, clientsPath):
		return s.certificates(x)
	case suitetalk && path == revokePath:
		return s.revoke(x)
	case suitetalk && path == "/services/rest/system/v1/serverTime":
		return s.get(x, s.serverTime)
	case suitetalk && path == "/services/rest/query/v1/suiteql":
		return s.suiteQL(x)
	case suitetalk && path == governancePath:
		return s.get(x, s.governance)
	case suitetalk && (path == catalogPath || strings.HasPrefix(path, catalogPath+"/")):
		return s.get(x, s.catalog)
	case suitetalk && strings.HasPrefix(path, recordPath):
		return s.get(x, s.record)
	}
	x.refuse("api.not-found", "no such path")
	return notFound()
}

// get guards an endpoint that is read only.
func (s *Server) get(x *exchange, endpoint func(*exchange) answer) answer {
	if m := x.request.Method; m != http.MethodGet && m != http.MethodHead {
		x.refuse("request.wrong-method", "the method is not GET")
		return wrongMethod("GET")
	}
	return endpoint(x)
}

// rest opens a session for SuiteTalk REST Web Services: the token, its scope,
// the account's feature. Nil comes with the answer.
func (s *Server) rest(x *exchange) (*session, answer) {
	found, a := s.authenticate(x)
	if found == nil {
		return nil, a
	}
	if !slices.Contains(found.scope, "rest_webservices") {
		x.refuse("token.scope", "the token lacks the scope rest_webservices")
		s.note(x, found.mapping, http.StatusUnauthorized)
		return nil, invalidLogin(x.account.ID)
	}
	if !x.account.Features.RESTWebServices {
		x.refuse("api.feature-disabled", "the feature REST WEB SERVICES is off")
		return nil, restError(http.StatusForbidden, Guess, "INSUFFICIENT_PERMISSION",
			"The REST Web Services feature is not enabled in this account.")
	}
	return found, answer{}
}

// permitted is rest, and a role with the permissions, REST Web Services first.
func (s *Server) permitted(x *exchange, permissions ...string) (*session, answer) {
	found, a := s.rest(x)
	if found == nil {
		return nil, a
	}
	for _, p := range append([]string{PermissionREST}, permissions...) {
		if found.mapping.Role.Has(p) {
			continue
		}
		if p == PermissionWorkbook {
			x.refuse("api.workbook-permission-missing", "the role lacks the permission "+p)
			return nil, workbookMissing()
		}
		x.refuse("api.permission-missing", "the role lacks the permission "+p)
		if p == PermissionREST { // reports show the answer for permissions of records
			return nil, permissionMissing(p).by(Guess)
		}
		return nil, permissionMissing(p)
	}
	return found, answer{}
}

// serverTime needs a token and no permission (Oracle NetSuite Help, article_0528010158).
func (s *Server) serverTime(x *exchange) answer {
	if found, a := s.rest(x); found == nil {
		return a
	}
	return jsonAnswer(http.StatusOK, typeJSON, Official, map[string]string{"serverTime": x.now.UTC().Format("2006-01-02T15:04:05.000Z")})
}

const recordPath = "/services/rest/record/v1/"

// recordType is what a record type needs, and the records there are.
type recordType struct {
	permission string
	records    []map[string]string // each with an "id"
	queryOnly  bool                // SuiteQL has it, the record service has not
	hidden     map[string]string   // fields that a query may not ask for, and NetSuite's reason
}

// recordTypes is the data of every account. 107 and 1042 are IDs that the
// scenarios use.
var recordTypes = sync.OnceValue(func() map[string]recordType {
	return map[string]recordType{
		"customer": {permission: "Customers", hidden: map[string]string{"unbilledorders": "NOT_EXPOSED", "prefccprocessor": "REMOVED"}, records: []map[string]string{
			{"id": "107", "entityId": "Alder & Finch Ltd", "companyName": "Alder & Finch Ltd", "email": "accounts@alder-finch.example"},
			{"id": "108", "entityId": "Brightwater GmbH", "companyName": "Brightwater GmbH", "email": "finance@brightwater.example"},
			{"id": "109", "entityId": "Cedar Row, Inc.", "companyName": "Cedar Row, Inc.", "email": "ap@cedar-row.example"},
		}},
		"employee": {permission: "Employees", records: []map[string]string{
			{"id": "1042", "entityId": "Integration User", "email": "integration@customer.example"},
		}},
		"vendor":     {permission: "Vendors", records: []map[string]string{{"id": "211", "entityId": "Dunlin Paper", "companyName": "Dunlin Paper"}}},
		"contact":    {permission: "Contacts", records: []map[string]string{{"id": "305", "entityId": "R. Marsh", "email": "r.marsh@alder-finch.example"}}},
		"subsidiary": {permission: "Subsidiaries", records: []map[string]string{{"id": "1", "name": "Parent Company"}}},
		"currency":   {permission: "Currency", records: []map[string]string{{"id": "1", "name": "US Dollar", "symbol": "USD"}}},
		"salesorder": {permission: "Sales Order", records: []map[string]string{{"id": "5001", "tranId": "SO5001", "total": "1280.00"}}},
		"invoice":    {permission: "Invoice", records: []map[string]string{{"id": "6001", "tranId": "INV6001", "total": "1280.00"}}},
		"transaction": {permission: "Find Transaction", queryOnly: true, records: []map[string]string{
			{"id": "5001", "tranId": "SO5001", "type": "SalesOrd"},
			{"id": "6001", "tranId": "INV6001", "type": "CustInvc"},
		}},
	}
})

// record answers for a collection, /{type}, or for one record, /{type}/{id}.
// A collection is gated by SuiteAnalytics Workbook like a query, a record by
// its ID is not.
func (s *Server) record(x *exchange) answer {
	name, id, one := strings.Cut(strings.TrimPrefix(x.request.URL.Path, recordPath), "/")
	kind, known := recordTypes()[strings.ToLower(name)]
	if !known || kind.queryOnly || one && (id == "" || strings.Contains(id, "/")) {
		if found, a := s.rest(x); found == nil {
			return a
		}
		x.refuse("api.not-found", "no such record type here")
		return restError(http.StatusNotFound, Guess, "NOT_FOUND", "The record type does not exist.")
	}
	if !one {
		if found, a := s.permitted(x, PermissionWorkbook, kind.permission); found == nil {
			return a
		}
		return s.collection(x, s.recordsOf(strings.ToLower(name)))
	}
	if found, a := s.permitted(x, kind.permission); found == nil {
		return a
	}
	records := s.recordsOf(strings.ToLower(name))
	i := slices.IndexFunc(records, func(r map[string]string) bool { return r["id"] == id })
	if i < 0 {
		x.refuse("api.not-found", "no record with this ID")
		return nonexistentID()
	}
	body := make(map[string]any)
	for field, value := range records[i] {
		body[field] = value
	}
	body["links"] = []link{{"self", s.absolute(x, x.request.URL.Path)}}
	return jsonAnswer(http.StatusOK, typeSingular, Official, body)
}

type link struct {
	Rel  string `json:"rel"`
	Href string `json:"href"`
}

func (s *Server) absolute(x *exchange, path string) string {
	return "https://" + x.account.label + suitetalkSuffix + path
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
func (s *Server) collection(x *exchange, records []map[string]string) answer {
	records, a := filter(x, records)
	if a.status != 0 {
		return a
	}
	base := s.absolute(x, strings.TrimSuffix(x.request.URL.Path, "/")+"/")
	return s.page(x, listing{len(records), func(i int) any {
		id := records[i]["id"]
		return inCollection{id, []link{{"self", base + id}}}
	}})
}

const maxPage = 1000 // records; Oracle's limit

// page cuts what limit and offset ask for.
func (s *Server) page(x *exchange, all listing) answer {
	query := x.request.URL.Query()
	limit, limitOK := number(query, "limit", maxPage)
	offset, offsetOK := number(query, "offset", 0)
	bad := func(parameter, rule string) answer {
		x.refuse("api.invalid-request", parameter+" is not "+rule)
		return restErrorAt(http.StatusBadRequest, Guess, restDetail{
			Detail:     "Invalid value of the query parameter " + parameter + ": it must be " + rule + ".",
			QueryParam: parameter, Code: "INVALID_PARAMETER",
		})
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
		href := fmt.Sprintf("%s?limit=%d&offset=%d", s.absolute(x, x.request.URL.Path), limit, offset)
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
	return jsonAnswer(http.StatusOK, typeCollection, Official, out)
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
func (s *Server) suiteQL(x *exchange) answer {
	r := x.request
	if r.Method != http.MethodPost {
		x.refuse("request.wrong-method", "the method is not POST")
		return wrongMethod(http.MethodPost)
	}
	found, a := s.permitted(x, PermissionWorkbook)
	if found == nil {
		return a
	}
	bad := func(detail string) answer {
		x.refuse("api.invalid-request", detail)
		return restError(http.StatusBadRequest, Guess, "INVALID_CONTENT", detail)
	}
	if !slices.ContainsFunc(r.Header.Values("Prefer"), func(v string) bool { return strings.Contains(strings.ToLower(v), "transient") }) {
		x.refuse("api.invalid-request", "no header Prefer: transient")
		return restErrorAt(http.StatusBadRequest, Guess, restDetail{
			Detail: "Invalid value for the Prefer header: it must be transient.", Header: "Prefer", Code: "INVALID_HEADER"})
	}
	if mediaType(r.Header.Get("Content-Type")) != "application/json" {
		return bad("The Content-Type is not application/json.")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return bad("The body cannot be read: " + incomplete(err) + ".")
	}
	var query struct {
		Q      string `json:"q"`
		Params []any  `json:"params"`
	}
	if err := unmarshalStrict(body, &query); err != nil || query.Q == "" {
		return bad("The body is not a JSON object with the query in q.")
	}
	rows, err := s.runQuery(query.Q, found.mapping.Role, x.now)
	var invalid *queryError
	if errors.As(err, &invalid) {
		x.refuse(invalid.code, invalid.detail)
		return restErrorAt(http.StatusBadRequest, Observed, restDetail{
			Detail:     "Invalid search query. Detailed unprocessed description follows. Search error occurred: " + invalid.detail,
			QueryParam: "q", Code: "INVALID_PARAMETER",
		})
	}
	return s.page(x, rows)
}
