package doctor

import (
	"bytes"
	"context"
	"errors"
	"net"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nsauth/nsauth/internal/atomicfile"
	"github.com/nsauth/nsauth/internal/certgen"
	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/keys"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/report"
	"github.com/nsauth/nsauth/internal/testkit"
)

// silent is a world in which every connection is made and no server ever answers.
func silent(now func() time.Time) host.World {
	return host.World{
		Now:        now,
		LookupEnv:  func(string) (string, bool) { return "", false },
		LookupHost: func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil },
		Dial: func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() { // reads what it is sent, for ever
				buffer := make([]byte, 4096)
				for {
					if _, err := theirs.Read(buffer); err != nil {
						return
					}
				}
			}()
			return ours, nil
		},
	}
}

// after is a clock that begins at born: the bubble's own begins in the year 2000,
// long before any certificate.
func after(born time.Time) func() time.Time {
	bubble := time.Now()
	return func() time.Time { return born.Add(time.Since(bubble)) }
}

func testProfile(t *testing.T, more map[string][]string) *profile.Profile {
	t.Helper()
	k, err := certgen.Generate(certgen.P256, nil)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := certgen.SelfSign(k, certgen.CertificateTemplate{Subject: "test", NotBefore: time.Now().Add(-time.Hour), Days: 365}, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	keyPath, certPath := filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem")
	text, err := k.PKCS8PEM()
	if err != nil {
		t.Fatal(err)
	}
	for path, data := range map[string][]byte{keyPath: []byte(text.Reveal()), certPath: cert.PEM()} {
		if err := atomicfile.WriteNew(path, data, atomicfile.OwnerOnly); err != nil {
			t.Fatal(err)
		}
	}
	flags := map[string][]string{"account": {"1234567"}, "key": {keyPath}, "cert": {certPath}, "certificate-id": {cert.ID()},
		"client-id": {"1c343a716c1dceb60e7fc149fa6735929ef77d28fe16293f892976dde7d8e3e2"}}
	for name, values := range more {
		flags[name] = values
	}
	p, err := profile.Resolve(profile.Input{Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// pairOf reads the key and the certificate that p names.
func pairOf(p *profile.Profile) (pair keys.Pair) {
	pair.ReadKey(context.Background(), new(keys.Loader), host.KeySource(p))
	pair.ReadCertificate(context.Background(), new(keys.Loader), host.CertificateSource(p))
	return pair
}

// valid checks a report against its schema.
func valid(t *testing.T, r *finding.Report) {
	t.Helper()
	var b writer
	if err := report.JSON(&b, r); err != nil {
		t.Fatal(err)
	}
	if _, err := testkit.Document(b); err != nil {
		t.Error(err)
	}
}

type writer []byte

func (w *writer) Write(p []byte) (int, error) { *w = append(*w, p...); return len(p), nil }

func status(r *finding.Report, id finding.CheckID) finding.Status {
	for _, c := range r.Checks {
		if c.ID == id {
			return c.Status
		}
	}
	return ""
}

// A server that never answers: the network check ends by its own limit, what
// needs it is skipped, what needs nothing is done, and no credential is blamed.
func TestAServerThatNeverAnswers(t *testing.T) {
	p, born := testProfile(t, nil), time.Now()
	synctest.Test(t, func(t *testing.T) {
		for _, timeout := range []time.Duration{0, 2 * time.Second} {
			started := time.Now()
			r, err := Examine(t.Context(), silent(after(born)), p, Request{Command: "doctor", Pair: pairOf(p), Timeout: timeout})
			if err != nil {
				t.Fatal(err)
			}
			if limit := 30 * time.Second; time.Since(started) > limit { // the bubble's clock, not the machine's
				t.Errorf("the run took %v", time.Since(started))
			}
			if r.Outcome != finding.OutcomeInconclusive || r.ExitCode != finding.ExitInconclusive {
				t.Errorf("outcome %s, exit %d", r.Outcome, r.ExitCode)
			}
			if status(r, "network") != finding.Unknown || status(r, "token") != finding.Skip || status(r, "key") != finding.Pass {
				t.Errorf("network %s, token %s, key %s", status(r, "network"), status(r, "token"), status(r, "key"))
			}
			if r.Diagnosis == nil || len(r.Diagnosis.Causes) == 0 || r.Diagnosis.Causes[0].Code != "network.timeout" {
				t.Errorf("diagnosis %+v", r.Diagnosis)
			}
			valid(t, r)
			synctest.Wait()
		}
	})
}

func TestAnInterruptWhileWaiting(t *testing.T) {
	p, born := testProfile(t, nil), time.Now()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		r, err := Examine(ctx, silent(after(born)), p, Request{Command: "doctor", Pair: pairOf(p)})
		if err != nil {
			t.Fatal(err)
		}
		if r.ExitCode != finding.ExitInterrupted || r.Outcome != finding.OutcomeInterrupted || r.Error == nil {
			t.Errorf("outcome %s, exit %d, error %v", r.Outcome, r.ExitCode, r.Error)
		}
		if status(r, "key") == finding.Skip || status(r, "network") != finding.Skip {
			t.Errorf("key %s, network %s", status(r, "key"), status(r, "network"))
		}
		valid(t, r)
	})
}

func TestSetupErrorsExamineNothing(t *testing.T) {
	p := testProfile(t, map[string][]string{"ca-file": {filepath.Join(t.TempDir(), "nosuch.pem")}})
	_, err := Examine(t.Context(), silent(time.Now), p, Request{Command: "doctor", Pair: pairOf(p)})
	var setup *host.SetupError
	if !errors.As(err, &setup) || setup.Field != profile.FieldCAFile {
		t.Errorf("%v", err)
	}
	r, err := Examine(t.Context(), silent(time.Now), p, Request{Command: "doctor", Pair: pairOf(p), Select: checks.Selection{Offline: true}})
	if err != nil || r.ExitCode != finding.ExitOK {
		t.Errorf("offline needs no CA file: %v", err)
	}
}

// An examination that did not end keeps what it told, says at the next check why it ended, and
// has the checks in their order.
func TestUnfinished(t *testing.T) {
	_, _, p := actOut(t, "healthy", nil)
	told := checks.NotRun()[:3]
	for i := range told {
		told[i].Status = finding.Pass
	}
	all := slices.DeleteFunc(checks.NotRun(), func(c finding.Result) bool { return c.ID == finding.CheckRequest })
	for i := range all {
		all[i].Status = finding.Pass
	}
	for _, tt := range []struct {
		name    string
		told    []finding.Result
		code    finding.Code
		at      finding.CheckID // the check that is unknown
		outcome finding.Outcome
		exit    int
	}{
		{"interrupted", told, "", "", finding.OutcomeInterrupted, 130},
		{"interrupted at the start", nil, "", "", finding.OutcomeInterrupted, 130},
		{"given up", told, "internal.timed-out", all[3].ID, finding.OutcomeInconclusive, 3},
		{"given up before the first check", nil, "internal.timed-out", finding.CheckKey, finding.OutcomeInconclusive, 3},
		{"given up after the last check", all, "internal.timed-out", "", finding.OutcomeError, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := Unfinished(Request{Command: "doctor"}, p, time.Unix(0, 0), tt.told, tt.code)
			if r.Outcome != tt.outcome || r.ExitCode != tt.exit || r.Summary.Pass != len(tt.told) || r.Profile == nil {
				t.Errorf("%s %d %+v", r.Outcome, r.ExitCode, r.Summary)
			}
			var ids, want []finding.CheckID
			for i, c := range r.Checks {
				ids, want = append(ids, c.ID), append(want, all[i].ID)
				if (c.Status == finding.Unknown) != (c.ID == tt.at) {
					t.Errorf("%s is %s", c.ID, c.Status)
				}
			}
			if !slices.Equal(ids, want) || len(ids) != len(all) {
				t.Errorf("%v, want %v", ids, want)
			}
			var b bytes.Buffer
			if err := report.JSON(&b, r); err != nil {
				t.Fatal(err)
			}
			if _, err := finding.Read(b.Bytes()); err != nil {
				t.Error(err)
			}
		})
	}
}
