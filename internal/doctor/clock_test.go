package doctor

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/host"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/testkit"
	"github.com/nsauth/nsauth/internal/testkit/keypool"
	"github.com/nsauth/nsauth/internal/text"
)

// The clock through the whole doctor: a server that answers with a Date, or none,
// and time servers over UDP.
func TestClock(t *testing.T) {
	truth := time.Now // of the emulator and of the right time server
	right := testkit.ServeNTP(t, testkit.RightNTP(truth, 0))
	off := testkit.ServeNTP(t, testkit.RightNTP(truth, 120*time.Second))
	kiss := testkit.ServeNTP(t, testkit.KissOfDeath(truth))
	const netsuiteHost, none = "1234567.suitetalk.api.netsuite.com", -1e9
	for _, tt := range []struct {
		name     string
		scenario string
		ntp      string // one server: in this test none must be too slow to be waited for
		down     bool   // no connection to the server
		want     []finding.Code
		outcome  finding.Outcome
		source   string  // of the offset
		ntpOff   float64 // none for null
	}{
		{"right", "administrator-role", right, false, nil, "", netsuiteHost, 0},
		{"NTP says otherwise", "administrator-role", off, false, []finding.Code{"clock.sources-disagree"}, finding.OutcomeWarn, netsuiteHost, 120},
		{"sent away", "administrator-role", kiss, false, nil, "", netsuiteHost, none},
		{"no server, NTP answers", "administrator-role", right, true, nil, finding.OutcomeInconclusive, right, 0},
		{"no server, and the clock is off by NTP", "clock-ahead", right, true, []finding.Code{"clock.skewed"}, finding.OutcomeInconclusive, right, 600},
		{"no clock at all", "administrator-role", kiss, true, []finding.Code{"clock.unmeasured"}, finding.OutcomeInconclusive, "", none},
		{"behind", "clock-behind", right, false, []finding.Code{"clock.skewed"}, finding.OutcomeFail, netsuiteHost, -1200},
		{"a certificate's end by both clocks", "expired-certificate", right, false, []finding.Code{"certificate.expired"}, finding.OutcomeFail, netsuiteHost, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, server, p := actOut(t, tt.scenario, map[string][]string{"ntp-server": {tt.ntp}})
			spoken := make(chan bool)
			w := host.World{
				Now:        func() time.Time { return truth().Add(s.Client.ClockOffset) },
				LookupEnv:  func(string) (string, bool) { return "", false },
				LookupHost: func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil },
				Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
					if network == "udp" {
						conn, err := new(net.Dialer).DialContext(ctx, network, address)
						return &spokenTo{conn, spoken}, err
					}
					if tt.down {
						return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("connection refused")}
					}
					<-spoken // so that no machine is too slow for what time servers get
					return new(net.Dialer).DialContext(ctx, network, server.Addr())
				},
			}
			r, err := Examine(t.Context(), w, p, Request{Command: "doctor", Pair: pairOf(p)})
			if err != nil {
				t.Fatal(err)
			}
			valid(t, r)
			if tt.outcome != "" && r.Outcome != tt.outcome {
				t.Errorf("outcome %s", r.Outcome)
			}
			hold(t, r, tt.want, tt.source)
			for _, c := range r.Checks {
				if facts, ok := c.Facts.(finding.ClockFacts); ok {
					source, offset := "", none
					if facts.Source != nil {
						source = *facts.Source
					}
					if facts.NTPOffsetSeconds != nil {
						offset = *facts.NTPOffsetSeconds
					}
					if source != tt.source || offset < tt.ntpOff-5 || offset > tt.ntpOff+5 || len(facts.NTPServers) != 1 {
						t.Errorf("by %q, NTP %v, want %q, %v", source, offset, tt.source, tt.ntpOff)
					}
				}
			}
		})
	}
}

