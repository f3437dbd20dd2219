package cmd

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/testkit"
)

// What can go wrong, and the scenarios that show it. A scenario is in it by its
// fault, not by what a diagnosis says.
var coverage = map[string][]string{
	// The causes of a refused assertion.
	"RS256":                                   {"rs256"},
	"no kid":                                  {"no-kid"},
	"kid of another certificate":              {"wrong-kid", "kid-lower-case", "kid-cut-off", "kid-padded", "kid-thumbprint", "kid-fingerprint", "kid-of-netsuite"},
	"certificate not known to NetSuite":       {"mapping-missing", "certificate-not-uploaded", "sandbox-refreshed"},
	"certificate revoked":                     {"mapping-revoked"},
	"certificate expired":                     {"expired-certificate", "mapping-expired", "five-years-over"},
	"key does not match certificate":          {"key-mismatch"},
	"Application ID as iss":                   {"application-id"},
	"exp too long after iat":                  {"lifetime-too-long"},
	"iat in the future":                       {"clock-ahead", "clock-three-minutes-ahead"},
	"exp passed":                              {"assertion-expired", "clock-behind"},
	"wrong aud":                               {"wrong-audience", "audience-of-restlets", "audience-without-path"},
	"scope empty or not ticked":               {"scope-empty", "scope-not-enabled", "scope-unknown", "scope-mcp", "scope-space"},
	"integration blocked":                     {"integration-disabled"},
	"feature off":                             {"features-disabled"},
	"grant not ticked":                        {"grant-not-enabled"},
	"entity or role inactive":                 {"entity-inactive"},
	"role without log-in permission":          {"login-permission-missing", "login-permission-removed"},
	"account does not exist":                  {"account-not-found"},
	"host of no account":                      {"no-service"},
	"concurrency":                             {"rate-limited", "restlet-rate-limited", "token-rate-limited"},
	"maintenance":                             {"unavailable", "token-unavailable", "records-unavailable"},
	"key of a size, curve or kind not taken":  {"small-key", "odd-key-size", "wrong-curve", "ed25519-key"},
	"algorithm not the key's":                 {"algorithm-of-other-key"},
	"more certificates than NetSuite takes":   {"five-certificates"},
	"certificate longer than NetSuite allows": {"validity-too-long", "five-years-over"},

	// The answers to calls.
	"401 INVALID_LOGIN":              {"login-permission-removed"},
	"401 of a RESTlet":               {"restlet-login-refused"},
	"400 USER_ERROR":                 {"workbook-missing"},
	"400 malformed":                  {"bad-request"},
	"400 SSS_REQUEST_LIMIT_EXCEEDED": {"restlet-rate-limited"},
	"404 SSS_INVALID_SCRIPTLET_ID":   {"restlet-wrong-script"},
	"403 INSUFFICIENT_PERMISSION":    {"no-permission", "rest-permission-missing", "rest-feature-off"},
	"404 NONEXISTENT_ID":             {"record-missing"},
	"429":                            {"rate-limited"},
	"500 UNEXPECTED_ERROR":           {"unexpected-error"},
	"503":                            {"records-unavailable"},
	"302":                            {"restlet-redirected"},

	// The answers of the token endpoint.
	"500 server_error":           {"mapping-missing"},
	"400 invalid_request":        {"invalid-request"},
	"400 invalid_grant":          {"invalid-grant"},
	"400 invalid_scope":          {"invalid-scope"},
	"400 unauthorized_client":    {"unauthorized-client"},
	"400 unsupported_grant_type": {"unsupported-grant-type"},
	"401 invalid_client":         {"invalid-client"},
	"neither token nor error":    {"token-web-page", "token-redirected", "token-half", "token-cut-off"},
}

