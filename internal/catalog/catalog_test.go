package catalog_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/jwtgen"
	"github.com/nsauth/nsauth/internal/keys"
)

// promised are the codes that scripts may rely on. A code marked ° says "could
// not be verified" and gives the status unknown.
const promised = `
profile.   missing-value account-id-unfamiliar client-id-malformed client-id-is-application-id certificate-id-malformed
           scope-unknown scope-not-for-m2m algorithm-unknown insecure-url mixed-sources value-repaired placeholder
key.       unreadable not-a-private-key unparsable encrypted passphrase-wrong type-unsupported rsa-too-small rsa-size-unsupported
           exponent-unusual curve-unsupported explicit-parameters multiple-keys repaired readable-by-others in-git-work-tree
           public-key-unusable
certificate. unreadable not-a-certificate unparsable key-unsupported key-mismatch expired not-yet-valid expiring-soon
           validity-too-long sha1-signature repaired
certificate-id. mismatch belongs-to-other-file
assertion. malformed is-access-token alg-deprecated alg-unsupported alg-key-mismatch salt-length typ-unexpected crit-unsupported key-embedded
           placeholder reused kid-missing kid-malformed kid-is-script-id kid-is-thumbprint kid-mismatch issuer-missing issuer-malformed issuer-is-application-id issuer-mismatch
           audience-missing audience-mismatch audience-is-issuer expired issued-in-future not-before lifetime-too-long time-claim-invalid
           scope-missing scope-unknown scope-not-for-m2m scope-separator duplicate-member signature-invalid signature-encoding-der
           keys-unavailable° access-token-expired sign-command-failed sign-command-wrong
request.   parameter-missing parameter-repeated content-type client-authentication cookie wrong-method not-judged
           wrong-url client-secret-flow encoded-twice
network.   account-not-found dns-failure° unreachable° timeout° tls-untrusted tls-handshake tls-inspected proxy-refused
           proxy-auth-unsupported not-netsuite redirected
clock.     skewed sources-disagree unmeasured°
token.     server-error invalid-grant invalid-client invalid-request invalid-scope unauthorized-client unsupported-grant-type
           rate-limited° unavailable° unexpected-response
setup.     mapping-missing certificate-revoked integration-disabled integration-unknown grant-not-enabled scope-not-enabled
           features-disabled role-or-entity-inactive login-permission-missing sandbox-refreshed
role.      administrator scope-not-granted account-mismatch unreadable
api.       invalid-login permission-missing workbook-permission-missing record-not-visible query-invalid invalid-request not-found
           is-assertion redirected restlet-error pages-broken rate-limited° unavailable° unexpected-response
mapping.   not-listed revoked expired expiring-soon limit-near limit-reached unreadable°
audit-trail. entry no-entry
auditor.   refused° other-account° query-refused° unreadable°
internal.  panic° timed-out°
`

// promisedCodes maps each code to whether it gives unknown.
func promisedCodes(t *testing.T) map[finding.Code]bool {
	t.Helper()
	codes := map[finding.Code]bool{}
	family := ""
	for _, word := range strings.Fields(promised) {
		if strings.HasSuffix(word, ".") {
			family = word
			continue
		}
		name, unknown := strings.CutSuffix(word, "°")
		codes[finding.Code(family+name)] = unknown
	}
	if len(codes) < 100 {
		t.Fatalf("only %d codes read from the list", len(codes))
	}
	return codes
}

func TestCatalogHasExactlyThePromisedCodes(t *testing.T) {
	want := promisedCodes(t)
	seen := map[finding.Code]bool{}
	for _, e := range catalog.All() {
		if seen[e.Code] {
			t.Errorf("%s is in the catalog twice", e.Code)
		}
		seen[e.Code] = true
		unknown, ok := want[e.Code]
		if !ok {
			t.Errorf("%s is in the catalog and not promised", e.Code)
			continue
		}
		if got := e.Status == finding.Unknown; got != unknown {
			t.Errorf("%s: status %q, unknown wanted: %v", e.Code, e.Status, unknown)
		}
		if looked, ok := catalog.Lookup(e.Code); !ok || looked.Code != e.Code || looked.Message != e.Message {
			t.Errorf("Lookup(%s) = %q, %v", e.Code, looked.Code, ok)
		}
	}
	for code := range want {
		if !seen[code] {
			t.Errorf("%s is promised and not in the catalog", code)
		}
	}
	for _, code := range []finding.Code{"", "key", "key.", "key.nonsense", "nonsense.rsa-too-small"} {
		if _, ok := catalog.Lookup(code); ok {
			t.Errorf("Lookup(%q) found something", code)
		}
	}
}

