package rotation

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/emulator/faults"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/testkit"
)

// Each request fails in each way, before or after NetSuite made the change. The profile
// works after that, and both ways out lead to their ends.
func TestFaultsAtEachRequest(t *testing.T) {
	stopped := 0
	i := -1
	for _, kind := range []string{"list", "add", "token", "revoke"} {
		for _, how := range []string{"before-500", "after-500", "before-drop", "after-drop"} {
			for nth := 1; nth <= 2; nth++ {
				for _, out := range []string{"resume", "undo"} {
					if i++; testkit.LeftOut(i, 5, 21) {
						continue
					}
					t.Run(fmt.Sprintf("%s %d %s %s", kind, nth, how, out), func(t *testing.T) {
						if faultAt(t, kind, how, nth, out) {
							stopped++
						}
					})
				}
			}
		}
	}
	if stopped < 2 {
		t.Errorf("only %d rotations stopped: this test looked at nothing", stopped)
	}
}

func faultAt(t *testing.T, kind, how string, nth int, out string) (stopped bool) {
	f := newFront(t, nil)
	before := f.pairs()
	n := 0
	f.break_(func(k string) string {
		if k == kind {
			n++
		}
		if k == kind && (n == nth || n > nth && nth == 2 && n < 14) { // once, or for all tries of a run
			return how
		}
		return ""
	})
	o := Options{RevokeOld: "now"}
	entry, said, err := f.rotate(o)
	f.works()
	j, _ := readJournal(journalPath(f.config, "emulator"))
	if err == nil {
		if entry.Outcome != OutcomeDone || j.State != Done {
			t.Errorf("%+v\n%s", entry, said)
		}
		return false
	}
	if j == nil { // nothing was begun
		if f.pairs()["emulator"] != before["emulator"] || len(f.added) > 0 {
			t.Error(f.pairs(), f.added)
		}
		return true
	}
	if _, _, err := f.rotate(Options{}); err == nil || !strings.Contains(err.Error(), "is unfinished") || !slices.Contains(cli.ErrorInfo(err).Hints, "nsauth cert rotate --config "+f.config+" --profile emulator --undo takes it back") {
		t.Errorf("a new rotation: %v, %q", err, cli.ErrorInfo(err).Hints)
	}
	if out == "resume" {
		entry, said, err = f.rotate(Options{Resume: true})
		if err != nil || entry.Outcome != OutcomeDone || len(f.added) != 1 || f.pairs()["emulator"] == before["emulator"] {
			t.Errorf("%v, %d added\n%s", err, len(f.added), said)
		}
	} else if _, said, err = f.rotate(Options{Undo: true}); err != nil && !strings.Contains(err.Error(), "old certificate gets no token") {
		t.Errorf("%v\n%s", err, said)
	} else if err == nil && f.pairs()["emulator"] != before["emulator"] {
		t.Error(f.pairs())
	}
	f.works()
	return true
}

// NetSuite is not ready at once: its list lags, and the new certificate gets no token.
func TestNotReady(t *testing.T) {
	f := newFront(t, func(s *scenario.Scenario) { s.Client.KeyType = "rsa-3072" })
	f.unlisted, f.unready = 3, 4
	f.break_(func(kind string) string {
		if kind == "add" {
			return "after-drop"
		}
		return ""
	})
	entry, said, err := f.rotate(Options{})
	if err != nil || len(f.added) != 1 || !strings.Contains(said, "(try 5)") {
		t.Errorf("%v, %d added\n%s", err, len(f.added), said)
	}
	if !f.added[*entry.New.CertificateID] {
		t.Error("not NetSuite's own Certificate ID")
	}
	f.works()

	late := newFront(t, nil) // it is never listed, so it is not known
	late.unlisted = 1000
	late.break_(func(kind string) string {
		if kind == "add" {
			return "after-500"
		}
		return ""
	})
	_, said, err = late.rotate(Options{})
	if err == nil || exitCode(err) != finding.ExitInconclusive || !strings.Contains(err.Error(), "not known whether") {
		t.Errorf("%v\n%s", err, said)
	}
	late.break_(nil)
	if _, said, err = late.rotate(Options{Resume: true}); err == nil || len(late.added) != 1 { // "mapped already"
		t.Errorf("%v\n%s", err, said)
	}
	late.unlisted = 0
	if _, said, err = late.rotate(Options{Resume: true}); err != nil || len(late.added) != 1 {
		t.Errorf("%v\n%s", err, said)
	}
	late.works()
}

