package api

import (
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
	"github.com/nsauth/nsauth/internal/emulator/exchange"
)

// A list that only grows has an end.
func TestMappingsHaveABound(t *testing.T) {
	shop := emulatortest.Register(t).Accounts[0]
	shop.Mappings = shop.Mappings[:1]
	byLabel, err := account.Index([]account.Account{shop}, emulatortest.Noon)
	if err != nil {
		t.Fatal(err)
	}
	a := byLabel["1234567"]
	revoked := *a.Order[0]
	revoked.Revoked = true
	for len(a.Order) < maxMappings {
		a.Order = append(a.Order, &revoked)
	}
	m := shop.Mappings[0]
	m.Certificate, _ = emulatortest.FreshCertificate(t, "p-256", 730)
	x := &exchange.Exchange{Now: emulatortest.Noon.Add(time.Hour)}
	if _, refused := admit(x, a, m); refused.Status == 0 || len(x.Verdict.Refusals) != 1 {
		t.Error("no bound")
	}
}
