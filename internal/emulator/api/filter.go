package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
	"github.com/nsauth/nsauth/internal/text"
)

// filterForm is one condition of the parameter q (Oracle NetSuite Help, "Record
// Collection Filtering"): field, operator, value. AND and OR are not modelled.
var filterForm = text.Regexp(`(?s)^\s*([A-Za-z_]\w{0,63})\s+([A-Z_]{2,20})\s+(?:"([^"]*)"|(\S+))\s*$`)

// filterOperators compare a field with the value, both in lower case.
var filterOperators = map[string]func(field, value string) bool{
	"IS":          func(f, v string) bool { return f == v },
	"IS_NOT":      func(f, v string) bool { return f != v },
	"EQUAL":       func(f, v string) bool { return f == v },
	"CONTAIN":     strings.Contains,
	"START_WITH":  strings.HasPrefix,
	"END_WITH":    strings.HasSuffix,
	"CONTAIN_NOT": func(f, v string) bool { return !strings.Contains(f, v) },
}

// filter leaves the records that the parameter q asks for. What it cannot read it
// refuses: to leave a filter out would answer with the wrong records.
func filter(x *exchange.Exchange, records []map[string]string) ([]map[string]string, exchange.Answer) {
	query := x.Request.URL.Query()
	if !query.Has("q") {
		return records, exchange.Answer{}
	}
	bad := func(detail string) ([]map[string]string, exchange.Answer) {
		x.Refuse("api.query-invalid", detail)
		return nil, exchange.RESTErrorAt(http.StatusBadRequest, verdict.Guess, exchange.RESTErrorDetail{Detail: detail, QueryParam: "q", Code: "INVALID_PARAMETER"})
	}
	parts := filterForm().FindStringSubmatch(query.Get("q"))
	if parts == nil {
		return bad("Invalid search query: this emulator understands one condition, such as companyName START_WITH \"A\".")
	}
	matches := filterOperators[parts[2]]
	if matches == nil {
		return bad("Invalid search query: this emulator does not know the operator.")
	}
	value := strings.ToLower(parts[3] + parts[4])
	known := false
	left := slices.DeleteFunc(slices.Clone(records), func(r map[string]string) bool {
		field, there := account.Field(r, parts[1])
		known = known || there
		return !there || !matches(strings.ToLower(field), value)
	})
	if !known {
		return bad("Invalid search query: unknown field.")
	}
	return left, exchange.Answer{}
}
