package api

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/text"
)

// The supported SuiteQL: SELECT columns FROM one record type, WHERE with conditions
// joined by AND, ORDER BY, FETCH FIRST. Everything else is refused, because ignoring
// it would return wrong records. The length of names is limited: a refusal quotes
// them, and they may be part of a token.
var (
	selectForm = text.Regexp(`(?is)^\s*select\s+(.+?)\s+from\s+([a-z_]\w{0,63})` +
		`(?:\s+where\s+(.+?))?(?:\s+order\s+by\s+(.+?))?(?:\s+fetch\s+(?:first|next)\s+(\d{1,6})\s+rows?\s+only)?\s*;?\s*$`)
	columnForm = text.Regexp(`(?is)^\s*([a-z_]\w{0,63}|\*)(?:\s+(?:as\s+)?([a-z_]\w{0,63}))?\s*$`)
	orderForm  = text.Regexp(`(?is)^\s*([a-z_]\w{0,63})(?:\s+(asc|desc))?\s*$`)
	// One condition, then either AND or the end.
	conditionForm = text.Regexp(`(?is)^\s*([a-z_]\w{0,63})\s*(?:(is\s+not\s+null|is\s+null)|(=|!=|<>|<=|>=|<|>|like\b)\s*(?:'((?:[^']|'')*)'|(-?\d{1,18}(?:\.\d{1,18})?)))\s*(?:\s(and)\s|$)`)
)

// query is one SuiteQL query and the rows that are left.
type query struct {
	table string
	kind  account.RecordType
	rows  []map[string]string
}

// queryError says why a query fails: the code of a rule, and NetSuite's words if they
// are known.
type queryError struct{ code, detail string }

func (e *queryError) Error() string { return e.detail }

func invalidQuery(detail string) error { return &queryError{"api.query-invalid", detail} }

// runQuery answers a query. Its error is a *queryError.
func (s *Server) runQuery(q string, role account.Role, now time.Time) (listing, error) {
	parts := selectForm().FindStringSubmatch(q)
	if parts == nil {
		return listing{}, invalidQuery("Invalid or unsupported search. This emulator understands SELECT columns FROM one record type, with WHERE, ORDER BY and FETCH FIRST.")
	}
	columns, where, order, first := parts[1], parts[3], parts[4], parts[5]
	run, err := s.from(strings.ToLower(parts[2]), role, now)
	if err != nil {
		return listing{}, err
	}
	if where != "" {
		if err := run.where(where); err != nil {
			return listing{}, err
		}
	}
	if order != "" {
		if err := run.orderBy(order); err != nil {
			return listing{}, err
		}
	}
	if n, err := strconv.Atoi(first); err == nil { // "" is not a number: no limit
		run.rows = run.rows[:min(n, len(run.rows))]
	}
	return run.pick(columns)
}

// from finds a table that the role may see.
func (s *Server) from(table string, role account.Role, now time.Time) (*query, error) {
	if table == "dual" {
		return &query{table: table, rows: []map[string]string{{"current_date": now.UTC().Format("1/2/2006")}}}, nil
	}
	kind, known := account.RecordTypes()[table]
	if !known || !role.Has(kind.Permission) {
		return nil, &queryError{"api.record-not-visible", "Record '" + table + "' was not found."}
	}
	return &query{table, kind, slices.Clone(s.recordsOf(table))}, nil
}

// column checks that a query may name the column.
func (r *query) column(name string) error {
	name = strings.ToLower(name)
	if reason := r.kind.Hidden[name]; reason != "" {
		return invalidQuery("Field '" + name + "' for record '" + r.table + "' was not found. Reason: " + reason + ".")
	}
	for _, row := range r.kind.Records {
		if _, there := account.Field(row, name); there {
			return nil
		}
	}
	if r.table == "dual" && name == "current_date" {
		return nil
	}
	return invalidQuery("Unknown identifier '" + name + "'. Available identifiers are: {" + r.table + "=" + r.table + "}.")
}

// where keeps the rows that meet every condition. As in SQL, a row without the column
// meets only IS NULL.
func (r *query) where(conditions string) error {
	for rest := conditions; ; {
		at := conditionForm().FindStringSubmatchIndex(rest)
		if at == nil {
			return invalidQuery("Unsupported condition. This emulator understands comparisons of a column with a text or a number, LIKE and IS NULL, joined by AND.")
		}
		part := func(i int) string {
			if at[2*i] < 0 {
				return ""
			}
			return rest[at[2*i]:at[2*i+1]]
		}
		name, null, operator := part(1), strings.ToLower(part(2)), strings.ToLower(part(3))
		value := strings.ReplaceAll(part(4), "''", "'") + part(5)
		if err := r.column(name); err != nil {
			return err
		}
		r.rows = slices.DeleteFunc(r.rows, func(row map[string]string) bool {
			field, there := account.Field(row, name)
			if null != "" {
				return there != strings.Contains(null, "not")
			}
			return !there || !meets(field, operator, value)
		})
		if part(6) == "" {
			return nil
		}
		rest = rest[at[1]:]
	}
}

