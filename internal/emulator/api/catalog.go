package api

import (
	"cmp"
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

// catalog describes the record types that the role may see: all, those of the
// parameter select, or the one in the path. The Accept header selects a list, JSON
// Schema (section_1545129726) or OpenAPI (section_1545126526). That other types are
// left out, the members of the list and the type string of every field are guesses.
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
	one, isOne = strings.ToLower(one), isOne && one != "" // a slash at the end is accepted
	if isOne {
		kind, known := account.RecordTypes()[one]
		switch {
		case !known || kind.QueryOnly:
			return x.Refused("api.not-found", "unknown record type", noRecordType())
		case !visible(one):
			return x.Refused("api.permission-missing", "the role lacks the permission "+kind.Permission, permissionMissing(kind.Permission))
		}
		names = []string{one}
	} else if query := x.Request.URL.Query(); query.Has("select") {
		names = nil
		for name := range strings.SplitSeq(strings.ToLower(query.Get("select")), ",") {
			if !visible(name) {
				return x.Refused("api.invalid-request", "select names a record type that is unknown or not visible",
					invalidParameter("select", "Invalid value of the query parameter select: no such record type."))
			}
			names = append(names, name)
		}
	}
	switch accept := accepted(x.Request); {
	case accept == typeSwagger:
		return openAPI(x, names)
	case accept == typeSchema && isOne:
		return exchange.JSON(http.StatusOK, typeSchema, verdict.Guess, schemaOf(one))
	case isOne:
		return exchange.JSON(http.StatusOK, exchange.TypeJSON, verdict.Guess, catalogItem(x, one))
	}
	items := []any{}
	for _, name := range names {
		items = append(items, catalogItem(x, name))
	}
	return exchange.JSON(http.StatusOK, exchange.TypeJSON, verdict.Guess, map[string]any{"items": items})
}

// accepted is the first type in the Accept header that the catalog knows, "" if none.
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

func catalogItem(x *exchange.Exchange, name string) any {
	type link struct {
		Rel       string `json:"rel"`
		Href      string `json:"href"`
		MediaType string `json:"mediaType"`
	}
	href := absolute(x, catalogPath+"/"+name)
	return struct {
		Name  string `json:"name"`
		Links []link `json:"links"`
	}{name, []link{
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

func openAPI(x *exchange.Exchange, names []string) exchange.Answer {
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

// governance tells an administrator the concurrency limit, none of which is allocated
// to an integration here (Oracle NetSuite Help, article_0625010817). Without a limit
// it tells that of Oracle's sample.
func (s *Server) governance(x *exchange.Exchange) exchange.Answer {
	found, a := s.permitted(x)
	if found == nil {
		return a
	}
	if found.Mapping.Role.ID != account.AdministratorRole {
		return x.Refused("api.permission-missing", "the role is not Administrator", exchange.RESTError(http.StatusForbidden, verdict.Guess, "INSUFFICIENT_PERMISSION",
			"Permission Violation: only an administrator can see the governance limits."))
	}
	limit := cmp.Or(s.config.ConcurrencyLimit, 5)
	return exchange.JSON(http.StatusOK, exchange.TypeJSON, verdict.Official, struct {
		Account     int    `json:"accountConcurrencyLimit"`
		Unallocated int    `json:"accountUnallocatedConcurrencyLimit"`
		Type        string `json:"integrationLimitType"`
	}{limit, limit, "accountLimit"})
}
