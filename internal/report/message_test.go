package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
)

// messageClasses are saved reports of demos, one for each way in which an integration
// ends: testdata/message has them.
var messageClasses = []string{"set", "local", "api", "network", "pass"}

func savedReport(t *testing.T, class string) *finding.Report {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "message", class+".json"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := finding.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func messageTo(reader string, r *finding.Report, masked bool) string {
	var b bytes.Buffer
	if err := Message(&b, r, reader, TextOptions{MaskIDs: masked}); err != nil {
		panic(err)
	}
	return b.String()
}

func TestMessageGolden(t *testing.T) {
	for _, class := range messageClasses {
		for _, reader := range Readers() {
			golden(t, "message/"+class+"-"+reader+".txt", []byte(messageTo(reader, savedReport(t, class), true)))
		}
	}
}

// Each reader finds what this reader needs, and not what is for another one.
func TestMessageHasWhatItsReaderNeeds(t *testing.T) {
	mapping, roles, trail := catalog.Menu("mapping"), catalog.Menu("roles"), catalog.Menu("login-audit-trail")
	const (
		post      = "POST https://<account>.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"
		claims    = "iss <client-id> aud https://<account>.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token scope rest_webservices iat 17960"
		mappingAt = "https://<account>.app.netsuite.com/app/oauth2/clientcredentials/setup.nl"
		second    = "2026-11-30 09:0"
	)
	for _, tt := range []struct {
		class, reader string
		want, not     []string
	}{
		{"set", ReaderAdmin, []string{"1. " + mapping, mappingAt, "a) Is there a row with the Certificate ID <certificate-id>?", trail, "At " + second, "HTTP 500", "such as 1a"},
			[]string{post, "iss ", "PS256"}},
		{"set", ReaderDeveloper, []string{post, "alg ES256 kid <certificate-id>", claims, "HTTP 500, error server_error", "an administrator has to look"}, []string{trail}},
		{"set", ReaderSupport, []string{"Time " + second, post, "client_assertion= the signed JWT (left out here)", "HTTP 500", "client credentials", "- Signature does not verify", "- Certificate has no mapping",
			"Which check rejected"}, []string{mapping, "iat "}},
		{"local", ReaderAdmin, []string{"1. Certificate is expired", mapping, mappingAt, "certificate file only"}, []string{trail, post, "reason not"}},
		{"local", ReaderDeveloper, []string{"token request rejected with HTTP 500 server_error: Certificate is expired", claims, "Make a new key and certificate", "https://docs.oracle.com/"}, []string{"in the profile"}},
		{"local", ReaderSupport, []string{"Certificate is expired", "We fix this first", "None yet"}, []string{"Which check", "Please send back"}},
		{"api", ReaderAdmin, []string{"403, INSUFFICIENT_PERMISSION", "Add the permission Customers to the role.", "Page: " + roles, "Role (ID) nsauth Integration (1012)", "It issued an access token"}, []string{trail, post}},
		{"api", ReaderDeveloper, []string{"GET /services/rest/record/v1/customer/107: HTTP 403, INSUFFICIENT_PERMISSION", "role 1012, entity 1042", claims}, nil},
		{"api", ReaderSupport, []string{"SuiteTalk REST", "GET /services/rest/record/v1/customer/107: HTTP 403", "Time " + second, "Which permission"}, []string{"We fix this first"}},
		{"network", ReaderAdmin, []string{"does not exist in DNS", "Setup > Company > Company Information", "The account ID that"}, []string{trail, "accepts the integration record"}},
		{"network", ReaderDeveloper, []string{"does not exist in DNS", "a proxy, a VPN or a firewall"}, []string{post}},
		{"network", ReaderSupport, []string{"Time about " + second, "Server <account>.suitetalk.api.netsuite.com", "Does this host serve"}, []string{post}},
		{"pass", ReaderAdmin, []string{"the integration works", "There is nothing to do", "It issued an access token", "The certificate file belongs"}, []string{"Please send back", "What is wrong"}},
		{"pass", ReaderDeveloper, []string{"token request works", "alg PS256", claims, post}, []string{"Please send back", "What is wrong"}},
		{"pass", ReaderSupport, []string{"works", post, "Time " + second, "All calls were answered with success"}, []string{"Please send back"}},
	} {
		said := strings.Join(strings.Fields(messageTo(tt.reader, savedReport(t, tt.class), true)), " ")
		for _, s := range tt.want {
			if !strings.Contains(said, s) {
				t.Errorf("%s for %s lacks %q", tt.class, tt.reader, s)
			}
		}
		for _, s := range tt.not {
			if strings.Contains(said, s) {
				t.Errorf("%s for %s has %q", tt.class, tt.reader, s)
			}
		}
	}
}

// A message is plain text of 80 columns for somebody who has neither nsauth nor the
// files, and has no ID unless it was asked for.
func TestMessageProperties(t *testing.T) {
	reports := map[string]*finding.Report{}
	for _, class := range messageClasses {
		reports[class] = savedReport(t, class)
	}
	for _, e := range examples() {
		reports["example "+e.name] = e.report
	}
	for name, r := range reports {
		for _, reader := range Readers() {
			said := messageTo(reader, r, true)
			for i, line := range strings.Split(strings.TrimSuffix(said, "\n"), "\n") {
				words := strings.Fields(strings.TrimLeft(line, " -"))
				copied := i == 0 || len(words) < 3 // the subject, or what must stay whole, such as an address
				if len(line) > defaultWidth && !copied {
					t.Errorf("%s for %s: %d columns: %q", name, reader, len(line), line)
				}
				if ascii(Clean(line)) != line || strings.HasSuffix(line, " ") {
					t.Errorf("%s for %s: not plain text: %q", name, reader, line)
				}
			}
			if !strings.HasPrefix(said, "Subject: ") || strings.Contains(said, "\n\n\n") || strings.Contains(said, "  1. \n") {
				t.Errorf("%s for %s:\n%s", name, reader, said)
			}
			for _, word := range []string{"NSAUTH", "/home/anna", "nsauth doctor", "nsauth explain"} {
				if strings.Contains(said, word) {
					t.Errorf("%s for %s has %q:\n%s", name, reader, word, said)
				}
			}
			if p := r.Profile; p != nil {
				for _, id := range []*string{p.Account, p.ClientID, p.CertificateID} {
					if id != nil && len(*id) > 3 && strings.Contains(said, *id) {
						t.Errorf("%s for %s has the ID %s", name, reader, *id)
					}
				}
			}
		}
	}
	shown := messageTo(ReaderAdmin, reports["set"], false)
	for _, id := range []*string{reports["set"].Profile.Account, reports["set"].Profile.ClientID, reports["set"].Profile.CertificateID} {
		if !strings.Contains(shown, *id) {
			t.Errorf("without masks the message lacks %s", *id)
		}
	}
}

// Of a given assertion only the claims are shown that NetSuite reads.
func TestMessageLeavesOutOtherClaims(t *testing.T) {
	r := savedReport(t, "set")
	for i, c := range r.Checks {
		if facts, ok := c.Facts.(finding.AssertionFacts); ok {
			facts.Header["x5c"], facts.Claims["password"], facts.Claims["jti"] = "planted-1", "planted-2", "planted-3"
			facts.Claims["scope"], facts.MadeBy = []any{"restlets", "rest_webservices"}, "given"
			r.Checks[i].Facts = facts
		}
	}
	for _, reader := range Readers() {
		if said := messageTo(reader, r, true); strings.Contains(said, "planted") || !strings.Contains(said, "restlets rest_webservices") {
			t.Errorf("%s:\n%s", reader, said)
		}
	}
	if said := messageTo(ReaderDeveloper, r, true); !strings.Contains(said, "This is the assertion of your program.") {
		t.Errorf("given assertion:\n%s", said)
	}
}

// Every state has its words for every reader.
func TestMessageWords(t *testing.T) {
	for _, reader := range Readers() {
		for _, state := range []string{"works", "warned", "issued", "call-refused", "refused", "unanswered", "not-sent"} {
			for _, topic := range []string{"subject", "intro", "happened"} {
				if said := catalog.Message(reader, topic, state, nil); said == "" || strings.Contains(said, "unknown unknown") {
					t.Errorf("%s %s %s: %q", reader, topic, state, said)
				}
			}
		}
		for _, part := range messageParts[reader] {
			if catalog.Message(reader, "head", part, nil) == "" {
				t.Errorf("%s: part %s has no heading", reader, part)
			}
		}
	}
}

// A checklist gives causes without any check.
func TestMessageWithoutChecks(t *testing.T) {
	r := savedReport(t, "set")
	r.Checks = nil
	said := messageTo(ReaderAdmin, r, true)
	for _, want := range []string{"This check sent no token request.", "a) Is there a row", catalog.Menu("features")} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is missing:\n%s", want, said)
		}
	}
}

func TestSentence(t *testing.T) {
	for s, want := range map[string]string{"": "", "key is missing": "Key is missing.", "écrit.": "Écrit.", "kid is missing": "kid is missing."} {
		if got := Sentence(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}
