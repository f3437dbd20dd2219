package server

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/api"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
)

// With many customers a list has many pages, which follow each other and leave
// out none; a query sees the same ones.
func TestManyCustomers(t *testing.T) {
	const more = 2500
	f := newFixture(t)
	f.config.Customers = more
	c := start(t, f.config)
	token := c.token(t, f.Genuine("rsa-3072", "PS256").Sign(t))
	for _, tt := range []struct{ method, url, body string }{
		{"GET", restURL + api.RecordPath + "customer", ""},
		{"POST", suiteqlURL, `{"q":"SELECT id FROM customer"}`},
	} {
		seen := map[string]bool{}
		pages := 0
		for url := tt.url; url != ""; pages++ {
			res := c.do(t, emulatortest.Request(t, tt.method, url, tt.body, "Authorization", "Bearer "+token, "Prefer", "transient", "Content-Type", "application/json"))
			var page struct {
				Links   []wireLink
				HasMore bool
				Items   []struct{ ID string }
				Total   int `json:"totalResults"`
			}
			if err := json.Unmarshal([]byte(res.Body), &page); err != nil || res.Status != 200 || page.Total != more+3 {
				t.Fatalf("status %d, total %d, %v", res.Status, page.Total, err)
			}
			for _, item := range page.Items {
				seen[item.ID] = true
			}
			url = ""
			for _, l := range page.Links {
				if l.Rel == "next" {
					url = l.Href
				}
			}
			if page.HasMore != (url != "") {
				t.Errorf("hasMore %v, next %q", page.HasMore, url)
			}
		}
		if pages != 3 || len(seen) != more+3 || !seen["107"] || !seen[fmt.Sprint(1_000_000+more-1)] {
			t.Errorf("%s: %d records on %d pages", tt.method, len(seen), pages)
		}
	}
	// A list ends after a thousand pages, and its total says that there is more.
	for _, tt := range []struct {
		query string
		more  bool
	}{{"?limit=1&offset=998", true}, {"?limit=1&offset=999", false}, {"?limit=2&offset=1996", true}, {"?limit=2&offset=1998", false}, {"?limit=5&offset=2495", true}} {
		var page struct {
			Links   []wireLink
			HasMore bool
			Total   int `json:"totalResults"`
		}
		res := c.get(t, token, restURL+api.RecordPath+"customer"+tt.query)
		if err := json.Unmarshal([]byte(res.Body), &page); err != nil || page.HasMore != tt.more || page.Total != more+3 {
			t.Errorf("%s: %+v, %v", tt.query, page, err)
		}
	}
	if res := c.get(t, token, fmt.Sprintf("%s%scustomer/%d", restURL, api.RecordPath, 1_000_000)); res.Status != 200 {
		t.Errorf("one of them: status %d", res.Status)
	}
	for _, n := range []int{-1, account.MaxCustomers + 1} {
		f.config.Customers = n
		if _, err := New(f.config); err == nil {
			t.Errorf("%d customers are made", n)
		}
	}
}