// text is one text of an entry, with where it stands.
type text struct{ where, s string }

// texts lists every text of an entry, its variants' too.
func texts(e catalog.Entry) []text {
	all := []text{{"message", e.Message}, {"meaning", e.Meaning}, {"confirm", e.Confirm}}
	all = append(all, remedyTexts("", e.Remedy)...)
	for _, reason := range slices.Sorted(maps.Keys(e.Variants)) {
		v := e.Variants[reason]
		if v.Message != "" {
			all = append(all, text{"message of " + reason, v.Message})
		}
		if v.Meaning != "" {
			all = append(all, text{"meaning of " + reason, v.Meaning})
		}
		if v.Confirm != "" {
			all = append(all, text{"confirm of " + reason, v.Confirm})
		}
		if v.Remedy != nil {
			all = append(all, remedyTexts(" of "+reason, *v.Remedy)...)
		}
	}
	return all
}

func remedyTexts(of string, r finding.Remedy) []text {
	all := []text{{"summary" + of, r.Summary}}
	for _, s := range r.Steps {
		all = append(all, text{"step" + of, s})
	}
	return all
}

func TestEveryEntryIsComplete(t *testing.T) {
	checks := map[finding.CheckID]bool{finding.CheckProfile: true, finding.CheckKey: true, finding.CheckCertificate: true,
		finding.CheckCertificateID: true, finding.CheckAssertion: true, finding.CheckRequest: true, finding.CheckNetwork: true, finding.CheckClock: true,
		finding.CheckToken: true, finding.CheckFeatures: true, finding.CheckIntegration: true, finding.CheckRole: true,
		finding.CheckAPI: true, finding.CheckMapping: true, finding.CheckAuditTrail: true, finding.CheckSetup: true}
	status := map[finding.Severity]finding.Status{finding.Error: finding.Fail, finding.Warning: finding.Warn, finding.Info: finding.Pass}
	for _, e := range catalog.All() {
		for name, value := range map[string]string{"title": e.Title, "message": e.Message, "meaning": e.Meaning,
			"remedy summary": e.Remedy.Summary, "source": e.Source, "confirm": e.Confirm} {
			if strings.TrimSpace(value) == "" {
				t.Errorf("%s has no %s", e.Code, name)
			}
		}
		if e.Basis != finding.Official && e.Basis != finding.Observed && e.Basis != finding.Inferred {
			t.Errorf("%s: basis %q", e.Code, e.Basis)
		}
		if !checks[e.Owner] && !strings.HasPrefix(string(e.Code), "internal.") {
			t.Errorf("%s: owner %q", e.Code, e.Owner)
		}
		if want, ok := status[e.Severity]; !ok || e.Status != want && e.Status != finding.Unknown {
			t.Errorf("%s: severity %q with status %q", e.Code, e.Severity, e.Status)
		}
		if e.Refused && e.Severity == finding.Info {
			t.Errorf("%s is refused and only information", e.Code)
		}
		for reason, v := range e.Variants {
			if v.Message == "" && v.Severity == "" && v.Remedy == nil {
				t.Errorf("%s: variant %q changes nothing", e.Code, reason)
			}
		}
	}
}

// What is official says which page of Oracle, or which standard, documents it.
func TestOfficialNamesItsPage(t *testing.T) {
	documented := regexp.MustCompile(`Oracle NetSuite Help, page \w+_\w*\d|RFC \d+, section`)
	for _, e := range catalog.All() {
		official := e.Basis == finding.Official
		for _, v := range e.Variants {
			official = official || v.Basis == finding.Official
		}
		if official && !documented.MatchString(e.Source) {
			t.Errorf("%s is official, but its source names no page: %s", e.Code, e.Source)
		}
	}
}

