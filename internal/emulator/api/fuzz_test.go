package api

import (
	"crypto/x509"
	"errors"
	"slices"
	"testing"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// FuzzUpload: what is taken as a certificate is exactly one that can be read, and
// nothing of the file but that.
func FuzzUpload(f *testing.F) {
	der := emulatortest.Certify(f, emulatortest.Keys()["p-256"], 730)
	for _, seed := range []string{emulatortest.PEM("CERTIFICATE", der), "\n" + emulatortest.PEM("CERTIFICATE", der) + "\n", emulatortest.PEM("CERTIFICATE", der) + emulatortest.PEM("CERTIFICATE", der),
		emulatortest.PEM("PRIVATE KEY", der), emulatortest.PEM("CERTIFICATE", der[:10]), "", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		x := new(exchange.Exchange)
		got, refused := readPEM(x, text)
		if refused.Status != 0 {
			if len(x.Verdict.Refusals) != 1 || got != nil {
				t.Fatalf("%v with %d bytes", x.Verdict.Refusals, len(got))
			}
			return
		}
		cert, err := x509.ParseCertificate(got)
		if err != nil || !slices.Equal(cert.Raw, got) {
			t.Fatalf("taken: %v", err)
		}
	})
}

// FuzzQuery: a query has an answer or one refusal, of bounded length, and never more
// than the role may see.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"SELECT id FROM customer", "select * from dual;", "SELECT CURRENT_DATE AS today FROM dual", "SELECT a, b c FROM vendor WHERE x",
		"SELECT unbilledorders FROM customer", "SELECT id FROM transaction", "SELECT FROM", "",
		"SELECT id FROM customer WHERE id > 107 AND email LIKE '%a_' ORDER BY id DESC, email FETCH FIRST 2 ROWS ONLY", "SELECT id FROM vendor WHERE id IS NOT NULL",
		"SELECT TO_CHAR(LoginAudit.date,'YYYY-MM-DD HH24:MI:SS') AS at, BUILTIN.DF(LoginAudit.user) u FROM LoginAudit WHERE LoginAudit.date > SYSDATE - 5/1440 AND detail IN ('a', 1)",
		"SELECT role.name FROM role WHERE role.id = 1012 ORDER BY role.id"} {
		f.Add(seed)
	}
	seen := account.Role{ID: 1, Permissions: []string{"Customers"}}
	f.Fuzz(func(t *testing.T, q string) {
		rows, err := runQuery(q, seen, emulatortest.Noon)
		var invalid *queryError
		if err != nil && (!errors.As(err, &invalid) || len(rows) > 0 || len(invalid.detail) > 300) {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		if invalid != nil {
			if !slices.Contains(verdict.Codes(), invalid.code) {
				t.Fatalf("no rule %q", invalid.code)
			}
		}
		if all, err := query1(new(Server), q, caller{auditor(), inside(), trail, emulatortest.Noon}); err != nil && len(all) > 0 {
			t.Fatalf("%d rows and %v", len(all), err)
		}
		for _, row := range rows {
			for _, value := range row {
				if value == "SO5001" || value == "Dunlin Paper" {
					t.Fatalf("a record that the role must not see: %v", row)
				}
			}
		}
	})
}
