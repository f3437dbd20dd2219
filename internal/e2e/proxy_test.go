//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// realHosts starts an emulator where the account's real host names lead, to port
// 443, for programs that are given its hosts file.
func realHosts(t *testing.T) (e emulator, hosts string) {
	t.Helper()
	// All of 127.0.0.0/8 is this machine: a number of its own keeps two runs apart.
	pid := os.Getpid()
	ip := fmt.Sprintf("127.%d.%d.%d", 1+pid>>16&0x7f, pid>>8&0xff, 1+pid%253)
	l, err := net.Listen("tcp", ip+":443")
	if err != nil {
		t.Fatalf("%v\nproxies reach the account's real host names at port 443: run these tests as root,\n"+
			"or allow it with sysctl net.ipv4.ip_unprivileged_port_start=443", err)
	}
	l.Close()
	e = startEmulatorAt(t, ip+":443")
	names := []string{e.host, e.account + ".restlets.api.netsuite.com", e.account + ".app.netsuite.com"}
	return e, write(t, "hosts", []byte(ip+" "+strings.Join(names, " ")+"\n"))
}

// hostsLibrary makes a program that uses the C library's resolver read another
// hosts file, without any right to change the machine's.
func hostsLibrary(t *testing.T) string {
	t.Helper()
	for _, pattern := range []string{unpacked + "/usr/lib/*/libnss_wrapper.so", "/usr/lib/*/libnss_wrapper.so"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			path, err := filepath.Abs(found[0])
			if err != nil {
				t.Fatal(err)
			}
			return path
		}
	}
	t.Fatal("libnss_wrapper.so is missing\nrun: bash .ci/run counterparts")
	return ""
}

// tinyproxy starts a forward proxy that looks names up in the hosts file.
func tinyproxy(t *testing.T, hosts string, directives ...string) (address string, s *server) {
	t.Helper()
	address = freePort(t)
	config := strings.Join(append([]string{
		"Listen 127.0.0.1", "Port " + port(address), "Timeout 60", "MaxClients 20", "LogLevel Connect",
	}, directives...), "\n") + "\n"
	s = start(t, []string{"LD_PRELOAD=" + hostsLibrary(t), "NSS_WRAPPER_HOSTS=" + hosts},
		program(t, "tinyproxy"), "-d", "-c", write(t, "tinyproxy.conf", []byte(config)))
	s.await(t, listens(address))
	return address, s
}

