package api

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
	"github.com/nsauth/nsauth/internal/text"
)

// queryError says why a query fails: the code of a rule, and NetSuite's words if they
// are known.
type queryError struct{ code, detail string }

func (e *queryError) Error() string { return e.detail }

func invalidQuery(detail string) error { return &queryError{"api.query-invalid", detail} }

// table is what a query reads: the records of a type, or a table of the account.
type table struct {
	name    string
	columns []string
	dates   []string          // of the columns
	hidden  map[string]string // columns that a query must not name, and NetSuite's reason
	length  int
	cell    func(row int, column string) value
	display func(row int, column string) value // of BUILTIN.DF; nil or null: as cell
}

// value is one of a table; the zero value is null.
type value struct {
	text string
	at   time.Time // of a date, without a zone
	set  bool
}

func textValue(s string) value { return value{text: s, set: s != ""} }

// written is how a value without TO_CHAR stands in an answer: a date without its time.
func (v value) written() string {
	if !v.at.IsZero() {
		return v.at.Format("1/2/2006")
	}
	return v.text
}

// query is one query and the rows that are left.
type query struct {
	*table
	now    time.Time // as SYSDATE, without a zone
	dfNull bool      // BUILTIN.DF in a WHERE finds nothing
	rows   []int
}

// runQuery answers a query. Its error is a *queryError.
func (s *Server) runQuery(q string, by caller) (listing, error) {
	parsed, err := parseQuery(q)
	if err != nil {
		return listing{}, err
	}
	from, err := s.tableFor(parsed.table, by)
	if err != nil {
		return listing{}, err
	}
	run := &query{table: from, now: s.sessionTime(by.now), dfNull: !s.accepts(verdict.HabitDFInWhere)}
	run.rows = make([]int, from.length)
	for i := range run.rows {
		run.rows[i] = i
	}
	for _, c := range parsed.where {
		if err := run.where(c); err != nil {
			return listing{}, err
		}
	}
	if err := run.orderBy(parsed.order, parsed.columns); err != nil {
		return listing{}, err
	}
	if parsed.first >= 0 {
		run.rows = run.rows[:min(parsed.first, len(run.rows))]
	}
	return run.pick(parsed.columns)
}

// check says why an expression cannot be evaluated, and whether it is a date.
func (r *query) check(e expr) (isDate bool, err error) {
	switch e.op {
	case opTime, opNow:
		return true, nil
	case opChar:
		if isDate, err := r.check(*e.of); err != nil || !isDate {
			return false, cmp.Or(err, invalidQuery("Invalid or unsupported search: TO_CHAR needs a date."))
		}
	case opColumn, opDF:
		if e.table != "" && e.table != r.name {
			return false, invalidQuery("Unknown identifier '" + e.table + "'. Available identifiers are: {" + r.name + "=" + r.name + "}.")
		}
		if reason := r.hidden[e.name]; reason != "" {
			return false, invalidQuery("Field '" + e.name + "' for record '" + r.name + "' was not found. Reason: " + reason + ".")
		}
		if !slices.Contains(r.columns, e.name) {
			return false, invalidQuery("Unknown identifier '" + e.name + "'. Available identifiers are: {" + r.name + "=" + r.name + "}.")
		}
		return e.op == opColumn && slices.Contains(r.dates, e.name), nil
	}
	return false, nil
}

// eval is the value of an expression that check accepted.
func (r *query) eval(e expr, row int) value {
	switch e.op {
	case opText:
		return value{text: e.text, set: true}
	case opTime:
		return value{at: e.at, set: true}
	case opNow:
		return value{at: r.now.Add(e.shift), set: true}
	case opChar:
		if v := r.eval(*e.of, row); v.set {
			return textValue(v.at.Format(e.layout))
		}
		return value{}
	case opDF:
		if r.display != nil {
			if v := r.display(row, e.name); v.set {
				return v
			}
		}
	}
	return r.cell(row, e.name)
}

// where keeps the rows that meet a condition. As in SQL, a null meets only IS NULL.
func (r *query) where(c condition) error {
	left, err := r.check(c.left)
	if err != nil {
		return err
	}
	if c.left.op == opText || c.left.op == opTime || c.left.op == opNow {
		return errUnsupported
	}
	for _, e := range c.right {
		right, err := r.check(e)
		switch {
		case err != nil:
			return err
		case e.op != opText && e.op != opTime && e.op != opNow:
			return errUnsupported // not a constant
		case left != right || left && (c.operator == "like" || c.operator == "in"):
			return invalidQuery("Invalid or unsupported search: a date is compared with another type.")
		}
	}
	r.rows = slices.DeleteFunc(r.rows, func(row int) bool {
		if c.left.op == opDF && r.dfNull {
			return true
		}
		v := r.eval(c.left, row)
		if c.operator == "null" {
			return v.set != c.not
		}
		met := slices.ContainsFunc(c.right, func(e expr) bool { return meets(v, c.operator, r.eval(e, row)) })
		return !v.set || met == c.not
	})
	return nil
}

// meets compares two dates as dates, two numbers as numbers, and everything else as text.
func meets(field value, operator string, other value) bool {
	switch c := compareValues(field, other); operator {
	case "like":
		return like(field.text, other.text)
	case "=", "in":
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

func compareValues(a, b value) int {
	if !a.at.IsZero() && !b.at.IsZero() {
		return a.at.Compare(b.at)
	}
	x, errX := strconv.ParseFloat(a.text, 64)
	y, errY := strconv.ParseFloat(b.text, 64)
	if errX == nil && errY == nil {
		return cmp.Compare(x, y)
	}
	return strings.Compare(a.text, b.text)
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

// orderBy sorts the rows. Nulls come last. A key is a column or an alias.
func (r *query) orderBy(keys []orderKey, columns []selected) error {
	for i, k := range keys {
		if at := slices.IndexFunc(columns, func(c selected) bool { return k.table == "" && c.as == k.name && c.as != "" }); at >= 0 {
			keys[i].expr = columns[at].expr
		}
		if _, err := r.check(keys[i].expr); err != nil {
			return err
		}
	}
	if len(keys) == 0 {
		return nil
	}
	slices.SortStableFunc(r.rows, func(a, b int) int {
		for _, k := range keys {
			x, y := r.eval(k.expr, a), r.eval(k.expr, b)
			switch c := compareValues(x, y); {
			case x.set && !y.set:
				return -1
			case !x.set && y.set:
				return 1
			case c != 0 && k.descending:
				return -c
			case c != 0:
				return c
			}
		}
		return 0
	})
	return nil
}

// pick makes the items of the answer.
func (r *query) pick(columns []selected) (listing, error) {
	var all []selected
	for i, c := range columns {
		if _, err := r.check(c.expr); err != nil {
			return listing{}, err
		}
		switch {
		case c.op == opStar:
			for _, name := range r.columns {
				all = append(all, selected{expr{op: opColumn, name: name}, name})
			}
			continue
		case c.as == "" && c.op == opColumn:
			c.as = c.name
		case c.as == "": // a guess
			c.as = "expr" + strconv.Itoa(i+1)
		}
		all = append(all, c)
	}
	return listing{len(r.rows), func(i int) any {
		item := map[string]any{"links": []link{}}
		for _, c := range all {
			if v := r.eval(c.expr, r.rows[i]); v.set { // a column that is null is left out, as NetSuite does
				item[c.as] = v.written()
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