// No page says what these rest on: nsauth measured it, or somebody reported it.
func TestMeasuredIsNotOfficial(t *testing.T) {
	for _, of := range []struct {
		code   finding.Code
		reason string
		want   finding.Basis
	}{
		{"assertion.malformed", "cut", finding.Observed},
		{"assertion.malformed", "base64-padding", finding.Official},
		{"certificate.key-unsupported", "explicit-parameters", finding.Observed},
		{"certificate.key-unsupported", "", finding.Official},
		{"key.explicit-parameters", "", finding.Observed},
		{"key.encrypted", "", finding.Observed},
		{"role.scope-not-granted", "", finding.Observed},
		{"api.invalid-login", "scope", finding.Observed},
		{"api.pages-broken", "loop", finding.Observed},
		{"api.pages-broken", "limit", finding.Official},
		{"api.unexpected-response", "html", finding.Observed},
		{"api.unexpected-response", "internal", finding.Official},
		{"token.server-error", "foreign-server", finding.Observed},
		{"token.invalid-grant", "foreign-server", finding.Official},
	} {
		if f := catalog.New(of.code, finding.Evidence{"reason": of.reason}); f.Basis != of.want {
			t.Errorf("%s %s is %s, want %s", of.code, of.reason, f.Basis, of.want)
		}
	}
}

// An inferred error would be a claim that nobody can check, unless it says why.
func TestSeverityFollowsCertainty(t *testing.T) {
	allowed := map[finding.Code]string{
		"assertion.salt-length":      "RFC 7518 forbids it",
		"assertion.crit-unsupported": "RFC 7515 forbids it",
		"request.parameter-repeated": "RFC 6749 forbids it",
		"certificate.not-yet-valid":  "RFC 5280: not valid yet",
	}
	for _, e := range catalog.All() {
		if strings.HasPrefix(string(e.Code), "token.") || strings.HasPrefix(string(e.Code), "setup.") {
			continue // what the server said, and causes that no check raises
		}
		if e.Severity == finding.Error && e.Basis == finding.Inferred && allowed[e.Code] == "" {
			t.Errorf("%s is an error and only inferred: make it a warning, or give the reason in allowed", e.Code)
		}
		if e.Refused && e.Basis == finding.Inferred && e.Severity == finding.Error {
			t.Errorf("%s: refused rests on inference", e.Code)
		}
	}
	for code, want := range map[finding.Code]finding.Severity{
		"certificate-id.mismatch": finding.Warning, "profile.client-id-malformed": finding.Warning,
		"profile.certificate-id-malformed": finding.Warning, "clock.skewed": finding.Warning,
		"profile.client-id-is-application-id": finding.Error, "key.rsa-too-small": finding.Error,
		"certificate.sha1-signature": finding.Info, "role.administrator": finding.Warning, "role.unreadable": finding.Info,
		"network.tls-inspected": finding.Info, "certificate.validity-too-long": finding.Warning,
	} {
		if f := catalog.New(code, nil); f.Severity != want {
			t.Errorf("%s is %s, want %s", code, f.Severity, want)
		}
	}
	for _, v := range []struct {
		code   finding.Code
		reason string
		want   finding.Severity
	}{
		{"assertion.lifetime-too-long", "over", finding.Error},
		{"assertion.lifetime-too-long", "exact", finding.Warning},
		{"assertion.audience-mismatch", "other-account", finding.Error},
		{"assertion.audience-mismatch", "restlets-host", finding.Warning},
		{"assertion.audience-mismatch", "connect-host", finding.Warning},
		{"clock.skewed", "ahead", finding.Warning},
		{"clock.skewed", "behind", finding.Warning},
		{"clock.skewed", "assertion-expired", finding.Error},
		{"api.workbook-permission-missing", "probe", finding.Info},
		{"profile.insecure-url", "loopback", finding.Info},
	} {
		if f := catalog.New(v.code, finding.Evidence{"reason": v.reason}); f.Severity != v.want {
			t.Errorf("%s (%s) is %s, want %s", v.code, v.reason, f.Severity, v.want)
		}
	}
}

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

