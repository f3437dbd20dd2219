package nsid_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nsauth/nsauth/internal/nsid"
)

func TestParseAccount(t *testing.T) {
	production := nsid.Account{ID: "1234567", Label: "1234567", Kind: nsid.Production}
	sandbox := nsid.Account{ID: "1234567_SB1", Label: "1234567-sb1", Kind: nsid.Sandbox}
	preview := nsid.Account{ID: "1234567_RP", Label: "1234567-rp", Kind: nsid.ReleasePreview}
	driver := nsid.Account{ID: "TSTDRV1234567", Label: "tstdrv1234567", Kind: nsid.Demo}
	trial := nsid.Account{ID: "TD1234567", Label: "td1234567", Kind: nsid.Demo}
	long := strings.Repeat("a", 63)
	for in, want := range map[string]nsid.Account{
		"1234567":       production,
		"123456":        {ID: "123456", Label: "123456", Kind: nsid.Production},
		"1234567_SB1":   sandbox,
		"1234567-sb1":   sandbox,
		"1234567_sb1":   sandbox,
		"1234567-SB1":   sandbox,
		"1234567_SB12":  {ID: "1234567_SB12", Label: "1234567-sb12", Kind: nsid.Sandbox},
		"1234567_RP":    preview,
		"1234567-rp":    preview,
		"TSTDRV1234567": driver,
		"tstdrv1234567": driver,
		"TD1234567":     trial,
		"td1234567":     trial,

		"https://1234567-sb1.suitetalk.api.netsuite.com":                                    sandbox,
		"https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token": sandbox,
		"HTTPS://1234567-SB1.APP.NetSuite.com:443/app/center/card.nl?sc=-29&whence=#x":      sandbox,
		"http://1234567.restlets.api.netsuite.com/":                                         production,
		"1234567.connect.api.netsuite.com":                                                  production,
		"tstdrv1234567.app.netsuite.com/app/login/secure":                                   driver,

		"acme":        {ID: "ACME", Label: "acme", Kind: nsid.Unfamiliar},
		"12":          {ID: "12", Label: "12", Kind: nsid.Unfamiliar},
		"1234567_XX1": {ID: "1234567_XX1", Label: "1234567-xx1", Kind: nsid.Unfamiliar},
		long:          {ID: strings.ToUpper(long), Label: long, Kind: nsid.Unfamiliar},
	} {
		got, err := nsid.ParseAccount(in)
		if err != nil {
			t.Errorf("ParseAccount(%q): %v", in, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ParseAccount(%q): %s", in, diff)
		}
	}
}

// refusals are values that must not become part of a host name.
var refusals = map[string]string{
	"":                                     "empty",
	"evil.example/":                        "foreign-host",
	"x@evil.example#":                      "foreign-host",
	"1234567.evil.example":                 "foreign-host",
	"https://evil.example":                 "foreign-host",
	"https://evil.example/1234567":         "foreign-host",
	"https://1234567":                      "foreign-host",
	"ftp://1234567.app.netsuite.com":       "foreign-host",
	"//1234567.app.netsuite.com":           "foreign-host",
	"https://u:p@1234567.app.netsuite.com": "foreign-host",
	"https://evil.example#.suitetalk.api.netsuite.com":   "foreign-host",
	"https://evil.example/.suitetalk.api.netsuite.com":   "foreign-host",
	"https://evil.example?.suitetalk.api.netsuite.com":   "foreign-host",
	`https://evil.example\.suitetalk.api.netsuite.com`:   "foreign-host",
	"https://evil.example:80.suitetalk.api.netsuite.com": "foreign-host",
	"https://1234567.app.netsuite.com:8443/":             "generic-host",
	"https://1234567.app.netsuite.com.evil.example/":     "foreign-host",
	"https://1234567.app.netsuite.com@evil.example/":     "foreign-host",
	"https://1234567.app.evilnetsuite.com":               "foreign-host",
	"https://a.b.app.netsuite.com":                       "generic-host",
	"https://1234567_SB1.app.netsuite.com":               "foreign-host",
	"https://system.netsuite.com/app":                    "generic-host",
	"rest.netsuite.com":                                  "generic-host",
	"netsuite.com":                                       "generic-host",
	"1234567\n":                                          "characters",
	"\n1234567":                                          "characters",
	"1234567\r\nHost: evil.example":                      "characters",
	"1234567\x00":                                        "characters",
	" 1234567":                                           "characters",
	"1234567 ":                                           "characters",
	"123 4567":                                           "characters",
	"１２３４５６７":                                            "characters", // full-width digits
	"١٢٣٤٥٦٧":                                            "characters", // Arabic digits
	"1234567_ſB1":                                        "characters", // folds to S
	"1234567_SB1\u200b":                                  "characters",
	"1234567_SB1_SB2":                                    "characters",
	"1234567__SB1":                                       "characters",
	"_1234567":                                           "characters",
	"1234567_":                                           "characters",
	"-":                                                  "characters",
	"a/b":                                                "characters",
	"a@b":                                                "characters",
	"a#b":                                                "characters",
	"a?b":                                                "characters",
	"a:80":                                               "characters",
	"a%2eb":                                              "characters",
	`a\b`:                                                "characters",
	"[::1]":                                              "characters",
	strings.Repeat("1", 64):                              "too-long",
	strings.Repeat("1", 1<<20):                           "too-long",
	"https://" + strings.Repeat("a", 64) + ".app.netsuite.com": "too-long",
}

func TestParseAccountRefuses(t *testing.T) {
	for in, reason := range refusals {
		got, err := nsid.ParseAccount(in)
		var refused *nsid.AccountError
		if !errors.As(err, &refused) {
			t.Errorf("ParseAccount(%.80q) = %+v, %v; want an AccountError", in, got, err)
			continue
		}
		if refused.Reason != reason || refused.Value != in {
			t.Errorf("ParseAccount(%.80q): reason %s, want %s", in, refused.Reason, reason)
		}
		if got != (nsid.Account{}) {
			t.Errorf("ParseAccount(%.80q) gives an account beside the error: %+v", in, got)
		}
		if text := err.Error(); len(text) > 300 || strings.ContainsAny(text, "\n\r\x00") {
			t.Errorf("ParseAccount(%.80q): unfit error text %q", in, text)
		}
	}
}

func TestAccountErrorKeepsSecretsOut(t *testing.T) {
	pasted := "eyJhbGciOiJQUzI1NiJ9.eyJpc3MiOiJjbGllbnQifQ." + strings.Repeat("c2lnbmF0dXJl", 8)
	if _, err := nsid.ParseAccount(pasted); err == nil || strings.Contains(err.Error(), pasted[:20]) {
		t.Errorf("error text repeats a pasted token: %v", err)
	}
}

func TestAccountHosts(t *testing.T) {
	a, err := nsid.ParseAccount("1234567_SB1")
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		a.RESTHost():                  "1234567-sb1.suitetalk.api.netsuite.com",
		a.RESTletHost():               "1234567-sb1.restlets.api.netsuite.com",
		a.AppHost():                   "1234567-sb1.app.netsuite.com",
		a.ConnectHost():               "1234567-sb1.connect.api.netsuite.com",
		a.RESTURL():                   "https://1234567-sb1.suitetalk.api.netsuite.com",
		a.TokenURL():                  "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token",
		a.CertificatesURL("1c34"):     "https://1234567-sb1.restlets.api.netsuite.com/services/rest/auth/oauth2/v1/clients/1c34/certificates",
		a.CertificatesURL("../x?y#z"): "https://1234567-sb1.restlets.api.netsuite.com/services/rest/auth/oauth2/v1/clients/..%2Fx%3Fy%23z/certificates",
		a.String():                    "1234567_SB1",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if !a.IsSandbox() {
		t.Error("1234567_SB1 is not taken for a sandbox")
	}
	for host, want := range map[string]bool{
		"1234567-sb1.suitetalk.api.netsuite.com":     true,
		"1234567-SB1.Restlets.API.netsuite.com":      true,
		"1234567.suitetalk.api.netsuite.com":         false,
		"1234567-sb2.suitetalk.api.netsuite.com":     false,
		"x.1234567-sb1.suitetalk.api.netsuite.com":   false,
		"1234567-sb1.suitetalk.api.netsuite.com:443": false,
		"1234567-sb1.suitetalk.api.netsuite.com.":    false,
		".suitetalk.api.netsuite.com":                false,
		"":                                           false,
	} {
		if got := a.OwnsHost(host); got != want {
			t.Errorf("OwnsHost(%q) = %t", host, got)
		}
	}
	if (nsid.Account{}).OwnsHost(".app.netsuite.com") {
		t.Error("no account owns a host")
	}
}

var safeHost = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)?(\.[a-z0-9-]+)*\.netsuite\.com$`)

func FuzzParseAccount(f *testing.F) {
	seeds := 0
	for in := range refusals {
		f.Add(in)
		seeds++
	}
	for _, in := range []string{"1234567_SB1", "1234567-sb1", "TSTDRV1234567", "https://1234567-sb1.suitetalk.api.netsuite.com/x"} {
		f.Add(in)
		seeds++
	}
	if seeds < 40 {
		f.Fatalf("only %d seeds", seeds)
	}
	f.Fuzz(func(t *testing.T, in string) {
		a, err := nsid.ParseAccount(in)
		if err != nil {
			if refused := (*nsid.AccountError)(nil); !errors.As(err, &refused) || refused.Reason == "" {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		for _, host := range a.Hosts() {
			if !safeHost.MatchString(host) || len(host) > 253 || len(a.Label) > 63 {
				t.Fatalf("%q gives the host %q", in, host)
			}
		}
		// Both spellings stand for the same account.
		for _, again := range []string{a.ID, a.Label, a.TokenURL(), a.AppHost()} {
			if b, err := nsid.ParseAccount(again); err != nil || b != a {
				t.Fatalf("%q gives %+v, and %q gives %+v, %v", in, a, again, b, err)
			}
		}
	})
}
