package rotation

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/keypair"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/testkit"
)

// TestAtTheSameTime begins a second rotation of the profile while the first one adds its
// certificate.
func TestAtTheSameTime(t *testing.T) {
	for name, tt := range map[string]struct {
		fault   string // of the first one's add
		timeout time.Duration
		outcome string
		want    string
	}{
		"it waits, and has nothing to do":   {outcome: OutcomeUnchanged, want: "another run rotated the certificate meanwhile"},
		"it waits, and the first one stops": {fault: "before-500", outcome: OutcomeStopped, want: "is unfinished"},
		"it waits too long":                 {timeout: time.Nanosecond, outcome: OutcomeStopped, want: "another run still rotates the certificate of emulator: nothing was changed"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFront(t, nil)
			waiting, ended := make(chan bool), make(chan bool)
			var second Entry
			var said string
			var err error
			go func() {
				defer close(ended)
				<-waiting
				second, said, err = f.rotate(Options{Timeout: tt.timeout, Pause: func(ctx context.Context, _ time.Duration) error {
					if waiting != nil {
						waiting <- true
						waiting = nil
					}
					time.Sleep(time.Millisecond)
					return ctx.Err()
				}})
			}()
			begun := waiting
			f.break_(func(kind string) string {
				if kind != "add" {
					return ""
				}
				if begun != nil {
					begun <- true // the second one begins, and
					if tt.timeout == 0 {
						<-begun // waits
					} else {
						go func() { <-begun }()
						<-ended
					}
					begun = nil
				}
				return tt.fault
			})
			first, firstSaid, firstErr := f.rotate(Options{})
			<-ended
			if (firstErr == nil) != (tt.fault == "") {
				t.Errorf("the first one: %+v, %v\n%s", first, firstErr, firstSaid)
			}
			if second.Outcome != tt.outcome || (err == nil) != (tt.outcome == OutcomeUnchanged) || err != nil && exitCode(err) != finding.ExitUsage {
				t.Errorf("the second one: %+v, %v", second, err)
			}
			if said += first.Outcome; err != nil {
				said += err.Error()
			}
			if !strings.Contains(said, tt.want) || !strings.Contains(said, "another run rotates the certificate of emulator: waiting for it") {
				t.Errorf("the second one said: %s", said)
			}
			if len(f.added) > 1 {
				t.Errorf("added %v", f.added)
			}
			f.works()
		})
	}
}

// newCertificate makes a key and a certificate in the folder of the front.
func (f *front) newCertificate(name string) (key, cert string) {
	f.t.Helper()
	var said bytes.Buffer
	if _, err := keypair.Make(context.Background(), f.app(&said, &said), keypair.Options{KeyType: "p-256", Days: 730, Subject: name, Out: f.dir, Name: name}); err != nil {
		f.t.Fatal(err, said.String())
	}
	return filepath.Join(f.dir, name+keyEnd), filepath.Join(f.dir, name+certEnd)
}

// add adds a certificate by hand, with a profile of the file.
func (f *front) add(cert string) string {
	f.t.Helper()
	var said bytes.Buffer
	a := f.app(&said, &said)
	in := a.Input(nil)
	in.ConfigPath, in.ProfileName = f.config, "emulator"
	p, err := profile.Resolve(in)
	if err != nil {
		f.t.Fatal(err)
	}
	entry, err := Add(context.Background(), a, p, cert, ByHand{Options: Options{Timeout: 10 * time.Second}})
	if err != nil {
		f.t.Fatal(err, said.String())
	}
	return *entry.New.CertificateID
}