// What only a clock that is off makes of a certificate is no cause, and nobody is
// told to make another one.
func TestAClockThatIsYearsAhead(t *testing.T) {
	for name, tt := range map[string]struct {
		off  time.Duration
		code finding.Code
	}{"ahead": {1000 * 24 * time.Hour, "certificate.expired"}, "behind": {-1000 * 24 * time.Hour, "certificate.not-yet-valid"}} {
		t.Run(name, func(t *testing.T) {
			_, server, p := actOut(t, "administrator-role", map[string][]string{"ntp-server": {"127.0.0.1:9"}})
			r, err := Examine(t.Context(), toward(server, tt.off), p, Request{Command: "doctor", Pair: pairOf(p)})
			if err != nil {
				t.Fatal(err)
			}
			valid(t, r)
			found := slices.ContainsFunc(r.Checks, func(c finding.Result) bool {
				return slices.ContainsFunc(c.Findings, func(f finding.Finding) bool { return f.Code == tt.code })
			})
			causes := r.Diagnosis.Causes
			if !found || causes[0].Code != "clock.skewed" || causes[0].ConsequenceOf != nil {
				t.Fatalf("found %v, %+v", found, causes)
			}
			for _, c := range causes {
				if c.Code == tt.code && (c.Confidence == finding.Certain || c.ConsequenceOf == nil || *c.ConsequenceOf != "clock.skewed") {
					t.Errorf("%+v", c)
				}
			}
		})
	}
}

// hold looks at the findings about time: which there are, and that each shows both
// clocks if the local one was compared with another.
func hold(t *testing.T, r *finding.Report, want []finding.Code, source string) {
	t.Helper()
	var got []finding.Code
	for _, c := range r.Checks {
		for _, f := range c.Findings {
			local, ok := f.Evidence["local_time"].(string)
			if !ok {
				continue
			}
			got = append(got, f.Code)
			reference, compared := f.Evidence["reference_time"].(string)
			if !strings.Contains(f.Message, inWords(t, local)) || compared != (source != "") ||
				compared && (f.Evidence["reference_source"] != source || !strings.Contains(f.Message, inWords(t, reference))) {
				t.Errorf("%s: %q, %v", f.Code, f.Message, f.Evidence)
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("findings about time %v, want %v", got, want)
	}
}

// inWords is a time of the evidence as a message has it.
func inWords(t *testing.T, evidence string) string {
	t.Helper()
	at, err := time.Parse(time.RFC3339, evidence)
	if err != nil {
		t.Fatal(err)
	}
	return text.Time(at)
}

// spokenTo says when the client is done with a connection.
type spokenTo struct {
	net.Conn
	done chan bool
}

func (c *spokenTo) Close() error { defer close(c.done); return c.Conn.Close() }

// toward is a world where every connection ends at the server, this machine's clock
// is off by so much, and there are no time servers.
func toward(server *server.Server, off time.Duration) host.World {
	return host.World{
		Now:        func() time.Time { return time.Now().Add(off) },
		LookupEnv:  func(string) (string, bool) { return "", false },
		LookupHost: func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil },
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			if network == "udp" {
				return nil, errors.ErrUnsupported
			}
			return new(net.Dialer).DialContext(ctx, network, server.Addr())
		},
	}
}

// actOut serves a scenario: what it is, where it is served, and its client's profile.
func actOut(t testing.TB, name string, flags map[string][]string) (scenario.Scenario, *server.Server, *profile.Profile) {
	t.Helper()
	s, ok := scenario.Lookup(name)
	if !ok {
		t.Fatalf("no scenario %s", name)
	}
	prepared, err := scenario.Prepare(s, time.Now, keypool.Generate)
	if err != nil {
		t.Fatal(err)
	}
	prepared.Auditor = nil
	dir := t.TempDir()
	if err := prepared.Files(dir); err != nil {
		t.Fatal(err)
	}
	server, err := server.New(prepared.Config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	if err := server.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	p, err := profile.Resolve(profile.Input{ConfigPath: filepath.Join(dir, scenario.FileConfig), Dir: dir, Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	return s, server, p
}
