//go:build e2e

package e2e

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// impostors are what stands where NetSuite should be, each on a port of its own.
type impostors struct {
	page, redirect, maintenance, foreign, plain string // addresses
	own, other                                  authority
	accessLog                                   string
}

const loginPage = "Log in to the guest network"

// startNginx starts one nginx for all of them. Three have a certificate for the
// host of the company's own authority, one that of another.
func startNginx(t *testing.T, host string) impostors {
	t.Helper()
	dir := t.TempDir()
	i := impostors{own: makeAuthority(t, "Example"), other: makeAuthority(t, "Inspection"), accessLog: filepath.Join(dir, "access.log")}
	var servers strings.Builder
	serve := func(a authority, body string) string {
		address := freePort(t)
		key, chain := a.issue(t, "DNS:"+host)
		fmt.Fprintf(&servers, "server { listen %s ssl; ssl_certificate %s; ssl_certificate_key %s; default_type text/html; %s }\n", address, chain, key, body)
		return address
	}
	html := func(title string) string {
		return fmt.Sprintf(`"<!DOCTYPE html>\n<html><head><title>%s</title></head><body><form>...</form></body></html>"`, title)
	}
	i.page = serve(i.own, "location / { return 200 "+html(loginPage)+"; }")
	i.redirect = serve(i.own, "location / { return 302 https://portal.example.net/login?user=alice; }")
	i.maintenance = serve(i.own, "location / { return 503; } error_page 503 /down; location = /down { internal; return 503 "+html("Maintenance")+"; }")
	i.foreign = serve(i.other, "location / { return 200 "+html(loginPage)+"; }")
	i.plain = freePort(t)
	servers.WriteString("server { listen " + i.plain + "; return 200; }\n")

	config := "daemon off;\npid " + filepath.Join(dir, "pid") + ";\nerror_log stderr notice;\nworker_processes 1;\n"
	if os.Geteuid() == 0 {
		config += "user root;\n" // its worker reads this test's files
	}
	config += "events {}\nhttp {\naccess_log " + i.accessLog + ";\n"
	for _, temporary := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		config += temporary + "_temp_path " + filepath.Join(dir, temporary) + ";\n"
	}
	config += servers.String() + "}\n"
	s := start(t, nil, program(t, "nginx"), "-p", dir, "-e", "stderr", "-c", write(t, "nginx.conf", []byte(config)))
	s.logFiles = []string{i.accessLog}
	for _, address := range []string{i.page, i.redirect, i.maintenance, i.foreign, i.plain} {
		s.await(t, listens(address))
	}
	return i
}