// Every placeholder stands in an optional part or has a default word, so that a
// finding without evidence still reads as a sentence.
func TestPlaceholdersCanBeMissing(t *testing.T) {
	optional := regexp.MustCompile(`\[[^\]]*\]`)
	for _, e := range catalog.All() {
		for _, x := range texts(e) {
			for _, p := range placeholder.FindAllString(optional.ReplaceAllString(x.s, ""), -1) {
				if !strings.Contains(p, "|") {
					t.Errorf("%s, %s: %s has neither a default nor an optional part around it", e.Code, x.where, p)
				}
			}
			checkProse(t, fmt.Sprintf("%s, %s, no evidence", e.Code, x.where), catalog.Fill(x.s, nil))
			checkProse(t, fmt.Sprintf("%s, %s, all evidence", e.Code, x.where), catalog.Fill(x.s, allEvidence(x.s)))
		}
	}
}

// allEvidence gives every placeholder of s a value.
func allEvidence(s string) finding.Evidence {
	ev := finding.Evidence{}
	for _, p := range placeholder.FindAllString(s, -1) {
		name, _, _ := strings.Cut(strings.Trim(p, "{}"), "|")
		ev[name] = "value"
	}
	return ev
}

func checkProse(t *testing.T, where, s string) {
	t.Helper()
	if strings.ContainsAny(s, "{}[]\x00") {
		t.Errorf("%s: a placeholder is left: %q", where, s)
	}
	if strings.Contains(s, "  ") || s != strings.TrimSpace(s) || strings.Contains(s, " ,") || strings.Contains(s, " ;") {
		t.Errorf("%s: stray space: %q", where, s)
	}
	for _, word := range []string{"simply", "just ", "obviously", "you forgot", "please check"} {
		if strings.Contains(strings.ToLower(s), word) {
			t.Errorf("%s: says %q", where, word)
		}
	}
	if strings.Contains(s, "2024") {
		t.Errorf("%s: a date that is not certain: %q", where, s)
	}
	if i := strings.Index(s, "March 2025"); i >= 0 && !strings.Contains(s, "March 2025 by the best public evidence") {
		t.Errorf("%s: the date is not certain: %q", where, s)
	}
}

func TestMessagesAreShortClauses(t *testing.T) {
	const limit = 200
	for _, e := range catalog.All() {
		for _, x := range texts(e) {
			isMessage := strings.HasPrefix(x.where, "message")
			s := catalog.Fill(x.s, nil)
			switch {
			case isMessage && len(s) > limit:
				t.Errorf("%s, %s: %d characters: %q", e.Code, x.where, len(s), s)
			case isMessage && strings.HasSuffix(s, "."):
				t.Errorf("%s, %s ends in a full stop: %q", e.Code, x.where, s)
			case isMessage && unicode.IsUpper(rune(s[0])) && !upperStart[strings.Fields(s)[0]]:
				t.Errorf("%s, %s begins with a capital: %q", e.Code, x.where, s)
			case strings.HasPrefix(x.where, "meaning") && !strings.HasSuffix(s, "."):
				t.Errorf("%s, %s is no sentence: %q", e.Code, x.where, s)
			case len(s) > 450:
				t.Errorf("%s, %s: %d characters", e.Code, x.where, len(s))
			}
		}
	}
}

// A title begins with a capital, but for the names of claims, errors and programs,
// which are written as they are.
func TestTitles(t *testing.T) {
	names := map[string]bool{"kid": true, "iss": true, "aud": true, "scope": true, "typ": true, "iat": true, "nbf": true, "nsauth": true}
	for _, e := range catalog.All() {
		for _, title := range append([]string{e.Title}, variantTitles(e)...) {
			if first, _, _ := strings.Cut(title, " "); !unicode.IsUpper(rune(title[0])) && !names[first] && !strings.Contains(first, "_") {
				t.Errorf("%s: %q", e.Code, title)
			}
		}
	}
}

func variantTitles(e catalog.Entry) []string {
	var titles []string
	for _, v := range e.Variants {
		if v.Title != "" {
			titles = append(titles, v.Title)
		}
	}
	return titles
}

// upperStart are words that are written with a capital anyway.
var upperStart = map[string]bool{"NetSuite": true, "NetSuite's": true, "TLS": true, "OAUTH": true, "Client": true}