// TestTwoCandidates: someone else adds a certificate while an add is not answered.
func TestTwoCandidates(t *testing.T) {
	for i, wrongFirst := range []bool{true, false} {
		if testkit.LeftOut(i, 1, 2) {
			continue
		}
		f := newFront(t, nil)
		_, cert := f.newCertificate("foreign")
		f.unlisted = 1000
		f.break_(func(kind string) string {
			if kind == "add" {
				return "after-drop"
			}
			return ""
		})
		if _, said, err := f.rotate(Options{}); err == nil || exitCode(err) != finding.ExitInconclusive || !strings.Contains(err.Error(), "not known whether") {
			t.Fatalf("%v\n%s", err, said)
		}
		f.break_(nil)
		own := ""
		for id := range f.added {
			own = id
		}
		foreign := f.add(cert)
		f.unlisted = 0
		for _, id := range []string{"", "nosuch"} {
			_, said, err := f.rotate(Options{Resume: true, CertificateID: id})
			if err == nil || exitCode(err) != finding.ExitUsage || !strings.Contains(err.Error(), own) || !strings.Contains(err.Error(), foreign) ||
				!strings.Contains(strings.Join(cli.ErrorInfo(err).Hints, "\n"), "--resume --certificate-id=ID") {
				t.Errorf("%v\n%s", err, said)
			}
		}
		if wrongFirst {
			if _, said, err := f.rotate(Options{Resume: true, CertificateID: foreign}); err == nil || !strings.Contains(err.Error(), `before "proven"`) || f.pairs()["emulator"].Previous != nil {
				t.Errorf("%v\n%s", err, said)
			}
		}
		entry, said, err := f.rotate(Options{Resume: true, CertificateID: own})
		if err != nil || entry.New.CertificateID == nil || *entry.New.CertificateID != own || f.pairs()["emulator"].CertificateID != own {
			t.Errorf("%v\n%s", err, said)
		}
		if f.revoked(foreign) || len(f.added) != 2 {
			t.Error("the certificate of someone else was touched")
		}
	}
}

// all runs "cert rotate --all", and returns its rotations by profile.
func (f *front) all(within time.Duration, o Options) (map[string]Entry, int) {
	f.t.Helper()
	var out, said bytes.Buffer
	a := f.app(&out, &said)
	a.Format = "json"
	in := a.Input(nil)
	in.ConfigPath = f.config
	o.Timeout, o.Pause = 10*time.Second, func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	err := CommandAll(context.Background(), a, in, within, o)
	var doc Document
	if json.Unmarshal(out.Bytes(), &doc) != nil {
		f.t.Fatalf("%v\n%s%s", err, out.String(), said.String())
	}
	entries := map[string]Entry{}
	for _, e := range doc.Rotations {
		entries[*e.Profile] = e
	}
	var code cli.Exit
	if errors.As(err, &code); int(code) != doc.ExitCode {
		f.t.Errorf("exit code %d, and %d in the document", code, doc.ExitCode)
	}
	return entries, doc.ExitCode
}