// TestProxy: doctor reaches the account's real host names through a stock forward
// proxy, which alone looks them up; and says what is wrong when the proxy refuses.
func TestProxy(t *testing.T) {
	e, hosts := realHosts(t)
	doctor := append([]string{"doctor", "-o", "json", "--ntp-server", freePort(t)}, e.identity()...)
	through := func(t *testing.T, env []string, args ...string) (document, result) {
		t.Helper()
		return parse(t, run(t, nil, append(bareEnv(t), env...), binary(t), slices.Concat(doctor, args)...))
	}
	// The look-up that dns_ms tells of is the proxy's own name's, if it has one.
	works := func(t *testing.T, proxy string, d document, r result) {
		t.Helper()
		if r.exit != 0 {
			t.Fatal(r)
		}
		for _, id := range []string{"network", "token", "api"} {
			if c := d.check(t, id); c.Status != "pass" {
				t.Errorf("%s: %s %v", id, c.Status, c.codes())
			}
		}
		jq(t, r.stdout, `.checks[] | select(.id == "network") | .facts | [.host, .proxy, .dns_ms != null, .addresses, (.proxy_ms > 0), (.tls_ms > 0)]`,
			fmt.Sprintf(`[%q,%q,%t,[],true,true]`, e.host, proxy, strings.Contains(proxy, "localhost")))
	}

	t.Run("open", func(t *testing.T) {
		address, s := tinyproxy(t, hosts, "Allow 127.0.0.1", "ConnectPort 443")
		// The Go runtime tells of each name that it is about to look up.
		const tellsLookups = "GODEBUG=netdns=2"
		for name, tt := range map[string]struct {
			proxy string
			env   []string
			args  []string
		}{
			"--proxy":     {"http://localhost:" + port(address), nil, []string{"--proxy", "http://localhost:" + port(address)}},
			"HTTPS_PROXY": {"http://" + address, []string{"HTTPS_PROXY=http://" + address}, nil},
			"https_proxy": {"http://" + address, []string{"https_proxy=" + address}, nil},
		} {
			t.Run(name, func(t *testing.T) {
				d, r := through(t, append(tt.env, tellsLookups), tt.args...)
				works(t, tt.proxy, d, r)
				if strings.Contains(r.stderr, "hostLookupOrder("+e.account) {
					t.Errorf("looked up here, not by the proxy:\n%s", r.stderr)
				}
				if local := strings.Contains(tt.proxy, "localhost"); local != strings.Contains(r.stderr, "hostLookupOrder(localhost)") {
					t.Errorf("the look-up of the proxy itself is told: %t, want %t\n%s", !local, local, r.stderr)
				}
			})
		}
		if want := "CONNECT " + e.host + ":443 HTTP/1.1"; strings.Count(s.words(), want) < 3 {
			t.Errorf("the proxy's log has fewer than three of %q", want)
		}

		t.Run("token", func(t *testing.T) {
			args := append([]string{"token", "-o", "json", "--proxy", "http://" + address}, e.identity()...)
			r := nsauth(t, args...)
			if r.exit != 0 {
				t.Error(r)
			}
		})

		t.Run("--connect-to goes past it", func(t *testing.T) {
			d, r := through(t, []string{"HTTPS_PROXY=http://" + address, tellsLookups}, "--connect-to", e.address)
			c := d.check(t, "network")
			if r.exit != 0 || c.Facts["proxy"] != nil || c.Facts["dns_ms"] != nil || strings.Contains(r.stderr, "hostLookupOrder("+e.account) {
				t.Errorf("facts %v\n%v", c.Facts, r)
			}
		})
	})

	t.Run("with a log-in", func(t *testing.T) {
		const user, password = "ada", "pass-word-of-the-proxy"
		address, _ := tinyproxy(t, hosts, "Allow 127.0.0.1", "ConnectPort 443", "BasicAuth "+user+" "+password)
		login := "http://" + user + ":" + password + "@" + address

		t.Run("missing", func(t *testing.T) {
			d, r := through(t, nil, "--proxy", "http://"+address)
			f := d.only(t, "network", "network.proxy-auth-unsupported")
			if r.exit != 1 || f.evidence("reason") != "credentials-missing" || f.evidence("proxy") != "http://"+address ||
				f.evidence("proxy_status") != "407" || f.evidence("proxy_takes") != "[Basic]" {
				t.Errorf("evidence %v\n%v", f.Evidence, r)
			}
		})
		t.Run("wrong", func(t *testing.T) {
			d, r := through(t, nil, "--proxy", "http://"+user+":not-the-"+password+"@"+address)
			// Where others answer 407 once more, tinyproxy answers 401.
			f := d.only(t, "network", "network.proxy-refused")
			if r.exit != 1 || f.evidence("proxy_status") != "401" {
				t.Errorf("evidence %v\n%v", f.Evidence, r)
			}
			if said := string(r.stdout) + r.stderr; strings.Contains(said, password) {
				t.Errorf("the password is in the output:\n%s", said)
			}
		})
		for name, way := range map[string]struct{ env, args []string }{
			"--proxy":     {nil, []string{"--proxy", login}},
			"HTTPS_PROXY": {[]string{"HTTPS_PROXY=" + login}, nil},
		} {
			t.Run(name, func(t *testing.T) {
				d, r := through(t, way.env, way.args...)
				works(t, "http://"+address, d, r)
				text := run(t, nil, append(bareEnv(t), way.env...), binary(t), slices.Concat(doctor, way.args, []string{"-o", "text"})...)
				shown := run(t, nil, append(bareEnv(t), way.env...), binary(t), slices.Concat([]string{"profile", "show"}, way.args)...)
				for _, r := range []result{r, text, shown} {
					if said := string(r.stdout) + r.stderr; r.exit != 0 || strings.Contains(said, password) || len(r.stdout) == 0 {
						t.Errorf("%v\nexit %d, or no output, or the password is in it", r, r.exit)
					}
				}
			})
		}
	})

	t.Run("port refused", func(t *testing.T) {
		address, _ := tinyproxy(t, hosts, "Allow 127.0.0.1", "ConnectPort 563")
		d, r := through(t, nil, "--proxy", "http://"+address)
		f := d.only(t, "network", "network.proxy-refused")
		if r.exit != 1 || f.evidence("proxy") != "http://"+address || f.evidence("proxy_status") != "403" {
			t.Errorf("evidence %v\n%v", f.Evidence, r)
		}
		if c := d.check(t, "token"); c.Status != "skip" {
			t.Errorf("token: %s %v", c.Status, c.codes())
		}
	})

	t.Run("client refused", func(t *testing.T) {
		address, _ := tinyproxy(t, hosts, "Allow 192.0.2.1", "ConnectPort 443")
		d, r := through(t, nil, "--proxy", "http://"+address)
		if f := d.only(t, "network", "network.proxy-refused"); r.exit != 1 || f.evidence("proxy_status") != "403" {
			t.Errorf("evidence %v\n%v", f.Evidence, r)
		}
	})
}
