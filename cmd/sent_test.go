package cmd

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/spf13/cobra"

	"github.com/nsauth/nsauth/internal/cli"
)

// A recorder is in the place of the network: it notes every connection, look-up and
// request, and answers as the emulator does.
type recorder struct {
	mu      sync.Mutex
	command string
	by      map[string]string   // the command of each connection, by its address here
	sent    map[string][]string // a row of the table without its last cell: the commands
	dialled []string            // hosts, of TCP
	served  []string            // hosts, of requests
}

// note adds what the command sends whose connection has that address, "" for the present
// one: a request that a command no longer waits for can come after it.
func (r *recorder) note(address, to, request, headers string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	command := cmp.Or(r.by[address], r.command)
	row := "| " + to + " | " + request + " | " + carries(request, headers) + " | " + headers + " |"
	if !slices.Contains(r.sent[row], command) {
		r.sent[row] = append(r.sent[row], command)
	}
}

// carries says what a request carries besides what its headers name.
func carries(request, headers string) string {
	_, path, _ := strings.Cut(strings.Trim(request, "`"), " ")
	switch {
	case strings.HasSuffix(path, "/oauth2/v1/token"):
		return "the signed assertion: Client ID, Certificate ID, scopes, two times"
	case strings.HasPrefix(request, "UDP"):
		return "an NTP question, without a time or a name of yours"
	case strings.HasPrefix(request, "name"):
		return "nothing; only after the name of your account was not found"
	case !strings.Contains(headers, "Authorization"):
		return "nothing of yours"
	case strings.HasSuffix(path, "suiteql"):
		return "the access token, or a TBA signature; a query that only reads"
	case strings.HasPrefix(request, "`POST") && strings.HasSuffix(path, "/certificates"):
		return "the access token, the Client ID, a certificate, the internal IDs of role and entity"
	case strings.HasSuffix(path, "/revoke"):
		return "the access token, the Client ID, a Certificate ID"
	case strings.HasSuffix(path, "/certificates"):
		return "the access token, the Client ID"
	}
	return "the access token"
}

func (r *recorder) ServeHTTP(req *http.Request) {
	to, path := strings.Replace(req.Host, labAccount, "ACCOUNT", 1), regexp.MustCompile(`[0-9a-f]{64}`).ReplaceAllString(req.URL.Path, "CLIENT_ID")
	path = regexp.MustCompile(`/[A-Za-z0-9_-]{43}/revoke$`).ReplaceAllString(path, "/CERTIFICATE_ID/revoke")
	if to = "`" + to + "`"; path == "/keys.json" {
		to, path = "the URL of `--jwks`", "URL"
	}
	r.mu.Lock()
	r.served = append(r.served, req.Host)
	r.mu.Unlock()
	r.note(req.RemoteAddr, to, "`"+req.Method+" "+path+"`", strings.Join(slices.Sorted(maps.Keys(req.Header)), ", "))
}

// securityPage says what is sent to whom, and what is stored where.
const securityPage = "../SECURITY.md"

