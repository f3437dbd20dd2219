//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// emulator is a running "nsauth emulator" and what it wrote into its folder.
type emulator struct {
	dir, address, host, account, clientID, certificateID string
	scope                                                []any
}

// startEmulator starts one on a port that the system chooses. At the end of the
// test the signal ends it in good order, with exit 0.
func startEmulator(t *testing.T) emulator {
	t.Helper()
	return startEmulatorAt(t, "127.0.0.1:0")
}

func startEmulatorAt(t *testing.T, address string, more ...string) emulator {
	t.Helper()
	e := emulator{dir: t.TempDir(), account: "1234567"}
	s := start(t, bareEnv(t), binary(t), append([]string{"emulator", "--listen", address, "--account", e.account, "--dir", e.dir}, more...)...)
	s.exit = 0
	s.await(t, e.read)
	return e
}

// read takes address and ids from the profile that the emulator wrote, and
// reports whether it answers there.
func (e *emulator) read() bool {
	data, err := os.ReadFile(filepath.Join(e.dir, "config.yaml"))
	if err != nil {
		return false
	}
	var config struct {
		DefaultProfile string                    `yaml:"default_profile"`
		Profiles       map[string]map[string]any `yaml:"profiles"`
	}
	if yaml.Unmarshal(data, &config) != nil {
		return false
	}
	p := config.Profiles[config.DefaultProfile]
	e.address, _ = p["connect_to"].(string)
	e.clientID, _ = p["client_id"].(string)
	e.certificateID, _ = p["certificate_id"].(string)
	e.scope, _ = p["scope"].([]any)
	e.host = e.account + ".suitetalk.api.netsuite.com"
	connection, err := net.DialTimeout("tcp", e.address, time.Second)
	if err != nil {
		return false
	}
	connection.Close()
	return e.clientID != "" && len(e.scope) > 0 && e.certificateID != ""
}

// identity are the flags that are this emulator's profile, without the address
// that it listens at.
func (e emulator) identity() []string {
	return []string{"--account", e.account, "--client-id", e.clientID, "--certificate-id=" + e.certificateID,
		"--key", e.file("key.pem"), "--cert", e.file("cert.pem"), "--ca-file", e.file("ca.pem"), "--scope", "rest_webservices"}
}

func (e emulator) file(name string) string { return filepath.Join(e.dir, name) }

// TestEmulator: openssl, a JavaScript client and nsauth itself find in the
// emulator what they would find in NetSuite.
func TestEmulator(t *testing.T) {
	t.Parallel()
	e := startEmulator(t)

	t.Run("openssl s_client", func(t *testing.T) {
		r := run(t, nil, nil, "openssl", "s_client", "-connect", e.address, "-servername", e.host,
			"-verify_hostname", e.host, "-verify_return_error", "-CAfile", e.file("ca.pem"))
		if r.exit != 0 || !strings.Contains(string(r.stdout), "Verify return code: 0 (ok)") {
			t.Error(r)
		}
	})

	t.Run("certificate ID", func(t *testing.T) {
		if got := certificateID(t, e.file("cert.pem")); got != e.certificateID {
			t.Errorf("config.yaml says %q, openssl computes %q", e.certificateID, got)
		}
	})

	// The emulator's answer to a client that shares nothing with nsauth, with
	// the right key and with another.
	client := func(t *testing.T, key []byte) (status, call int, body map[string]any) {
		alg := "ES256"
		if k := describeKey(t, e.file("key.pem")); k.kind == "RSA" {
			alg = "PS256"
		} else if k.curve != "P-256" {
			alg = map[string]string{"P-384": "ES384", "P-521": "ES512"}[k.curve]
		}
		in := map[string]any{
			"address": e.address, "host": e.host, "ca": string(read(t, e.file("ca.pem"))), "alg": alg, "pkcs8": string(key),
			"certificate_id": e.certificateID, "client_id": e.clientID, "scope": e.scope,
		}
		var out struct {
			Token struct {
				Status int
				Body   string
			}
			Call *struct {
				Status int
				Body   string
			}
		}
		script(t, in, &out, node(t, "client.mjs")...)
		if err := json.Unmarshal([]byte(out.Token.Body), &body); err != nil {
			t.Fatalf("%v in %q", err, out.Token.Body)
		}
		if out.Call != nil {
			call = out.Call.Status
		}
		return out.Token.Status, call, body
	}

	t.Run("a JavaScript client", func(t *testing.T) {
		status, call, body := client(t, read(t, e.file("key.pem")))
		if status != 200 || call != 200 || body["access_token"] == nil || body["token_type"] == nil {
			t.Errorf("token %d, call %d, members %v", status, call, members(body))
		}
	})

	t.Run("a JavaScript client with another key", func(t *testing.T) {
		other := makeRSA(t, 3072)
		if k := describeKey(t, e.file("key.pem")); k.kind == "EC" {
			other = makeEC(t, k.curve)
		}
		status, _, body := client(t, read(t, other))
		if status != 500 || fmt.Sprint(body) != "map[error:server_error]" {
			t.Errorf("status %d, body %v: want the bare 500", status, body)
		}
	})

	t.Run("doctor", func(t *testing.T) {
		d, r := report(t, "doctor", "--config", e.file("config.yaml"))
		if r.exit != 0 {
			t.Error(r)
		}
		for _, id := range []string{"profile", "key", "certificate", "certificate-id", "assertion", "network", "token", "api"} {
			if c := d.check(t, id); c.Status != "pass" {
				t.Errorf("%s: %s %v", id, c.Status, c.codes())
			}
		}
	})

	t.Run("token and call", func(t *testing.T) {
		r := nsauth(t, "token", "--config", e.file("config.yaml"), "-o", "json")
		if r.exit != 0 {
			t.Fatal(r)
		}
		jq(t, r.stdout, `[.kind, (.access_token | length > 20), .account, (.expires_in > 0)]`, fmt.Sprintf(`["nsauth.token",true,%q,true]`, e.account))

		r = nsauth(t, "call", "GET", "/services/rest/system/v1/serverTime", "--config", e.file("config.yaml"))
		if r.exit != 0 {
			t.Fatal(r)
		}
		jq(t, r.stdout, `.serverTime | type`, `"string"`)
	})
}

// TestTermination: who is told to end more than once, as timeout(1) does to the
// program and then to its group, ends as well as who is told once.
func TestTermination(t *testing.T) {
	e := emulator{dir: t.TempDir(), account: "1234567"}
	s := start(t, bareEnv(t), binary(t), "emulator", "--listen", "127.0.0.1:0", "--dir", e.dir)
	s.exit = 0
	s.await(t, e.read)
	for {
		select {
		case err := <-s.ended:
			s.ended <- err // for the end of the test, which judges the exit code
			return
		default:
			stop(s.process) // to one that is gone it is an error
		}
	}
}

// members names what an object holds, without the values: one is a token.
func members(object map[string]any) []string {
	names := []string{}
	for name := range object {
		names = append(names, name)
	}
	return names
}
