package nsid_test

import (
	"os"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/nsid"
)

const sampleClientID = "1c343a71b3d1ee0a6c3b1e1c1d0f0ab1c343a71b3d1ee0a6c3b1e1c1d0f0ab12"

func TestClientIDShape(t *testing.T) {
	id := sampleClientID[:64]
	for in, want := range map[string]string{
		id:                                       "",
		"":                                       "blank",
		" \t\n":                                  "blank",
		id + "\n":                                "surrounding-space",
		" " + id:                                 "surrounding-space",
		"1C61CD58-044D-497A-AA29-7A3E9A9BB924":   "application-id",
		"1c61cd58-044d-497a-aa29-7a3e9a9bb924":   "application-id",
		"{1C61CD58-044D-497A-AA29-7A3E9A9BB924}": "application-id",
		strings.ToUpper(id):                      "upper-case",
		id[:63]:                                  "length",
		id + "0":                                 "length",
		id[:63] + "g":                            "characters",
		"my integration":                         "characters",
		id[:32] + "\n" + id[33:]:                 "characters",
	} {
		if got := nsid.ClientIDShape(in); got != want {
			t.Errorf("ClientIDShape(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCertificateIDShape(t *testing.T) {
	// The ID that Oracle prints beside its certificate.
	b, err := os.ReadFile("../../testdata/oracle/oracle-certificate-id.txt")
	if err != nil {
		t.Fatal(err)
	}
	id := strings.TrimSpace(string(b))
	hex := strings.Repeat("0a", 32)
	colons := strings.TrimSuffix(strings.Repeat("0A:", 32), ":")
	for in, want := range map[string]string{
		id:                                     "",
		"-" + id[1:]:                           "",
		"":                                     "blank",
		"  ":                                   "blank",
		id + " ":                               "surrounding-space",
		id + "=":                               "padded",
		strings.Replace(id, "-", "+", 1) + "=": "padded",
		strings.Replace(id, "-", "+", 1):       "characters",
		id[:42]:                                "length",
		id + "A":                               "length",
		id[:42] + "B":                          "not-canonical",
		"s.SYSTEM.2020_1":                      "netsuite-signing-key",
		"c.1234567.2026-01-18_02-18-17":        "netsuite-signing-key",
		"c.1234567_SB1.2026-01-18_02-18-17":    "netsuite-signing-key",
		hex:                                    "hex-fingerprint",
		colons:                                 "hex-fingerprint",
		"SHA256 Fingerprint=" + colons:         "hex-fingerprint",
		"sha256 Fingerprint=" + colons:         "hex-fingerprint",
		hex[:40]:                               "thumbprint",
		colons[:59]:                            "thumbprint",
		"2jmj7l5rSw0yVb_vlWAYkK_YBwk":          "thumbprint",
		"2jmj7l5rSw0yVb/vlWAYkK/YBwk=":         "thumbprint",
		"my certificate":                       "characters",
		"custom_certificate":                   "length",
	} {
		if got := nsid.CertificateIDShape(in); got != want {
			t.Errorf("CertificateIDShape(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestScopeShape(t *testing.T) {
	for in, want := range map[string]string{
		"restlets": "", "rest_webservices": "", "suite_analytics": "",
		"mcp": "not-for-m2m",
		"":    "unknown", "REST_WEBSERVICES": "unknown", "restlets rest_webservices": "unknown", "SuiteAnalytics": "unknown",
	} {
		if got := nsid.ScopeShape(in); got != want {
			t.Errorf("ScopeShape(%q) = %q, want %q", in, got, want)
		}
	}
	for _, s := range nsid.Scopes() {
		if nsid.ScopeShape(s) != "" {
			t.Errorf("scope %s is not among its own", s)
		}
	}
}
