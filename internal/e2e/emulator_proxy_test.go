//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// within runs a program under the environment that --print-env prints, evaluated
// by a shell as a user would.
func (e emulator) within(t *testing.T, kind string, command ...string) result {
	t.Helper()
	const script = `eval "$("$0" emulator --dir "$1" --print-env "$2")"; shift 2; exec "$@"`
	return run(t, nil, bareEnv(t), "sh", append([]string{"-c", script, binary(t), e.dir, kind}, command...)...)
}

// assertion is one made by openssl.
func (e emulator) assertion(t *testing.T) string {
	t.Helper()
	r := run(t, nil, nil, "sh", "clients/assertion.sh", e.account, e.clientID, e.certificateID, e.file("key.pem"))
	if r.exit != 0 {
		t.Fatal(r)
	}
	return strings.TrimSpace(string(r.stdout))
}

// TestProxyClients: programs of four languages, which know NetSuite's host names
// and nothing else, get a token and a record from the emulator by the environment
// that it prints.
func TestProxyClients(t *testing.T) {
	t.Parallel()
	e := startEmulator(t)
	r := nsauth(t, "call", "GET", "/services/rest/record/v1/customer", "--config", e.file("config.yaml"))
	var list struct{ Items []struct{ ID string } }
	if err := json.Unmarshal(r.stdout, &list); err != nil || len(list.Items) == 0 {
		t.Fatalf("no customers: %v\n%v", err, r)
	}
	id := list.Items[0].ID
	path := "/services/rest/record/v1/customer/" + id

	for _, tt := range []struct {
		name, env string
		command   []string
	}{
		{"curl", "sh", []string{"sh", "clients/curl.sh"}},
		{"Python urllib", "sh", []string{"python3", "-B", "clients/client.py"}},
		{"Python urllib by its own", "python", []string{"python3", "-B", "clients/client.py"}},
		{"Java HttpClient", "java", []string{"java", "clients/Client.java"}},
		{"Node.js fetch", "node", []string{"node", "clients/client.mjs", "fetch"}},
		{"Node.js https", "node", []string{"node", "clients/client.mjs", "https"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// The same assertion a second time is taken: nobody knows that NetSuite refuses it.
			args := append(tt.command, e.account, e.assertion(t), path)
			r := e.within(t, tt.env, args...)
			if r.exit != 0 {
				t.Fatal(r)
			}
			line := r.stdout[bytes.IndexByte(r.stdout, '{'):] // keytool and java talk before it
			jq(t, line, ".id", `"`+id+`"`)
		})
	}

	t.Run("other hosts", func(t *testing.T) {
		for _, url := range []string{"https://example.com/", "https://7654321.suitetalk.api.netsuite.com/", "https://" + e.host + ":8443/", "http://" + e.host + "/"} {
			r := e.within(t, "sh", "curl", "-sS", "--verbose", "--fail", "--proxy", "http://"+e.address, url)
			if r.exit == 0 || !strings.Contains(r.stderr, " 403 Forbidden") {
				t.Errorf("%s: %v", url, r)
			}
		}
	})

	t.Run("openssl through CONNECT", func(t *testing.T) {
		r := run(t, nil, nil, "openssl", "s_client", "-proxy", e.address, "-connect", e.host+":443", "-servername", e.host,
			"-verify_hostname", e.host, "-verify_return_error", "-CAfile", e.file("ca.pem"))
		if r.exit != 0 || !strings.Contains(string(r.stdout), "Verify return code: 0 (ok)") {
			t.Error(r)
		}
	})

	t.Run("nsauth", func(t *testing.T) {
		r := e.within(t, "sh", binary(t), "call", "GET", path, "--account", e.account, "--client-id", e.clientID,
			"--certificate-id", e.certificateID, "--key", e.file("key.pem"))
		if r.exit != 0 {
			t.Fatal(r)
		}
		jq(t, r.stdout, ".id", `"`+id+`"`)
	})
}

// TestAuditTrailInABrowser: Chromium shows the pages, as they are served without TLS.
func TestAuditTrailInABrowser(t *testing.T) {
	nightly(t, "needs Chromium")
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("%v\nrun: apt-get install chromium", err)
	}
	e := startEmulator(t)
	for _, wrong := range [][]string{{"--algorithm", "RS256"}, {"--certificate-id", strings.Repeat("A", 43)}} {
		nsauth(t, append([]string{"token", "--config", e.file("config.yaml")}, wrong...)...)
	}
	nsauth(t, "token", "--config", e.file("config.yaml"))

	chromium := func(args ...string) result {
		r := run(t, nil, nil, browser, append([]string{
			"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
			"--disable-component-update", "--disable-sync", "--hide-scrollbars", "--window-size=1280,800", "--user-data-dir=" + t.TempDir(),
		}, args...)...)
		if r.exit != 0 {
			t.Fatal(r)
		}
		return r
	}
	page := string(chromium("--dump-dom", "http://"+e.address+"/_emulator/audit-trail").stdout)
	for text, count := range map[string]int{
		"<title>Login Audit Trail - nsauth emulator</title>": 1,
		`<tr class="Failure">`:                               2,
		`<tr class="Success">`:                               1,
		"UnsupportedAlgo":                                    1,
		"MissingKey":                                         1,
	} {
		if got := strings.Count(page, text); got != count {
			t.Errorf("%q is there %d times, want %d\n%s", text, got, count, page)
		}
	}
	if !(strings.Index(page, `"Success"`) < strings.Index(page, "MissingKey") && strings.Index(page, "MissingKey") < strings.Index(page, "UnsupportedAlgo")) {
		t.Error("not the newest first")
	}

	// The style sheet is let in by the policy: a page without it has no such head.
	shot := filepath.Join(t.TempDir(), "page.png")
	chromium("--screenshot="+shot, "http://"+e.address+"/_emulator/audit-trail")
	file, err := os.Open(shot)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	picture, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	colours := make(map[[3]uint32]int)
	for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y++ {
		for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x++ {
			r, g, b, _ := picture.At(x, y).RGBA()
			colours[[3]uint32{r >> 8, g >> 8, b >> 8}]++
		}
	}
	if head := colours[[3]uint32{0xf3, 0xf6, 0xf8}]; head < 10_000 || len(colours) < 50 {
		t.Errorf("the head of the table has %d points, and there are %d colours: the page is not as designed", head, len(colours))
	}
}