func TestLinksPathsAndCommands(t *testing.T) {
	doc := regexp.MustCompile(`^https://(docs\.oracle\.com/en/cloud/saas/netsuite/ns-online-help/[a-z]+_[0-9A-Za-z]+\.html|www\.rfc-editor\.org/rfc/rfc[0-9]+|status\.netsuite\.com)$`)
	programs := map[string]bool{"nsauth": true, "openssl": true, "ls": true, "id": true, "date": true, "chmod": true, "cp": true,
		"curl": true, "nslookup": true, "ssh-keygen": true, "puttygen": true, "keytool": true, "git": true, "icacls": true, "whoami": true, "az": true, "aws": true, "gcloud": true, "vault": true,
		"sops": true, "age": true, "ansible-vault": true, "op": true, "bw": true, "git-crypt": true}
	commands := map[string]bool{"keycheck": true, "certgen": true, "profile": true, "jwt": true, "doctor": true, "explain": true, "auditor": true, "call": true}
	check := func(where string, r finding.Remedy) {
		for _, d := range r.Docs {
			if !doc.MatchString(d) {
				t.Errorf("%s: link %q", where, d)
			}
		}
		if r.UIPath != nil && !strings.HasPrefix(*r.UIPath, "Setup > ") && !strings.HasPrefix(*r.UIPath, "Lists > Employees > ") {
			t.Errorf("%s: menu path %q", where, *r.UIPath)
		}
		if r.UIURL != nil && (!strings.HasPrefix(*r.UIURL, "/app/") || r.UIPath == nil) {
			t.Errorf("%s: ui_url %q", where, *r.UIURL)
		}
		for _, argv := range r.Commands {
			if len(argv) == 0 || !programs[argv[0]] || argv[0] == "nsauth" && !commands[argv[1]] {
				t.Errorf("%s: command %q", where, argv)
			}
			// openssl pkey -text prints the private key itself.
			if argv[0] == "openssl" && argv[1] != "x509" && slices.Contains(argv, "-text") {
				t.Errorf("%s: %q prints a secret", where, argv)
			}
		}
	}
	for _, e := range catalog.All() {
		check(string(e.Code), e.Remedy)
		for reason, v := range e.Variants {
			if v.Remedy != nil {
				check(string(e.Code)+" "+reason, *v.Remedy)
			}
		}
	}
}

// details are the values that Oracle documents for the Login Audit Trail and that
// a client credentials integration can get.
const details = `UnsupportedAlgo MissingKeyId MissingKey SignatureValidation InvalidSignature TokenValidityTooBroad
TokenNotAcceptable TokenExpired AccessTokenExpired InvalidIssuer InvalidIntegration ScopeMismatched InvalidScope
IntegrationBlocked FeatureDisabled EntityOrRoleDisabled AuthorizationCodeGrantRequired TokenRejected TokenBlocked
InvalidTokenType UnknownIntegration`

func TestAuditDetailsAreOracles(t *testing.T) {
	used := map[string]bool{}
	for _, e := range catalog.All() {
		for _, d := range e.AuditDetails {
			if !slices.Contains(strings.Fields(details), d) {
				t.Errorf("%s: Detail %q is not documented", e.Code, d)
			}
			used[d] = true
		}
	}
	for _, d := range strings.Fields(details) {
		if !used[d] {
			t.Errorf("no entry has the Detail %s", d)
		}
	}
	listed := map[string]bool{}
	for _, d := range catalog.Details() {
		lower := strings.ToLower(d.Name)
		if listed[lower] || d.Means == "" || len(d.Flows) == 0 {
			t.Errorf("Detail %s: %+v", d.Name, d)
		}
		listed[lower] = true
		if d.Of(catalog.FlowClientCredentials) != slices.Contains(strings.Fields(details), d.Name) || used[d.Name] != (len(d.Codes) > 0) {
			t.Errorf("Detail %s: flows %v, causes %v", d.Name, d.Flows, d.Codes)
		}
		for _, code := range d.Codes {
			if e, _ := catalog.Lookup(code); !slices.Contains(e.AuditDetails, d.Name) {
				t.Errorf("Detail %s stands for %s, which does not name it", d.Name, code)
			}
		}
	}
	if d, ok := catalog.LookupDetail(" missingkeyid\n"); !ok || d.Name != "MissingKeyId" {
		t.Errorf("missingkeyid is %+v", d)
	}
	if d, ok := catalog.LookupDetail("Invalid client credentials"); ok {
		t.Errorf("a text that is none of Oracle's is %+v", d)
	}
}