// The table in SECURITY.md is what nsauth sends: every command runs against a recorder. go
// test ./cmd -run TestSent -update writes it.
func TestSent(t *testing.T) {
	file, err := filepath.Abs(securityPage)
	if err != nil {
		t.Fatal(err)
	}
	l := newLab(t)
	t.Chdir(l.dir)
	stand := l.runStandIn()
	r := &recorder{sent: map[string][]string{}, by: map[string]string{}}
	front := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.ServeHTTP(req)
		(&httputil.ReverseProxy{Transport: stand.Client.Transport, Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL.Scheme, p.Out.URL.Host = "https", p.In.Host
		}}).ServeHTTP(w, req)
	}))
	front.TLS = &tls.Config{Certificates: []tls.Certificate{l.tls}}
	front.EnableHTTP2 = true
	front.StartTLS()
	t.Cleanup(front.Close)

	// The profiles of the emulator, without its address.
	config := string(l.read(filepath.Join(stand.dir, "config.yaml")))
	config = regexp.MustCompile(`(?m)^ +connect_to: .*\n`).ReplaceAllString(config, "")
	config = strings.ReplaceAll(config, `ca_file: "ca.pem"`, fmt.Sprintf("ca_file: %q", l.path("ca.pem")))
	home := t.TempDir()
	if err := os.CopyFS(filepath.Join(home, "nsauth"), os.DirFS(stand.dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "nsauth", "config.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"key.pem", "auditor/key.pem"} {
		if err := os.Chmod(filepath.Join(home, "nsauth", key), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found := true // names are found
	world := func(w *cli.World) {
		w.Become = func(cli.Program) (int, error) { return 0, nil }
		w.Now, w.ConfigDir, w.CacheDir, w.StateDir = labTime, home, filepath.Join(home, "cache"), filepath.Join(home, "state")
		w.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			host, port, _ := net.SplitHostPort(address)
			switch {
			case network == "udp":
				r.note("", "`"+host+"`", "UDP port "+port, "")
				return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("the test has no time server")}
			case net.ParseIP(host).IsLoopback(): // of the demo
			case !found:
				return nil, &net.OpError{Op: "dial", Net: network, Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
			default:
				r.mu.Lock()
				r.dialled = append(r.dialled, host)
				r.mu.Unlock()
				address = front.Listener.Addr().String()
			}
			c, err := new(net.Dialer).DialContext(ctx, network, address)
			if err == nil {
				r.mu.Lock()
				r.by[c.LocalAddr().String()] = r.command
				r.mu.Unlock()
			}
			return c, err
		}
		w.LookupHost = func(_ context.Context, host string) ([]string, error) {
			r.note("", "your resolver", "name `"+host+"`", "")
			return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		}
	}
	built := nsauth(t, setup{dir: l.dir, world: world}, "jwt", "build")
	l.write("assertion.txt", []byte(built.stdout))
	l.write("report.json", []byte(nsauth(t, setup{}, "doctor", "--demo", "-o", "json").stdout))

	quiet := map[string]bool{} // commands that send nothing
	for _, tt := range []struct {
		name, args string
		code       int
	}{
		{"doctor", "doctor --api-path record/v1/customer/107 --no-input", 0},
		{"doctor", "doctor --api-path https://1234567.restlets.api.netsuite.com/app/site/hosting/restlet.nl?script=1&deploy=1 --scope restlets,rest_webservices --no-input", 0},
		{"doctor --auditor", "doctor --client-id " + strings.Repeat("a", 64) + " --auditor auditor --no-input", 1},
		{"doctor --offline", "doctor --offline", 0},
		{"doctor --demo", "doctor --demo", 0},
		{"token", "token --no-cache", 0},
		{"token --out", "token --no-cache --out made.token", 0},
		{"exec", "exec --no-cache -- go version", 0},
		{"call", "call record/v1/customer/107 --no-cache", 0},
		{"call suiteql", "call suiteql --no-cache --query limit=1 SELECT+id+FROM+customer", 0},
		{"call restlet", "call restlet --no-cache --script 1 --deploy 1 --scope restlets", 0},
		{"audit-trail", "audit-trail --auditor auditor", 0},
		{"audit-trail", "audit-trail --auditor auditor-tba", 0},
		{"account", "account --auditor auditor", 0},
		{"cert list", "cert list --no-cache", 0},
		{"cert show", "cert show --no-cache", 0},
		{"cert inventory", "cert inventory --no-cache", 0},
		{"auditor init", "auditor init --auditor auditor -q", 0},
		{"jwt inspect --jwks", "jwt inspect assertion.txt --jwks https://1234567.suitetalk.api.netsuite.com/keys.json --ca-file ca.pem", 3},
		{"jwt inspect", "jwt inspect assertion.txt", 0},
		{"jwt build", "jwt build", 0},
		{"jwt build --out", "jwt build --out made.jwt", 0},
		{"jwt diff", "jwt diff assertion.txt assertion.txt", 0},
		{"keycheck", "keycheck", 0},
		{"certgen", "certgen --key-type p-256 --name made", 0},
		{"cert rotate", "cert rotate", 0},
		{"cert add", "cert add --cert made-cert.pem", 0},
		{"cert revoke", "cert revoke -- MADE", 0},
		{"checklist", "checklist --no-input", 0},
		{"explain", "explain MissingKey", 0},
		{"render", "render report.json", 0},
		{"schema", "schema report", 0},
		{"version", "version", 0},
		{"emulator scenarios", "emulator scenarios", 0},
		{"emulator", "emulator --dir " + stand.dir + " --print-env sh", 0},
		{"emulator health", "emulator health 127.0.0.1:1", 1},
		{"profile init", "profile init new --account 1234567 --client-id " + labClientID + " --key ec-p256.pem --cert ec-p256-cert.pem --no-input", 0},
		{"profile list", "profile list", 0},
		{"profile show", "profile show", 0},
		{"profile use", "profile use new", 0},
		{"profile undo", "profile undo", 0},
		{"profile rename", "profile rename new newer", 0},
		{"profile remove", "profile remove newer", 0},
		{"token cache list", "token cache list", 0},
		{"token cache clear", "token cache clear", 0},
		{"completion", "completion bash", 0},
	} {
		r.command = tt.name
		args := strings.Fields(tt.args)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "+", " ")
			if args[i] == "MADE" {
				args[i] = l.certificateID("made-cert.pem")
			}
		}
		if got := nsauth(t, setup{dir: l.dir, world: world}, args...); got.code != tt.code && tt.name != "auditor init" {
			t.Errorf("nsauth %s: exit %d, want %d\n%s%s", tt.args, got.code, tt.code, got.stdout, got.stderr)
		}
		quiet[tt.name] = true
	}
	r.command, found = "doctor", false
	nsauth(t, setup{dir: l.dir, world: world}, "doctor", "--no-input")

	for _, host := range r.dialled {
		if !slices.Contains(r.served, host) {
			t.Errorf("a connection to %s, and no request", host)
		}
	}
	eachLeaf(newRoot(cli.New(System(), tool(), nil)), func(name string) {
		if _, ran := quiet[name]; !ran && !strings.HasPrefix(name, "completion") && !slices.Contains([]string{"profile", "token cache", "jwt", "auditor", "cert"}, name) {
			t.Errorf("what does %s send? Add a row to the test", name)
		}
	})
	var table strings.Builder
	table.WriteString("| to | request | carries | header names | commands |\n|---|---|---|---|---|\n")
	for _, row := range slices.Sorted(maps.Keys(r.sent)) {
		var commands []string
		for _, c := range r.sent[row] {
			commands, quiet[c] = append(commands, "`"+c+"`"), false
		}
		slices.Sort(commands)
		fmt.Fprintf(&table, "%s %s |\n", row, strings.Join(commands, ", "))
	}
	var nothing []string
	for name, is := range quiet {
		if is {
			nothing = append(nothing, "`"+name+"`")
		}
	}
	slices.Sort(nothing)
	fmt.Fprintf(&table, "\nThese send nothing: %s.\n", strings.Join(nothing, ", "))

	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(page), "\r\n", "\n")
	const begin, end = "<!-- sent -->\n", "<!-- /sent -->"
	before, rest, ok := strings.Cut(text, begin)
	shown, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatal("SECURITY.md has no place for the table")
	}
	if *update {
		if err := os.WriteFile(file, []byte(before+begin+table.String()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if shown != table.String() {
		t.Errorf("SECURITY.md does not say what is sent; look, then: go test ./cmd -run TestSent -update\n%s", table.String())
	}
}

// eachLeaf calls do with the name of each command that runs.
func eachLeaf(c *cobra.Command, do func(name string)) {
	for _, sub := range c.Commands() {
		if sub.Runnable() && !sub.IsAdditionalHelpTopicCommand() && sub.Name() != "help" {
			do(strings.TrimPrefix(sub.CommandPath(), "nsauth "))
		}
		eachLeaf(sub, do)
	}
}
