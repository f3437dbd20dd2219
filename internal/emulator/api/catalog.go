package api

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

const (
	catalogPath    = RecordPath + "metadata-catalog"
	governancePath = "/services/rest/system/v1/governanceLimits"
)

const (
	typeSchema  = "application/schema+json"
	typeSwagger = "application/swagger+json"
)

// catalog describes the record types that the role may see: all of them, those
// of the parameter select, or the one in the path; as a list, as JSON Schema
// (section_1545129726) or as OpenAPI (section_1545126526), by the Accept header.
// That others are left out and what the list's members are is a guess, as is
// every field being a string.
func (s *Server) catalog(x *exchange.Exchange) exchange.Answer {
	found, a := s.permitted(x)
	if found == nil {
		return a
	}
	visible := func(name string) bool {
		kind, known := account.RecordTypes()[name]
		return known && !kind.QueryOnly && found.Mapping.Role.Has(kind.Permission)
	}
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(account.RecordTypes())), func(name string) bool { return !visible(name) })
	one, isOne := strings.CutPrefix(x.Request.URL.Path, catalogPath+"/")
	one, isOne = strings.ToLower(one), isOne && one != "" // a slash at the end is taken
	if isOne {
		if kind, known := account.RecordTypes()[one]; !known || kind.QueryOnly {
			return x.Refused("api.not-found", "no such record type here", exchange.RESTError(http.StatusNotFound, verdict.Guess, "NOT_FOUND", "The record type does not exist."))
		}
		if !visible(one) {
			return x.Refused("api.permission-missing", "the role lacks the permission "+account.RecordTypes()[one].Permission, permissionMissing(account.RecordTypes()[one].Permission))
		}
		names = []string{one}
	} else if query := x.Request.URL.Query(); query.Has("select") {
		names = nil
		for name := range strings.SplitSeq(strings.ToLower(query.Get("select")), ",") {
			if !visible(name) {
				return x.Refused("api.invalid-request", "select names a record type that is not here or not visible", exchange.RESTErrorAt(http.StatusBadRequest, verdict.Guess, exchange.RESTErrorDetail{
					Detail: "Invalid value of the query parameter select: no such record type.", QueryParam: "select", Code: "INVALID_PARAMETER"}))
			}
			names = append(names, name)
		}
	}
	switch accept := accepted(x.Request); {
	case accept == typeSwagger:
		return s.openAPI(x, names)
	case accept == typeSchema && isOne:
		return exchange.JSON(http.StatusOK, typeSchema, verdict.Guess, schemaOf(one))
	case isOne:
		return exchange.JSON(http.StatusOK, exchange.TypeJSON, verdict.Guess, s.catalogItem(x, one))
	}
	items := []catalogItem{}
	for _, name := range names {
		items = append(items, s.catalogItem(x, name))
	}
	return exchange.JSON(http.StatusOK, exchange.TypeJSON, verdict.Guess, map[string]any{"items": items})
}

// accepted is the first of the Accept header's types that the catalogue knows, "" if none.
func accepted(r *http.Request) string {
	for _, header := range r.Header.Values("Accept") {
		for part := range strings.SplitSeq(header, ",") {
			if t := exchange.MediaType(part); t == typeSwagger || t == typeSchema || t == "application/json" {
				return t
			}
		}
	}
	return ""
}

type catalogItem struct {
	Name  string        `json:"name"`
	Links []catalogLink `json:"links"`
}

type catalogLink struct {
	Rel       string `json:"rel"`
	Href      string `json:"href"`
	MediaType string `json:"mediaType"`
}

func (s *Server) catalogItem(x *exchange.Exchange, name string) catalogItem {
	href := absolute(x, catalogPath+"/"+name)
	return catalogItem{name, []catalogLink{
		{"canonical", href, "application/json"},
		{"alternate", href, typeSwagger},
		{"alternate", href, typeSchema},
	}}
}

func schemaOf(name string) map[string]any {
	type property struct {
		Title    string `json:"title"`
		Type     string `json:"type"`
		Nullable bool   `json:"nullable"`
	}
	properties := make(map[string]property)
	for _, record := range account.RecordTypes()[name].Records {
		for field := range record {
			properties[field] = property{field, "string", field != "id"}
		}
	}
	return map[string]any{
		"type":       "object",
		"properties": properties,
		"$schema":    "https://json-schema.org/draft-06/hyper-schema#",
	}
}

func (s *Server) openAPI(x *exchange.Exchange, names []string) exchange.Answer {
	paths, schemas := make(map[string]any), make(map[string]any)
	for _, name := range names {
		get := func(summary string) map[string]any {
			return map[string]any{"get": map[string]any{"tags": []string{name}, "summary": summary,
				"responses": map[string]any{"200": map[string]any{"description": summary}}}}
		}
		paths["/"+name] = get("Get list of records")
		paths["/"+name+"/{id}"] = get("Get record")
		schemas[name] = schemaOf(name)
	}
	return exchange.JSON(http.StatusOK, typeSwagger, verdict.Guess, map[string]any{
		"openapi":    "3.0.1",
		"info":       map[string]string{"title": "NetSuite REST Record API", "version": "v1"},
		"servers":    []map[string]string{{"url": absolute(x, strings.TrimSuffix(RecordPath, "/"))}},
		"paths":      paths,
		"components": map[string]any{"schemas": schemas},
	})
}

// defaultLimit is what governanceLimits says where the configuration sets no
// limit: that of Oracle's sample.
const defaultLimit = 5

// governance tells an administrator the concurrency limits, none of which is
// allocated to an integration here (Oracle NetSuite Help, article_0625010817).
func (s *Server) governance(x *exchange.Exchange) exchange.Answer {
	found, a := s.permitted(x)
	if found == nil {
		return a
	}
	if found.Mapping.Role.ID != account.AdministratorRole {
		return x.Refused("api.permission-missing", "the role is not Administrator", exchange.RESTError(http.StatusForbidden, verdict.Guess, "INSUFFICIENT_PERMISSION",
			"Permission Violation: only an administrator can see the governance limits."))
	}
	limit := s.limit
	if limit == 0 {
		limit = defaultLimit
	}
	return exchange.JSON(http.StatusOK, exchange.TypeJSON, verdict.Official, struct {
		Account     int    `json:"accountConcurrencyLimit"`
		Unallocated int    `json:"accountUnallocatedConcurrencyLimit"`
		Type        string `json:"integrationLimitType"`
	}{limit, limit, "accountLimit"})
}