// What stops before anything is made.
func TestStopsBefore(t *testing.T) {
	row := 0
	for name, tt := range map[string]struct {
		change func(*scenario.Scenario)
		o      Options
		edit   func(string) string
		want   string
		hint   string
		keep   bool // the own certificate is marked
		exit   int
	}{
		"403": {change: func(s *scenario.Scenario) {
			s.Server.WithoutPermissions = []string{"Manage own OAuth 2.0 Client Credentials Certificates"}
		}, want: "Manage own OAuth 2.0 Client Credentials Certificates", hint: "add the permission", exit: 1},
		"five active": {change: func(s *scenario.Scenario) { s.Server.Active = 5 }, want: "5 active certificates", hint: "active: ", keep: true, exit: 1},
		"a variable":  {edit: func(c string) string { return strings.Replace(c, "certificate_id: \"", "certificate_id: \"${ID}", 1) }, want: "${ID}", exit: 2},
		"production": {edit: func(c string) string {
			return strings.Replace(c, "  emulator:\n", "  emulator:\n    production: true\n", 1)
		}, want: "for production", hint: "--yes", exit: 2},
		"env key":     {edit: func(c string) string { return strings.Replace(c, `key: "key.pem"`, `key: "env:K"`, 1) }, want: "not in a file", hint: "--out FOLDER", exit: 2},
		"key command": {edit: func(c string) string { return strings.Replace(c, `key: "key.pem"`, `key_command: "cat key.pem"`, 1) }, want: "a command has the key", exit: 2},
		"flow map": {edit: func(c string) string {
			return strings.Replace(c, "  emulator:\n", "  other: {account: x}\n  emulator: # x\n", 1)
		}, want: "", exit: 0},
		"without cert": {o: Options{Cert: "nosuch.pem"}, want: "nosuch.pem", exit: 2},
	} {
		if row++; testkit.LeftOut(row, 1, 3) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			f := newFront(t, tt.change)
			if tt.edit != nil {
				text, _ := os.ReadFile(f.config)
				if err := os.WriteFile(f.config, []byte(tt.edit(string(text))), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			before, _ := os.ReadFile(f.config)
			files, _ := filepath.Glob(filepath.Join(f.dir, "emulator-*"))
			_, said, err := f.rotate(tt.o)
			if tt.want == "" {
				if err != nil {
					t.Errorf("%v\n%s", err, said)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || exitCode(err) != tt.exit || !strings.Contains(strings.Join(cli.ErrorInfo(err).Hints, "\n"), tt.hint) {
				t.Errorf("%v (exit %d)\n%v\n%s", err, exitCode(err), cli.ErrorInfo(err).Hints, said)
			}
			hints := strings.Join(cli.ErrorInfo(err).Hints, "\n")
			own := "active: " + f.pairs()["emulator"].CertificateID
			if marks := strings.Count(hints, "keep it: "); tt.keep && (marks != 1 || !regexp.MustCompile(`(?m)^`+own+`.*; keep it: emulator signs with it$`).MatchString(hints)) {
				t.Errorf("%d marks, %s\n%s", marks, own, hints)
			}
			after, _ := os.ReadFile(f.config)
			made, _ := filepath.Glob(filepath.Join(f.dir, "emulator-*"))
			if string(after) != string(before) || len(made) != len(files) || len(f.added) > 0 {
				t.Errorf("something was made: %v", made)
			}
		})
	}
}

// Two profiles with one certificate are switched together; one with another key holds it.
func TestSharedCertificate(t *testing.T) {
	f := newFront(t, nil)
	text, _ := os.ReadFile(f.config)
	own := string(text)[strings.Index(string(text), "  emulator:\n"):]
	if end := strings.Index(own[3:], "\n  "+"a"); end > 0 {
		own = own[:3+end+1]
	}
	own = own[:strings.LastIndex(strings.Split(own, "\n  auditor:")[0], "\n")+1]
	key, _ := os.ReadFile(filepath.Join(f.dir, "key.pem"))
	if err := os.WriteFile(filepath.Join(f.dir, "copy.pem"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	twin := strings.Replace(own, "  emulator:", "  twin:", 1)
	copied := strings.Replace(strings.Replace(own, "  emulator:", "  copied:", 1), `key: "key.pem"`, `key: "copy.pem"`, 1)
	if err := os.WriteFile(f.config, []byte(strings.Replace(string(text), "profiles:\n", "profiles:\n"+twin+copied, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	before := f.pairs()
	entry, said, err := f.rotate(Options{RevokeOld: "now"})
	after := f.pairs()
	if err == nil || !strings.Contains(err.Error(), "copied still signs with it") || after["twin"].Pair != after["emulator"].Pair || after["twin"].Pair == before["twin"].Pair ||
		after["copied"] != before["copied"] || strings.Join(entry.Profiles, " ") != "emulator twin" {
		t.Errorf("%v\n%s\n%+v", err, said, after)
	}
	f.works()
}

// The faults of the emulator that its page names for a rotation: it ends well, with one new
// certificate.
func TestFaultsOfEmulator(t *testing.T) {
	const clients, token = ",path=/services/rest/auth/oauth2/v1/clients/,skip=2", ",path=/services/rest/auth/oauth2/v1/token,skip=1"
	for _, specs := range [][]string{{"failed-after:1" + clients}, {"lost-after:1" + clients, "list-late:3" + clients, "unavailable:2" + token}} {
		f := newFront(t, nil)
		var set []faults.Fault
		for _, spec := range specs {
			fault, err := faults.Parse(spec)
			if err != nil {
				t.Fatal(err)
			}
			set = append(set, fault)
		}
		if err := f.srv.SetFaults(set...); err != nil {
			t.Fatal(err)
		}
		entry, said, err := f.rotate(Options{})
		if err != nil || f.pairs()["emulator"].CertificateID != *entry.New.CertificateID || strings.Contains(said, "(try 3)") != (len(specs) > 1) {
			t.Errorf("%v: %v\n%s", specs, err, said)
		}
		adds := 0
		for _, kind := range f.requests {
			if kind == "add" {
				adds++
			}
		}
		if adds != 1 {
			t.Errorf("%v: %d requests to add", specs, adds)
		}
	}
}

func TestExitCodes(t *testing.T) {
	if exitCode(nil) != 0 || exitCode(errors.New("x")) != finding.ExitUsage || exitCode(fails("x")) != finding.ExitFail || exitCode(cli.Exit(1)) != finding.ExitFail {
		t.Error("exit codes")
	}
}