// TestImpostors: pages, redirects, maintenance and foreign certificates in place
// of NetSuite are named as what they are, and are sent no assertion.
func TestImpostors(t *testing.T) {
	const account, host = "1234567", "1234567.suitetalk.api.netsuite.com"
	i := startNginx(t, host)
	key := makeEC(t, "P-256")
	certificate := makeCertificate(t, key, 365)
	identity := []string{"--account", account, "--client-id", clientID, "--key", key, "--cert", certificate,
		"--certificate-id=" + certificateID(t, certificate), "--ntp-server", freePort(t)}
	doctor := func(t *testing.T, address string, args ...string) (document, result) {
		t.Helper()
		d, r := report(t, slices.Concat([]string{"doctor", "--connect-to", address}, identity, args)...)
		for _, id := range []string{"token", "api", "mapping"} {
			if c := d.check(t, id); c.Status != "skip" {
				t.Errorf("%s: %s, want skip\n%v", id, c.Status, r)
			}
		}
		return d, r
	}

	t.Run("page", func(t *testing.T) {
		d, r := doctor(t, i.page, "--ca-file", i.own.cert)
		f := d.only(t, "network", "network.not-netsuite")
		if r.exit != 1 || f.evidence("title") != loginPage || f.evidence("status") != "200" || f.evidence("host") != host ||
			!strings.Contains(f.Message, loginPage) {
			t.Errorf("%q, evidence %v\n%v", f.Message, f.Evidence, r)
		}
	})

	t.Run("redirect", func(t *testing.T) {
		d, r := doctor(t, i.redirect, "--ca-file", i.own.cert)
		f := d.only(t, "network", "network.redirected")
		if r.exit != 1 || f.evidence("location_host") != "portal.example.net" || f.evidence("status") != "302" {
			t.Errorf("evidence %v\n%v", f.Evidence, r)
		}
		if said := string(r.stdout) + r.stderr; strings.Contains(said, "alice") {
			t.Errorf("more of the address than its host is shown:\n%s", said)
		}
	})

	t.Run("maintenance", func(t *testing.T) {
		d, r := doctor(t, i.maintenance, "--ca-file", i.own.cert)
		f := d.only(t, "network", "network.unreachable")
		if c := d.check(t, "network"); r.exit != 3 || c.Status != "unknown" || d.Outcome != "inconclusive" || f.evidence("status") != "503" {
			t.Errorf("%s, outcome %s, evidence %v\n%v", c.Status, d.Outcome, f.Evidence, r)
		}
	})

	t.Run("foreign certificate", func(t *testing.T) {
		for name, args := range map[string][]string{"no CA file": nil, "another CA file": {"--ca-file", i.own.cert}} {
			d, r := doctor(t, i.foreign, args...)
			f := d.only(t, "network", "network.tls-untrusted")
			chain, _ := f.Evidence["chain"].([]any)
			if r.exit != 1 || f.evidence("reason") != "unknown-authority" || len(chain) != 2 ||
				!strings.Contains(fmt.Sprint(chain[0]), host) || !strings.Contains(fmt.Sprint(chain[0]), "Inspection Root") ||
				!strings.Contains(f.evidence("issuer"), "Inspection Root") {
				t.Errorf("%s: evidence %v\n%v", name, f.Evidence, r)
			}
			if remedy := fmt.Sprint(f.Remedy); !strings.Contains(remedy, "--ca-file") {
				t.Errorf("%s: the remedy is %s", name, remedy)
			}
		}
		// A machine without any list of CAs has nothing against the server.
		bare := append(bareEnv(t), "SSL_CERT_FILE=/nonexistent/roots.pem", "SSL_CERT_DIR=/nonexistent")
		d, r := parse(t, run(t, nil, bare, binary(t), slices.Concat([]string{"doctor", "-o", "json", "--connect-to", i.foreign}, identity)...))
		if f := d.only(t, "network", "network.tls-untrusted"); f.evidence("reason") != "no-roots" || !strings.Contains(fmt.Sprint(f.Remedy), "ca-certificates") {
			t.Errorf("evidence %v\n%v", f.Evidence, r)
		}
		// The remedy works: what is there then is seen.
		d, _ = doctor(t, i.foreign, "--ca-file", i.other.cert)
		d.only(t, "network", "network.not-netsuite")
	})

	t.Run("another host's certificate", func(t *testing.T) {
		d, r := report(t, slices.Concat([]string{"doctor"}, identity,
			[]string{"--account", "7654321", "--connect-to", i.page, "--ca-file", i.own.cert})...)
		f := d.only(t, "network", "network.tls-untrusted")
		if r.exit != 1 || f.evidence("reason") != "wrong-host" {
			t.Errorf("evidence %v\n%v", f.Evidence, r)
		}
	})

	t.Run("plain HTTP at the port of HTTPS", func(t *testing.T) {
		d, r := doctor(t, i.plain)
		if f := d.only(t, "network", "network.tls-handshake"); r.exit != 1 || f.evidence("reason") != "not-tls" {
			t.Errorf("evidence %v\n%v", f.Evidence, r)
		}
	})

	t.Run("TLS 1.1 only", func(t *testing.T) {
		address := freePort(t)
		key, chain := i.own.issue(t, "DNS:"+host)
		s := start(t, nil, "openssl", "s_server", "-accept", address, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0",
			"-key", key, "-cert", chain, "-www", "-quiet")
		s.await(t, speaksTLS(address, tls.VersionTLS11)) // it does not merely fail
		d, r := doctor(t, address, "--ca-file", i.own.cert)
		if f := d.only(t, "network", "network.tls-handshake"); r.exit != 1 || f.evidence("reason") != "protocol-version" {
			t.Errorf("evidence %v\n%v", f.Evidence, r)
		}
	})

	log := string(read(t, i.accessLog))
	if !strings.Contains(log, `"GET /services/rest/`) || strings.Contains(log, `"POST `) {
		t.Errorf("nginx should have seen unsigned GET requests alone:\n%s", log)
	}
}