// Oracle's table of Details names no flow, but for the signature and the validity of a
// token. What a Detail means for an assertion is inferred, unless the page names the very
// box or feature.
func TestReadingsOfClientCredentialsAreInferred(t *testing.T) {
	named := []string{"FeatureDisabled", "ScopeMismatched"}
	for _, n := range catalog.Names() {
		if n.Family != catalog.FamilyAudit {
			continue
		}
		for _, r := range n.Readings {
			if r.Where != catalog.ClientCredentials || strings.HasPrefix(r.Meaning, "Oracle lists it") || slices.Contains(named, n.Name) {
				continue
			}
			if r.Basis != finding.Inferred {
				t.Errorf("%s: %q is %s", n.Name, r.Meaning, r.Basis)
			}
		}
	}
}

// The faults of an assertion come with reasons; the catalog has words for each.
func TestAssertionReasonsHaveWords(t *testing.T) {
	plain := map[string]bool{"": true, "absent": true, "other": true, "over": true, "key-type": true, "application-id": true, "thumbprint": true, "script-id": true, "origin": true, "system-host": true, "not-checked": true}
	for _, k := range jwtgen.Kinds() {
		e, ok := catalog.Lookup("assertion." + finding.Code(k.Kind))
		if !ok {
			t.Errorf("assertion.%s has no entry", k.Kind)
			continue
		}
		for _, reason := range k.Reasons {
			if _, ok := e.Variants[reason]; !ok && !plain[reason] {
				t.Errorf("assertion.%s has no words for %q", k.Kind, reason)
			}
		}
	}
}

// What a file is instead of a key is its title: "damaged, or of another format" is
// for what nobody knows.
func TestFilesAreCalledByTheirNames(t *testing.T) {
	for _, code := range []finding.Code{"key.unparsable", "certificate.unparsable"} {
		e, _ := catalog.Lookup(code)
		for reason, v := range e.Variants {
			if said, _ := catalog.Said(code, finding.Evidence{"reason": reason}); v.Title == "" || said.Title != v.Title {
				t.Errorf("%s %s is titled %q", code, reason, said.Title)
			}
		}
	}
	if said, _ := catalog.Said("key.unparsable", finding.Evidence{"reason": "putty"}); said.Confirm == "" || strings.Contains(said.Confirm, "openssl") {
		t.Errorf("a PuTTY key is to be looked at with: %s", said.Confirm)
	}
	for _, r := range keys.Repairs() {
		f := catalog.New("key.repaired", finding.Evidence{"reason": "utf-16", "also": []string{string(r)}})
		if strings.Contains(f.Message, "unknown") || strings.Contains(f.Message, "; also: "+string(r)) && strings.Contains(string(r), "-") {
			t.Errorf("%s has no words: %s", r, f.Message)
		}
	}
}

func TestFindingsAreFresh(t *testing.T) {
	f := catalog.New("key.rsa-too-small", nil)
	f.Remedy.Steps[0], *f.Remedy.UIPath = "changed", "changed"
	if again := catalog.New("key.rsa-too-small", nil); again.Remedy.Steps[0] == "changed" || *again.Remedy.UIPath == "changed" {
		t.Error("a finding shares its remedy with the next one")
	}
}

func TestPlaceIsTheOrderOfTheCatalog(t *testing.T) {
	last := -1
	for _, e := range catalog.All() {
		if at := catalog.Place(e.Code); at <= last {
			t.Errorf("%s is at %d, behind %d", e.Code, at, last)
		} else {
			last = at
		}
	}
	for _, code := range []finding.Code{"", "assertion.", "assertion.none", "other.code"} {
		if catalog.Place(code) <= last {
			t.Errorf("%q has a place", code)
		}
	}
}
