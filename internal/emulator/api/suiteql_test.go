package api

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
)

// runQuery answers a query with all its rows.
func runQuery(q string, role account.Role, now time.Time) ([]map[string]any, error) {
	return query1(new(Server), q, caller{role: role, account: inside(), now: now})
}

func query1(s *Server, q string, by caller) ([]map[string]any, error) {
	rows, err := s.runQuery(q, by)
	var items []map[string]any
	for i := range rows.length {
		items = append(items, rows.item(i).(map[string]any))
	}
	return items, err
}

func TestQueries(t *testing.T) {
	role := account.DefaultRole()
	for _, tt := range []struct{ q, ids string }{
		{"SELECT id FROM customer", "107 108 109"},
		{"select id from customer where companyName = 'Brightwater GmbH'", "108"},
		{"SELECT id FROM customer WHERE companyname != 'Brightwater GmbH' AND id > 107", "109"},
		{"SELECT id FROM customer WHERE id<>'108'\n and id <= 108;", "107"},
		{"SELECT id FROM customer WHERE id >= 9", "107 108 109"}, // numbers, not texts
		{"SELECT id FROM customer WHERE id < 107.5", "107"},
		{"SELECT id FROM customer WHERE email LIKE '%@%.example' AND companyName LIKE '_lder%'", "107"},
		{"SELECT id FROM customer WHERE companyName LIKE '%, Inc.'", "109"},
		{"SELECT id FROM customer WHERE companyName LIKE ''", ""},
		{"SELECT id FROM customer WHERE companyName = 'it''s'", ""},
		{"SELECT id FROM customer WHERE email IS NULL", ""},
		{"SELECT id FROM customer WHERE email IS NOT NULL ORDER BY id DESC", "109 108 107"},
		{"SELECT id FROM customer ORDER BY companyName DESC, id FETCH FIRST 2 ROWS ONLY", "109 108"},
		{"SELECT id FROM customer FETCH NEXT 1 ROW ONLY", "107"},
		{"SELECT id FROM customer FETCH FIRST 0 ROWS ONLY", ""},
		{"SELECT id FROM customer WHERE id IN (107, '109') AND customer.id NOT IN (109)", "107"},
		{"SELECT Customer.id FROM CUSTOMER WHERE email NOT LIKE '%brightwater%' ORDER BY customer.id DESC", "109 107"},
		{"SELECT email AS e, id FROM customer WHERE id != -5 ORDER BY e", "107 109 108"},
	} {
		rows, err := runQuery(tt.q, role, emulatortest.Noon)
		var ids []string
		for _, row := range rows {
			ids = append(ids, fmt.Sprint(row["id"]))
		}
		if got := strings.Join(ids, " "); err != nil || got != tt.ids {
			t.Errorf("%s: %q, %v, want %q", tt.q, got, err, tt.ids)
		}
	}
	// The rows of every account stay as they were.
	if !slices.IsSortedFunc(account.RecordTypes()["customer"].Records, func(a, b map[string]string) int { return strings.Compare(a["id"], b["id"]) }) ||
		len(account.RecordTypes()["customer"].Records) != 3 {
		t.Error("a query changed the records")
	}
	for _, tt := range []struct{ q, code string }{
		{"SELECT id FROM customer WHERE nosuch = 1", "api.query-invalid"},
		{"SELECT id FROM customer WHERE unbilledorders = 1", "api.query-invalid"},
		{"SELECT id FROM customer ORDER BY nosuch", "api.query-invalid"},
		{"SELECT id FROM customer WHERE id = 1 OR id = 2", "api.query-invalid"},
		{"SELECT id FROM customer WHERE id = 1 AND", "api.query-invalid"},
		{"SELECT id FROM customer WHERE id = 1id = 2", "api.query-invalid"},
		{"SELECT id FROM customer WHERE", "api.query-invalid"},
		{"SELECT id FROM customer WHERE email LIKE5", "api.query-invalid"},
		{"SELECT id FROM customer, vendor", "api.query-invalid"},
		{"SELECT COUNT(*) FROM customer", "api.query-invalid"},
		{"SELECT id FROM customer ORDER BY 1", "api.query-invalid"},
		{"SELECT id FROM transaction WHERE id = 5001", "api.record-not-visible"},
	} {
		rows, err := runQuery(tt.q, role, emulatortest.Noon)
		var invalid *queryError
		if !errors.As(err, &invalid) || invalid.code != tt.code || rows != nil {
			t.Errorf("%s: %v, %v, want %s", tt.q, rows, err, tt.code)
		}
	}
}
