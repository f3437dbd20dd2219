//go:build e2e

package e2e

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Programs that go on running beside the tests, and what they need.

// unpacked is where ".ci/run counterparts" puts the programs of Debian's packages
// that must not be installed: those would start by themselves.
const unpacked = "debian"

// program is the path of a counterpart: an unpacked one, or the machine's own.
func program(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range []string{unpacked + "/usr/sbin", unpacked + "/usr/bin", "/usr/sbin"} {
		if path, err := filepath.Abs(filepath.Join(dir, name)); err == nil && isFile(path) {
			return path
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%v\nrun: bash .ci/run counterparts", err)
	}
	return path
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// transcript collects what a running program prints.
type transcript struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (l *transcript) Write(p []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.Write(p)
}

func (l *transcript) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.String()
}

// server is a program that goes on running until its test ends.
type server struct {
	name     string
	process  *os.Process
	log      transcript // stdout and stderr
	logFiles []string   // what else to show when the test fails
	exit     int        // the exit code that it must end with, -1 for any
	ended    chan error
}

// start starts a program, and ends it with SIGTERM when the test ends.
func start(t *testing.T, env []string, name string, args ...string) *server {
	t.Helper()
	s := &server{name: filepath.Base(name), exit: -1, ended: make(chan error, 1)}
	cmd := exec.Command(name, args...)
	cmd.Env = env
	cmd.Stdout, cmd.Stderr = &s.log, &s.log
	cmd.WaitDelay = time.Second // for a child that keeps the pipe open
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.process = cmd.Process
	go func() { s.ended <- cmd.Wait() }()
	t.Cleanup(func() {
		stop(s.process)
		select {
		case err := <-s.ended:
			if code := cmd.ProcessState.ExitCode(); s.exit >= 0 && code != s.exit && runtime.GOOS != "windows" {
				t.Errorf("%s ended with %v, want exit %d", s.name, err, s.exit)
			}
		case <-time.After(10 * time.Second):
			cmd.Process.Kill()
			<-s.ended
			t.Errorf("%s did not end on SIGTERM", s.name)
		}
		if t.Failed() {
			t.Logf("%s said:\n%s", s.name, s.words())
		}
	})
	return s
}

func stop(p *os.Process) {
	if runtime.GOOS == "windows" {
		p.Kill()
		return
	}
	p.Signal(syscall.SIGTERM)
}

// words are all that the program left: what it printed, and its log files.
func (s *server) words() string {
	text := s.log.String()
	for _, path := range s.logFiles {
		data, _ := os.ReadFile(path)
		text += fmt.Sprintf("[%s]\n%s", filepath.Base(path), data)
	}
	return text
}

// await polls until the program is ready. That it never is takes a minute to
// find out; that it has ended, no time.
func (s *server) await(t *testing.T, ready func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ready(); time.Sleep(30 * time.Millisecond) {
		select {
		case err := <-s.ended:
			s.ended <- err
			t.Fatalf("%s ended: %v", s.name, err)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is not ready after a minute", s.name)
		}
	}
}

// listens reports whether something takes connections at address.
func listens(address string) func() bool {
	return func() bool {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			return false
		}
		c.Close()
		return true
	}
}

// nextPort runs through ports below those that systems give to outgoing
// connections, so that a port that is free stays so until its server has it.
var nextPort atomic.Uint32

func init() { nextPort.Store(10000 + rand.Uint32N(20000)) }

// freePort finds one on loopback, for a server that cannot choose one itself.
func freePort(t *testing.T) string {
	t.Helper()
	for range 1000 {
		address := fmt.Sprintf("127.0.0.1:%d", 10000+nextPort.Add(1)%20000)
		tcp, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		tcp.Close()
		udp, err := net.ListenPacket("udp", address)
		if err != nil {
			continue
		}
		udp.Close()
		return address
	}
	t.Fatal("no free port on loopback")
	return ""
}

func port(address string) string {
	_, p, _ := net.SplitHostPort(address)
	return p
}

// authority is a certificate authority that openssl made.
type authority struct{ key, cert string }

// makeAuthority makes one of this name, as a company makes its own.
func makeAuthority(t *testing.T, name string) authority {
	t.Helper()
	a := authority{key: makeEC(t, "P-256"), cert: filepath.Join(t.TempDir(), "ca.pem")}
	openssl(t, nil, "req", "-new", "-x509", "-key", a.key, "-sha256", "-days", "30", "-subj", "/O="+name+"/CN="+name+" Root",
		"-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign", "-out", a.cert)
	return a
}

// issue makes a key and the chain, leaf first, of a server with these names, such
// as DNS:host or IP:127.0.0.1.
func (a authority) issue(t *testing.T, names ...string) (key, chain string) {
	t.Helper()
	dir := t.TempDir()
	key, chain = makeEC(t, "P-256"), filepath.Join(dir, "chain.pem")
	request := openssl(t, nil, "req", "-new", "-key", key, "-subj", "/O=Servers/CN="+names[0][strings.Index(names[0], ":")+1:])
	extensions := write(t, "extensions", []byte("basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName="+strings.Join(names, ",")+"\n"))
	leaf := openssl(t, request, "x509", "-req", "-CA", a.cert, "-CAkey", a.key, "-set_serial", "1", "-days", "10", "-sha256", "-extfile", extensions)
	if err := os.WriteFile(chain, append(leaf, read(t, a.cert)...), 0o600); err != nil {
		t.Fatal(err)
	}
	return key, chain
}

// speaksTLS reports whether a TLS server of this version is at address, whatever
// its certificate.
func speaksTLS(address string, version uint16) func() bool {
	return func() bool {
		c, err := tls.DialWithDialer(&net.Dialer{Timeout: time.Second}, "tcp", address,
			&tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version})
		if err != nil {
			return false
		}
		c.Close()
		return true
	}
}