func TestScenariosCoverWhatCanGoWrong(t *testing.T) {
	for cause, names := range coverage {
		for _, name := range names {
			if _, ok := scenario.Lookup(name); !ok {
				t.Errorf("%s: there is no scenario %s", cause, name)
			}
		}
	}
	acted, expected := map[string]bool{}, map[string]bool{}
	for _, s := range scenario.All() {
		for _, c := range s.Server.Changes {
			acted[string(c)] = true
		}
		for _, c := range append(s.Expect.Causes, s.Expect.Finding) {
			expected[c] = true
			if _, known := catalog.Lookup(finding.Code(c)); c != "" && !known {
				t.Errorf("%s expects %s, which is not in the catalog", s.Name, c)
			}
		}
	}
	for _, e := range catalog.All() {
		family, _, _ := strings.Cut(string(e.Code), ".")
		if family == "setup" && (!acted[string(e.Code)] || !expected[string(e.Code)]) {
			t.Errorf("%s: acted out %v, expected %v", e.Code, acted[string(e.Code)], expected[string(e.Code)])
		}
		if known := map[string]bool{
			"api.is-assertion": true, "api.pages-broken": true, "api.query-invalid": true, "api.record-not-visible": true, // of calls that nsauth call makes
		}; family == "api" && !known[string(e.Code)] && !expected[string(e.Code)] {
			t.Errorf("no scenario has %s", e.Code)
		}
	}
	if n := len(scenario.All()); n < 40 {
		t.Errorf("%d scenarios", n)
	}
}

// nsauth emulator acts out every scenario: it writes the client's files, and the
// doctor says the same of them as in the demo. What only the demo can show, it says.
func TestEveryScenarioCanBeServed(t *testing.T) {
	if testing.Short() {
		t.Skip("a server for every scenario")
	}
	for i, s := range scenario.All() {
		if testkit.LeftOut(i, 3, 3) {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			said, args, stop := runEmulatorCommand(t, s.Name)
			half := s.Client
			demoOnly := half.Resolver != "" || half.Dial != "" || half.Inspector != "" && !half.Untrusting
			if demoOnly != strings.Contains(said, "only doctor --demo") {
				t.Errorf("needs the demo: %v; said %q", demoOnly, said)
			}
			r := nsauth(t, setup{}, append(args, "-o", "json")...)
			if report := r.report(t); !demoOnly {
				if r.code != s.Expect.Exit {
					t.Errorf("exit %d, want %d; findings %v", r.code, s.Expect.Exit, codes(report))
				}
				expected(t, s, report)
			}
			if code := stop(); code != finding.ExitOK {
				t.Errorf("the emulator ended with %d", code)
			}
		})
	}
}

// runEmulatorCommand starts nsauth emulator and waits until it has said how to
// reach it: the arguments of the doctor that it suggests. stop ends it.
func runEmulatorCommand(t *testing.T, name string) (said string, args []string, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	ended := make(chan run, 1)
	dir := filepath.Join(t.TempDir(), "client")
	go func() {
		r := nsauth(t, setup{ctx: ctx, world: func(w *cli.World) { w.Stdout = in }},
			"emulator", "--listen", "127.0.0.1:0", "--dir", dir, "--scenario", name)
		in.Close()
		ended <- r
	}()
	var text strings.Builder
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "Press Ctrl-C") {
		fmt.Fprintln(&text, lines.Text())
		if rest, is := strings.CutPrefix(lines.Text(), "  nsauth doctor "); is {
			args = append([]string{"doctor"}, strings.Fields(rest)...)
		}
	}
	stop = func() int {
		cancel()
		go func() { _, _ = io.Copy(io.Discard, out) }() // ends with in
		return (<-ended).code
	}
	if len(args) == 0 {
		cancel()
		t.Fatalf("%s\n%s", text.String(), (<-ended).stderr)
	}
	for _, name := range []string{scenario.FileCA, scenario.FileKey, scenario.FileCert, scenario.FileConfig} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	return text.String(), args, stop
}

const scenariosPage = "../docs/scenarios.md"

