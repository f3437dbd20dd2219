package netsuite_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/netsuite"
)

// Names returns the names of all customers. o may have a proxy or a root certificate.
func Names(ctx context.Context, accountID string, cr netsuite.Credentials, o netsuite.Options) ([]string, error) {
	account, err := netsuite.ParseAccount(accountID)
	if err != nil {
		return nil, err
	}
	o.TokenURL, o.APIURL, o.MaxConcurrent = account.TokenURL(), account.RESTURL(), 5
	o.Observe = func(e netsuite.Event) { slog.Info("netsuite", "event", e) }
	client, err := netsuite.New(o)
	if err != nil {
		return nil, err
	}
	defer client.CloseIdle()
	source, err := client.TokenSource(cr, netsuite.SourceOptions{Retry: netsuite.Retry{Max: 2}})
	if err != nil {
		return nil, err
	}
	session := client.NewSession(source, netsuite.Retry{Max: 3})

	query := netsuite.Request{Method: http.MethodPost, URL: "/services/rest/query/v1/suiteql?limit=1000",
		Header: http.Header{"Content-Type": {"application/json"}, "Prefer": {"transient"}},
		Body:   []byte(`{"q":"SELECT id, companyName FROM customer"}`)}
	var names []string
	for record, err := range session.Records(ctx, query) {
		var customer struct{ CompanyName string }
		if err == nil {
			err = json.Unmarshal(record, &customer)
		}
		if err != nil {
			return nil, fmt.Errorf("customers: %w", err)
		}
		names = append(names, customer.CompanyName)
	}
	return names, nil
}

// The program of docs/client.md is Names, which runs against the emulator.
func TestProductionExample(t *testing.T) {
	page, err := os.ReadFile("../docs/client.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("production_test.go")
	if err != nil {
		t.Fatal(err)
	}
	names := func(text []byte) string {
		_, text2, found := strings.Cut(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n// Names returns")
		body, _, ended := strings.Cut(text2, "\n}\n")
		if !found || !ended {
			t.Fatal("there is no function Names")
		}
		return body
	}
	if shown := names(page); shown != names(source) || strings.Count(shown, "\n") > 35 {
		t.Errorf("docs/client.md shows another function:\n%s", shown)
	}

	log := slog.Default()
	t.Cleanup(func() { slog.SetDefault(log) })
	var events strings.Builder
	slog.SetDefault(slog.New(slog.NewTextHandler(&events, nil)))
	s, done := standIn()
	defer done()
	got, err := Names(t.Context(), "1234567", netsuite.Credentials{ClientID: s.clientID, CertificateID: s.certificateID, Key: s.key},
		netsuite.Options{ConnectTo: s.address, RootCAs: s.roots})
	if err != nil || len(got) != 3 || got[0] == "" {
		t.Errorf("%q, %v", got, err)
	}
	if log := events.String(); !strings.Contains(log, "event.kind=renewed") || strings.Contains(log, "eyJ") {
		t.Error(log)
	}
}
