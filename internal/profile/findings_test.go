package profile

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

func TestFindings(t *testing.T) {
	good := map[string][]string{"account": {"1234567"}, "client-id": {validClientID}, "certificate-id": {validCertificateID}, "key": {"k.pem"}}
	with := func(changes map[string]string) map[string][]string {
		flags := maps.Clone(good)
		for name, value := range changes {
			if value == "" {
				delete(flags, name)
				continue
			}
			flags[name] = []string{value}
		}
		return flags
	}
	const foreign = "https://as.example/token"
	tests := []struct {
		name  string
		flags map[string][]string
		env   map[string]string
		want  []string // code, severity, and the evidence that matters
	}{
		{name: "all well", flags: good},
		{name: "nothing", want: []string{
			"profile.missing-value error name=account flag=--account env=NSAUTH_ACCOUNT",
			"profile.missing-value error name=client_id flag=--client-id env=NSAUTH_CLIENT_ID",
			"profile.missing-value error name=certificate_id flag=--certificate-id env=NSAUTH_CERTIFICATE_ID",
			"profile.missing-value error name=key flag=--key env=NSAUTH_KEY"}},
		{name: "variables that are slips", flags: with(map[string]string{"account": "", "client-id": "", "key": ""}), env: map[string]string{
			"NSAUTH_ACOUNT": "1234567", "NETSUITE_CLIENTID": validClientID, "NSAUTH_KEYS": "k.pem", "OTHER_ACCOUNT": "7654321"}, want: []string{
			"profile.missing-value error name=account found=NSAUTH_ACOUNT nearest=NSAUTH_ACCOUNT",
			"profile.missing-value error name=client_id found=NETSUITE_CLIENTID nearest=NETSUITE_CLIENT_ID",
			"profile.missing-value error name=key found=NSAUTH_KEYS nearest=NSAUTH_KEY"}},
		{name: "no slips of what is missing", flags: with(map[string]string{"account": ""}), env: map[string]string{
			"NSAUTH_CLIENTID": "x", "NSAUTH_MY_OWN": "y", "NSAUTH_\x1bACCOUNT": "z", "NETSUITE_ACCOUNT_ID": " "}, want: []string{
			"profile.missing-value error name=account flag=--account"}},
		{name: "unfamiliar account", flags: with(map[string]string{"account": "acme_x"}), want: []string{
			"profile.account-id-unfamiliar warning name=account source=flag --account value=ACME_X"}},
		{name: "client ID too short", flags: with(map[string]string{"client-id": "abc"}), want: []string{
			"profile.client-id-malformed warning name=client_id source=flag --client-id value=abc reason=length length=3"}},
		{name: "application ID", flags: with(map[string]string{"client-id": "1C61CD58-044D-497A-AA29-7A3E9A9BB924"}), want: []string{
			"profile.client-id-is-application-id error name=client_id value=1C61CD58-044D-497A-AA29-7A3E9A9BB924"}},
		{name: "certificate ID padded", flags: with(map[string]string{"certificate-id": validCertificateID + "="}), want: []string{
			"profile.certificate-id-malformed warning name=certificate_id reason=padded length=44"}},
		{name: "certificate ID starts with a dash", flags: with(map[string]string{"certificate-id": "-" + validCertificateID[1:]})},
		{name: "scopes", flags: with(map[string]string{"scope": "restlets mcp,rest_webservice"}), want: []string{
			"profile.scope-not-for-m2m error name=scope scope=mcp",
			"profile.scope-unknown warning name=scope scope=rest_webservice nearest=rest_webservices"}},
		{name: "algorithm", flags: with(map[string]string{"algorithm": "ps256"}), want: []string{
			"profile.algorithm-unknown error name=algorithm value=ps256 nearest=PS256"}},
		{name: "RS256 is known", flags: with(map[string]string{"algorithm": "RS256"})},
		{name: "http to this machine", flags: with(map[string]string{"api-url": "http://127.0.0.1:8080"}), want: []string{
			"profile.insecure-url info name=api_url reason=loopback"}},
		{name: "mixed", flags: with(map[string]string{"account": ""}), env: map[string]string{"NETSUITE_ACCOUNT_ID": "1234567"}, want: []string{
			"profile.mixed-sources warning count=2"}},
		{name: "both kinds of variable are one place", env: map[string]string{"NETSUITE_ACCOUNT_ID": "1234567", "NSAUTH_CLIENT_ID": validClientID,
			"NSAUTH_CERTIFICATE_ID": validCertificateID, "NETSUITE_PRIVATE_KEY_PATH": "k"}},
		{name: "repaired", flags: with(map[string]string{"client-id": " '" + validClientID + "'\n", "account": "https://1234567.app.netsuite.com/x"}), want: []string{
			"profile.value-repaired info name=account used=1234567 reason=url repairs=[url]",
			"profile.value-repaired info name=client_id reason=quotes repairs=[surrounding-space quotes]"}},
		{name: "blanks in a list are no repair", flags: with(map[string]string{"scope": " restlets, rest_webservices "})},
		{name: "foreign server: no shapes", flags: map[string][]string{"token-url": {foreign}, "client-id": {"me"}, "key": {"k"},
			"certificate-id": {"kid"}, "scope": {"openid"}, "account": {"acme"}}},
		{name: "foreign server: account and certificate ID are not needed", flags: map[string][]string{"token-url": {foreign}}, want: []string{
			"profile.missing-value error name=client_id", "profile.missing-value error name=key"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Resolve(Input{Flags: tt.flags, LookupEnv: env(tt.env), EnvNames: func() []string { return slices.Sorted(maps.Keys(tt.env)) }})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i, f := range p.Findings() {
				entry, ok := catalog.Lookup(f.Code)
				if !ok || entry.Owner != finding.CheckProfile {
					t.Errorf("%s is not a code of this check", f.Code)
				}
				if f.Message == "" {
					t.Errorf("%s has no message", f.Code)
				}
				line := fmt.Sprintf("%s %s", f.Code, f.Severity)
				if i < len(tt.want) {
					line += evidenceIn(tt.want[i], f.Evidence)
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// evidenceIn prints the evidence that want names, in the order of want.
func evidenceIn(want string, ev finding.Evidence) string {
	out := ""
	for _, key := range []string{"name", "flag", "env", "source", "scope", "count", "value", "used", "found", "nearest", "reason", "length", "repairs"} {
		if v, ok := ev[key]; ok && containsKey(want, key) {
			out += fmt.Sprintf(" %s=%v", key, v)
		}
	}
	return out
}

func containsKey(want, key string) bool {
	for i := 0; i+len(key)+2 <= len(want); i++ {
		if want[i:i+len(key)+2] == " "+key+"=" {
			return true
		}
	}
	return false
}

func TestMixedSourcesNamesEach(t *testing.T) {
	p, err := Resolve(Input{Flags: map[string][]string{"account": {"1234567"}}, ConfigPath: "/c/config.yaml",
		LookupEnv: env(map[string]string{"NSAUTH_KEY": "k"}),
		ReadFile:  files(map[string]string{"/c/config.yaml": "default_profile: p\nprofiles: {p: {client_id: x, cert: c}}"})})
	if err != nil {
		t.Fatal(err)
	}
	ev, mixed := p.mixedSources()
	want := finding.Evidence{"count": 3, "places": []string{"flags", "config.yaml, profile p", "environment"},
		"sources": []string{"account: flag --account", "client_id: config.yaml, profile p", "key: $NSAUTH_KEY", "cert: config.yaml, profile p"}}
	if diff := cmp.Diff(want, ev); !mixed || diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A new pair with its ID, all by flag, is tested before the profile changes. Less than
// that, or an account of the environment, is mixed.
func TestPairByFlags(t *testing.T) {
	const whole = "default_profile: p\nprofiles: {p: {account: '1234567', client_id: x, certificate_id: y, key: k, cert: c}}"
	pair := map[string][]string{"key": {"new"}, "cert": {"new"}, "certificate-id": {"z"}}
	for _, tt := range []struct {
		name, file, without string
		env                 map[string]string
		mixed               bool
	}{
		{name: "whole pair", file: whole},
		{name: "no key", file: whole, without: "key", mixed: true},
		{name: "no certificate", file: whole, without: "cert", mixed: true},
		{name: "no Certificate ID", file: whole, without: "certificate-id", mixed: true},
		{name: "account of the environment", file: "default_profile: p\nprofiles: {p: {client_id: x}}",
			env: map[string]string{"NSAUTH_ACCOUNT": "1234567"}, mixed: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			flags := maps.Clone(pair)
			delete(flags, tt.without)
			p, err := Resolve(Input{Flags: flags, ConfigPath: "c", LookupEnv: env(tt.env), ReadFile: files(map[string]string{"c": tt.file})})
			if err != nil {
				t.Fatal(err)
			}
			if _, mixed := p.mixedSources(); mixed != tt.mixed {
				t.Errorf("mixed %v, want %v", mixed, tt.mixed)
			}
		})
	}
}

func TestAccept(t *testing.T) {
	p, err := Resolve(Input{ConfigPath: "c", ReadFile: files(map[string]string{
		"c": "default_profile: p\nprofiles: {p: {accept: [certificate.expiring-soon, profile.mixed-sources]}}"})})
	if err != nil {
		t.Fatal(err)
	}
	if !p.Accepts("profile.mixed-sources") || p.Accepts("key.encrypted") {
		t.Error(p.List(FieldAccept))
	}
}