// docs/scenarios.md is the scenarios as a page: go test ./cmd -run ScenariosPage -update.
func TestScenariosPageIsUpToDate(t *testing.T) {
	want := scenariosAsPage()
	if *update {
		if err := os.WriteFile(scenariosPage, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(scenariosPage)
	if err != nil || !bytes.Equal(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")), want) {
		t.Errorf("docs/scenarios.md is not what the scenarios say (%v); run go test ./cmd -run ScenariosPage -update", err)
	}
	for _, s := range scenario.All() {
		if !bytes.Contains(got, []byte("| `"+s.Name+"` |")) {
			t.Errorf("docs/scenarios.md has no row for %s", s.Name)
		}
	}
}

const scenariosHead = `# Scenarios

Each scenario is an integration that works, fails, or will soon fail. The client's half is the key, certificate, profile values, clock and network. The server's half is the set-up in the account, and faults on the network. This page is generated from ` + "`internal/emulator/scenario/data`" + `.

- ` + "`nsauth doctor --demo NAME`" + ` examines one on this machine, without an account. ` + "`--keep FOLDER`" + ` keeps its files for the commands that doctor prints: [doctor](commands/doctor.md).
- ` + "`nsauth emulator --dir FOLDER --scenario NAME`" + ` serves one for any program, and writes the client's files: [emulator](commands/emulator.md).
- ` + "`nsauth emulator --dir FOLDER --profile NAME --scenario NAME`" + ` shows it to your own program, with the IDs of its profile. Scenarios with **yes** in the column "profile" can be combined. The fault of the others is in the client itself.
- ` + "`nsauth emulator scenarios -o json`" + ` lists them for programs.

doctor reports an exit code, and the first finding or a [set of causes](#sets-of-causes-that-look-the-same).
`

const setsHead = `
## Sets of causes that look the same

The causes of a set look the same from outside. With the bare status 500, NetSuite's response is identical for all of them, byte by byte. It is unknown what NetSuite means by an OAuth error. So doctor never calls one of them certain. To find the cause, see the Login Audit Trail, or check each page in NetSuite.
`

func scenariosAsPage() []byte {
	var b bytes.Buffer
	b.WriteString(scenariosHead)
	var sets [][]string
	topic := scenario.Topic("")
	for _, s := range scenario.All() {
		if s.Topic != topic {
			topic = s.Topic
			fmt.Fprintf(&b, "\n## %s\n\n| scenario | what it is | profile | exit | doctor says |\n|---|---|---|---|---|\n", strings.ToUpper(string(topic[:1]))+string(topic[1:]))
		}
		says := "nothing to say"
		switch {
		case s.Expect.Finding != "":
			says = findingLink(s.Expect.Finding)
		case s.Expect.Causes != nil:
			i := slices.IndexFunc(sets, func(set []string) bool { return slices.Equal(set, s.Expect.Causes) })
			if i < 0 {
				i, sets = len(sets), append(sets, s.Expect.Causes)
			}
			says = fmt.Sprintf("[set %d](#set-%[1]d)", i+1)
		}
		own := "no"
		if s.ForProfiles() {
			own = "yes"
		}
		fmt.Fprintf(&b, "| `%s` | **%s.** %s | %s | %d | %s |\n", s.Name, asMarkdown(s.Title), asMarkdown(s.Story), own, s.Expect.Exit, says)
	}
	b.WriteString(setsHead)
	for i, set := range sets {
		fmt.Fprintf(&b, "\n### Set %d\n\n", i+1)
		for _, code := range set {
			fmt.Fprintf(&b, "- %s\n", findingLink(code))
		}
	}
	return b.Bytes()
}

// findingLink links to the finding's heading. GitHub leaves the dot out of the anchor.
func findingLink(code string) string {
	return fmt.Sprintf("[%s](findings.md#%s)", code, strings.ReplaceAll(code, ".", ""))
}

// asMarkdown escapes the markup characters of Markdown.
func asMarkdown(s string) string {
	return strings.NewReplacer(`\`, `\\`, "_", `\_`, "*", `\*`, "<", `\<`, "|", `\|`).Replace(s)
}

// The names complete in the order of the list, each with its title.
func TestScenarioCompletions(t *testing.T) {
	for _, args := range [][]string{{"doctor", "--demo", ""}, {"emulator", "--scenario", ""}} {
		r := nsauth(t, setup{}, append([]string{"__complete"}, args...)...)
		lines := strings.Split(r.stdout, "\n")
		if len(lines) < 40 || lines[0] != "healthy\teverything works" {
			t.Errorf("%v: %d lines, %q", args, len(lines), lines[0])
		}
	}
	topics := map[scenario.Topic]int{}
	last := scenario.Topic("")
	for _, s := range scenario.All() {
		if s.Topic != last {
			topics[s.Topic]++
			last = s.Topic
		}
	}
	for _, topic := range slices.Sorted(maps.Keys(topics)) {
		if topics[topic] != 1 {
			t.Errorf("the scenarios of %q do not stand together", topic)
		}
	}
}
