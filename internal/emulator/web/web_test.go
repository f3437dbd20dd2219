package web

import (
	"slices"
	"testing"

	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

// Every Detail that this server gives is explained on the page.
func TestEveryDetailHasAMeaning(t *testing.T) {
	for _, code := range verdict.Codes() {
		if detail := verdict.Refuse(code, "").Detail; detail != "" && meanings()[detail] == "" {
			t.Errorf("%s: Detail %s has no meaning", code, detail)
		}
	}
	if meanings()["NoSuchDetail"] != "" {
		t.Error("a Detail that does not exist has a meaning")
	}
}

// A log of full length is a page of bounded size.
func BenchmarkAuditPage(b *testing.B) {
	entries := slices.Repeat([]verdict.AuditEntry{{Account: "1234567", Status: "Failure", Detail: "MissingKey", RequestURI: "/services/rest/auth/oauth2/v1/token"}}, 1000)
	for b.Loop() {
		b.SetBytes(int64(len(render("audit-trail", logPage[verdict.AuditEntry]{Entries: entries, All: len(entries), Accounts: []string{"1234567"}, Limit: len(entries)}))))
	}
}
