package account_test

import (
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/emulatortest"
)

// The two years of a mapping are NetSuite's, whatever the certificate says.
func TestShortenedValidity(t *testing.T) {
	der := emulatortest.Certify(t, emulatortest.Keys()["p-256"], 3650)
	integrations := map[string]*account.Integration{"c": {ClientID: "c"}}
	m, err := account.ParseMapping(account.Mapping{Certificate: der, ClientID: "c"}, integrations)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.ValidUntil.Sub(m.ValidFrom); got != account.MaxMappingValidity {
		t.Errorf("valid for %v", got)
	}
	for _, tt := range []struct {
		at   time.Time
		want string
	}{
		{m.ValidFrom.Add(-time.Second), "certificate.not-yet-valid"},
		{m.ValidFrom, ""},
		{m.ValidUntil.Add(-time.Second), ""},
		{m.ValidUntil, "certificate.expired"},
	} {
		if got, _ := m.Inactive(tt.at); got != tt.want {
			t.Errorf("at %v: %q, want %q", tt.at, got, tt.want)
		}
	}
}

// Changes are made one at a time, also where each takes a while: none is lost.
func TestNoChangeIsLost(t *testing.T) {
	shop := emulatortest.Register(t).Accounts[0]
	shop.Mappings = shop.Mappings[:1]
	byLabel, err := account.Index([]account.Account{shop}, emulatortest.Noon)
	if err != nil {
		t.Fatal(err)
	}
	a := byLabel["1234567"]
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			a.Change(func(next *account.Snapshot) bool {
				runtime.Gosched()
				next.Order = append(next.Order, next.Order[0])
				return true
			})
			a.Change(func(next *account.Snapshot) bool {
				next.Order = nil
				return false
			})
		})
	}
	wg.Wait()
	if n := len(a.Current().Order); n != 51 || len(a.Order) != 1 {
		t.Errorf("%d mappings, %d of the first version", n, len(a.Order))
	}
}

// Every permission that a record type needs is one that rolepermissions can show.
func TestPermissionsAreKnown(t *testing.T) {
	for name, kind := range account.RecordTypes() {
		if !slices.Contains(account.KnownPermissions(), kind.Permission) {
			t.Errorf("%s needs %q, which permissions.yaml lacks", name, kind.Permission)
		}
	}
	for _, p := range account.DefaultRole().Permissions {
		if !slices.Contains(account.KnownPermissions(), p) {
			t.Errorf("permissions.yaml lacks %q", p)
		}
	}
}

func TestTokensAreChecked(t *testing.T) {
	good := account.Token{Name: "t", ClientID: emulatortest.ClientID("main"), ID: "t1", Secret: "s"}
	for name, change := range map[string]func(*account.Token){
		"no ID": func(t *account.Token) { t.ID = "" }, "no secret": func(t *account.Token) { t.Secret = "" },
		"unknown integration": func(t *account.Token) { t.ClientID = "c" }, "duplicate": func(*account.Token) {},
	} {
		shop := emulatortest.Register(t).Accounts[0]
		other := good
		change(&other)
		shop.Tokens = []account.Token{good, other}
		if _, err := account.Index([]account.Account{shop}, emulatortest.Noon); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