// profiles adds copies of the profile emulator, with replacements.
func (f *front) profiles(copies map[string][]string) {
	f.t.Helper()
	text, _ := os.ReadFile(f.config)
	_, own, _ := strings.Cut(string(text), "  emulator:\n")
	own, _, _ = strings.Cut(own, "  # A second client")
	added := ""
	for name, replace := range copies {
		added += "  " + name + ":\n" + strings.NewReplacer(replace...).Replace(own)
	}
	if err := os.WriteFile(f.config, []byte(strings.Replace(string(text), "profiles:\n", "profiles:\n"+added, 1)), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

func TestAllThatAreDue(t *testing.T) {
	f := newFront(t, nil)
	before := f.pairs()["emulator"]
	key, cert := f.newCertificate("fresh")
	fresh := f.add(cert)
	f.profiles(map[string][]string{"twin": nil, "failing": {`client_id: "`, `client_id: "0`},
		"afresh": {before.CertificateID, fresh, `"cert.pem"`, `"` + filepath.Base(cert) + `"`, `"key.pem"`, `"` + filepath.Base(key) + `"`}})
	f.endsIn(before.CertificateID, 10)
	entries, exit := f.all(30*24*time.Hour, Options{})
	after := f.pairs()
	outcome := func(name string) string { return entries[name].Outcome }
	if exit != finding.ExitFail || outcome("emulator")+outcome("twin") != OutcomeDone || outcome("afresh") != OutcomeUnchanged || outcome("auditor") != OutcomeUnchanged || outcome("failing") != OutcomeStopped {
		t.Errorf("exit %d: %+v", exit, entries)
	}
	if _, shown := entries["auditor-tba"]; shown || len(entries) != 4 {
		t.Errorf("%d entries: %+v", len(entries), entries)
	}
	if e := entries["failing"]; e.Error == nil || !strings.Contains(e.Error.Message, "failing") {
		t.Errorf("%+v", e.Error)
	}
	if after["twin"].Pair != after["emulator"].Pair || after["emulator"].Pair == before.Pair || after["afresh"].CertificateID != fresh || len(f.added) != 2 {
		t.Errorf("%d added\n%+v", len(f.added), after)
	}
	if entries, exit = f.all(30*24*time.Hour, Options{}); exit != finding.ExitFail || len(f.added) != 2 || outcome("emulator")+outcome("twin") != OutcomeUnchanged {
		t.Errorf("a second time: exit %d: %+v", exit, entries)
	}
}

// due runs "cert revoke --due".
func (f *front) due() []Entry {
	f.t.Helper()
	var said bytes.Buffer
	entries, err := RevokeDue(context.Background(), f.app(&said, &said), f.config,
		Options{Timeout: 10 * time.Second, Pause: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	if err != nil {
		f.t.Fatal(err, said.String())
	}
	return entries
}

func TestRevokeDue(t *testing.T) {
	f := newFront(t, nil)
	old := f.pairs()["emulator"].CertificateID
	start := time.Now()
	if _, said, err := f.rotate(Options{RevokeOld: "7d"}); err != nil || !strings.Contains(said, "is to be revoked after ") {
		t.Fatalf("%v\n%s", err, said)
	}
	journal := func() *Journal {
		j, err := readJournal(journalPath(f.config, "emulator"))
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	j := journal()
	if len(j.Due) != 1 || j.Due[0].CertificateID != old || j.Due[0].At.Sub(start.AddDate(0, 0, 7)).Abs() > time.Hour {
		t.Fatalf("%+v", j.Due)
	}
	f.break_(nil)
	if e := f.due(); len(e) != 0 || len(f.requests) != 0 || f.revoked(old) { // before its time
		t.Errorf("%+v, %v", e, f.requests)
	}
	_, cert := f.newCertificate("later")
	later := f.add(cert)
	j.Due[0].At = time.Now().Add(-time.Minute)
	j.Due = append(j.Due, Due{later, time.Now().Add(time.Hour)})
	if err := j.save(); err != nil {
		t.Fatal(err)
	}

	f.profiles(map[string][]string{"holder": {j.New.CertificateID, old}})
	if e := f.due(); len(e) != 1 || e[0].ExitCode != finding.ExitFail || !strings.Contains(e[0].Error.Message, "holder signs with it: it is not revoked") || f.revoked(old) || len(journal().Due) != 2 {
		t.Errorf("%+v", e)
	}
	text, _ := os.ReadFile(f.config)
	if err := os.WriteFile(f.config, []byte(strings.Replace(string(text), `certificate_id: "`+old, `certificate_id: "x`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}

	for _, how := range []string{"before-500", "before-drop"} {
		f.break_(func(kind string) string {
			if kind == "revoke" {
				return how
			}
			return ""
		})
		if e := f.due(); len(e) != 1 || e[0].ExitCode != finding.ExitInconclusive || e[0].Outcome != OutcomeStopped || f.revoked(old) || len(journal().Due) != 2 {
			t.Errorf("%s: %+v", how, e)
		}
	}
	f.break_(func(kind string) string { // it is revoked, and the answer is lost
		if kind == "revoke" {
			return "after-drop"
		}
		return ""
	})
	if e := f.due(); len(e) != 1 || e[0].Outcome != OutcomeDone || e[0].ExitCode != finding.ExitOK || !f.revoked(old) || f.revoked(later) || len(journal().Due) != 1 {
		t.Errorf("%+v", e)
	}
	f.break_(nil)
	if e := f.due(); len(e) != 0 || len(f.requests) != 0 {
		t.Errorf("a second time: %+v, %v", e, f.requests)
	}
	j = journal() // as if it had been killed before it wrote the journal
	j.Due = []Due{{old, time.Now().Add(-time.Minute)}}
	if err := j.save(); err != nil {
		t.Fatal(err)
	}
	if e := f.due(); len(e) != 1 || e[0].Outcome != OutcomeDone || !strings.Contains(e[0].Steps[0].Detail, "revoked before") || len(journal().Due) != 0 {
		t.Errorf("%+v", e)
	}
	f.listed()
}

// endsIn makes NetSuite's list say that a certificate is valid for some days.
func (f *front) endsIn(id string, days int) {
	f.rows = func(row map[string]any) {
		if row["certificate_id"] == id {
			row["valid_until"] = time.Now().AddDate(0, 0, days).Format(time.DateOnly)
		}
	}
}

// A dry run of --resume and --undo says what is left, and changes nothing, at every step.
func TestDryRunOfTheRest(t *testing.T) {
	row := 0
	for name, tt := range map[string]struct {
		stop         string // the request that fails; "" for a rotation that ends
		o            Options
		resume, undo string // the steps that are said
	}{
		"before the add":    {stop: "list", resume: "added proven switched kept", undo: "removed"},
		"perhaps added":     {stop: "add", resume: "added added proven switched kept", undo: "proven unknown"},
		"added, not proven": {stop: "token", o: Options{RevokeOld: "now"}, resume: "proven switched revoked", undo: "proven revoked removed"},
		"the hook failed":   {o: Options{Hook: "exit 3"}, resume: "hooked switched kept", undo: "proven kept kept"},
		"complete":          {undo: "proven restored kept kept"},
	} {
		if row++; testkit.LeftOut(row, 1, 2) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			f := newFront(t, nil)
			n := 0
			f.break_(func(kind string) string {
				if kind == tt.stop {
					n++
				}
				if kind == tt.stop && (kind == "add" || n > 1) {
					return "before-500"
				}
				return ""
			})
			_, _, err := f.rotate(tt.o)
			if (err == nil) != (name == "complete") {
				t.Fatal(err)
			}
			f.break_(nil)
			state := func() string {
				var all strings.Builder
				entries, err := os.ReadDir(f.dir)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range entries {
					data, _ := os.ReadFile(filepath.Join(f.dir, e.Name()))
					fmt.Fprintf(&all, "%s: %s\n", e.Name(), data)
				}
				return all.String()
			}
			before := state()
			for _, o := range []Options{{Resume: true, Hook: tt.o.Hook, DryRun: true}, {Undo: true, DryRun: true}} {
				want := tt.undo
				if o.Resume {
					want = tt.resume
				}
				entry, said, err := f.rotate(o)
				if want == "" {
					if err == nil {
						t.Errorf("nothing is left, and it said\n%s", said)
					}
					continue
				}
				var got []string
				for _, s := range entry.Steps {
					got = append(got, s.Step)
				}
				if err != nil || entry.Outcome != OutcomePlanned || strings.Join(got, " ") != want || entry.Journal == nil {
					t.Errorf("%+v: %v, want %s\n%s", o, err, want, said)
				}
			}
			if after := state(); after != before {
				t.Errorf("before:\n%s\nafter:\n%s", before, after)
			}
			if i := slices.IndexFunc(f.requests, func(kind string) bool { return kind == "add" || kind == "revoke" }); i >= 0 {
				t.Errorf("it sent %s", f.requests[i])
			}
			if _, said, err := f.rotate(Options{Undo: true}); err != nil {
				t.Errorf("%v\n%s", err, said)
			}
			f.works()
		})
	}
}