// meets compares two numbers as numbers and everything else as text.
func meets(field, operator, value string) bool {
	switch c := compareValues(field, value); operator {
	case "like":
		return like(field, value)
	case "=":
		return c == 0
	case "!=", "<>":
		return c != 0
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	default:
		return c >= 0
	}
}

func compareValues(a, b string) int {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX == nil && errY == nil {
		return cmp.Compare(x, y)
	}
	return strings.Compare(a, b)
}

// like matches % with any characters and _ with one.
func like(text, pattern string) bool {
	t := []rune(text)
	// ends[i] says whether the pattern so far matches the first i characters.
	ends := make([]bool, len(t)+1)
	ends[0] = true
	for _, c := range pattern {
		if c == '%' {
			for i := 1; i < len(ends); i++ {
				ends[i] = ends[i] || ends[i-1]
			}
			continue
		}
		for i := len(t); i > 0; i-- {
			ends[i] = ends[i-1] && (c == '_' || c == t[i-1])
		}
		ends[0] = false
	}
	return ends[len(t)]
}

// orderBy sorts the rows. Rows without the column come last.
func (r *query) orderBy(columns string) error {
	type key struct {
		name string
		sign int
	}
	var keys []key
	for column := range strings.SplitSeq(columns, ",") {
		parts := orderForm().FindStringSubmatch(column)
		if parts == nil {
			return invalidQuery("Unsupported ORDER BY. This emulator understands names, each with ASC or DESC.")
		}
		if err := r.column(parts[1]); err != nil {
			return err
		}
		k := key{parts[1], 1}
		if strings.EqualFold(parts[2], "desc") {
			k.sign = -1
		}
		keys = append(keys, k)
	}
	slices.SortStableFunc(r.rows, func(a, b map[string]string) int {
		for _, k := range keys {
			x, inA := account.Field(a, k.name)
			y, inB := account.Field(b, k.name)
			switch {
			case inA && !inB:
				return -1
			case !inA && inB:
				return 1
			case inA:
				if c := k.sign * compareValues(x, y); c != 0 {
					return c
				}
			}
		}
		return 0
	})
	return nil
}

// pick makes the items of the answer.
func (r *query) pick(columns string) (listing, error) {
	type column struct{ name, as string }
	var wanted []column
	for part := range strings.SplitSeq(columns, ",") {
		names := columnForm().FindStringSubmatch(part)
		if names == nil {
			return listing{}, invalidQuery("Unsupported column. This emulator understands names alone.")
		}
		c := column{names[1], cmp.Or(names[2], names[1])}
		if c.name != "*" {
			if err := r.column(c.name); err != nil {
				return listing{}, err
			}
		}
		wanted = append(wanted, c)
	}
	return listing{len(r.rows), func(i int) any {
		row, item := r.rows[i], map[string]any{"links": []link{}}
		for _, c := range wanted {
			if c.name == "*" {
				for field, value := range row {
					item[strings.ToLower(field)] = value
				}
			} else if value, there := account.Field(row, c.name); there {
				item[strings.ToLower(c.as)] = value // a column that is null is left out, as NetSuite does
			}
		}
		return item
	}}, nil
}

// filterForm is one condition of the parameter q: field, operator, value (Oracle
// NetSuite Help, "Record Collection Filtering"). AND and OR are not supported.
var filterForm = text.Regexp(`(?s)^\s*([A-Za-z_]\w{0,63})\s+([A-Z_]{2,20})\s+(?:"([^"]*)"|(\S+))\s*$`)

// filterOperators compare a field with a value, both in lower case.
var filterOperators = map[string]func(field, value string) bool{
	"IS":          func(f, v string) bool { return f == v },
	"IS_NOT":      func(f, v string) bool { return f != v },
	"EQUAL":       func(f, v string) bool { return f == v },
	"CONTAIN":     strings.Contains,
	"START_WITH":  strings.HasPrefix,
	"END_WITH":    strings.HasSuffix,
	"CONTAIN_NOT": func(f, v string) bool { return !strings.Contains(f, v) },
}

// filter keeps the records that match the parameter q. It refuses what it does not
// support, because ignoring it would return wrong records.
func filter(x *exchange.Exchange, records []map[string]string) ([]map[string]string, exchange.Answer) {
	query := x.Request.URL.Query()
	if !query.Has("q") {
		return records, exchange.Answer{}
	}
	bad := func(detail string) ([]map[string]string, exchange.Answer) {
		return nil, x.Refused("api.query-invalid", detail, invalidParameter("q", detail))
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
