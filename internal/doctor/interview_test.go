package doctor

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nsauth/nsauth/internal/checks"
	"github.com/nsauth/nsauth/internal/diagnosis"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/netsuite"
)

// scripted answers each question by what is written for it: a reply, "paste TEXT",
// "detail TEXT" for a Detail in the question's place, or "back", "quit", "eof",
// "interrupt". Several are used up one after the other; then, and where nothing is
// written, it is "don't know".
type scripted struct {
	replies   map[diagnosis.QuestionID][]string
	interrupt context.CancelFunc
	asked     []string
	heard     []string
	thinking  time.Duration
}

func (s *scripted) Ask(ctx context.Context, q diagnosis.Question, at Progress) (diagnosis.Answer, error) {
	time.Sleep(s.thinking)
	s.asked = append(s.asked, fmt.Sprintf("%d %s", at.Number, q.ID))
	said := string(diagnosis.DontKnow)
	if list := s.replies[q.ID]; len(list) > 0 {
		said, s.replies[q.ID] = list[0], list[1:]
	}
	a := diagnosis.Answer{Question: q.ID}
	word, text, _ := strings.Cut(said, " ")
	switch word {
	case "back":
		if at.First {
			return a, fmt.Errorf("%s is the first question and has nothing before it", q.ID)
		}
		return a, ErrBack
	case "quit":
		return a, ErrQuit
	case "eof":
		return a, io.EOF
	case "interrupt":
		s.interrupt()
		return a, ctx.Err()
	case "paste":
		a.Reply, a.Text = diagnosis.Pasted, text
	case "detail":
		a = diagnosis.Answer{Question: diagnosis.AskDetail, Reply: diagnosis.Pasted, Text: text}
	default:
		a.Reply = diagnosis.Reply(said)
	}
	return a, nil
}

func (s *scripted) ShowEffect(at Progress) {
	s.heard = append(s.heard, fmt.Sprintf("%s: out %v named %v left %d", at.Last.Question, at.Out, at.Named, len(at.Left)))
}

// refusal is a run whose token request was refused with the bare answer.
func refusal(at time.Time) *checks.Seed {
	answer := &netsuite.Answer{Status: 500, Sent: at, Received: at, Body: []byte(`{"error":"server_error"}`),
		Header: http.Header{"Content-Type": {"application/json"}, "Date": {at.UTC().Format(http.TimeFormat)}}}
	return &checks.Seed{TokenErr: &netsuite.TokenError{Answer: answer, Code: "server_error"}}
}

func examined(t *testing.T, replies map[diagnosis.QuestionID][]string, change func(*Request)) (*scripted, *finding.Report) {
	t.Helper()
	p, now := testProfile(t, nil), time.Now()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := &scripted{replies: replies, interrupt: cancel}
	request := Request{Command: "doctor", Pair: pairOf(p), Seed: refusal(now), Asker: s}
	if change != nil {
		change(&request)
	}
	r, err := Examine(ctx, silent(func() time.Time { return now }), p, request)
	if err != nil {
		t.Fatal(err)
	}
	valid(t, r)
	return s, r
}

func firstCause(r *finding.Report) string {
	if r.Diagnosis == nil || len(r.Diagnosis.Causes) == 0 {
		return "none"
	}
	return string(r.Diagnosis.Causes[0].Code) + " " + string(r.Diagnosis.Causes[0].Confidence)
}

func said(r *finding.Report) (list []string) {
	for _, a := range r.Diagnosis.Answers {
		list = append(list, a.ID+" "+a.Answer)
	}
	return list
}

func TestInterview(t *testing.T) {
	const yes, no = "yes", "no"
	for _, tt := range []struct {
		name    string
		replies map[diagnosis.QuestionID][]string
		asked   []string // the last ones
		answers []string // the last ones
		first   string
		exit    int
	}{
		{name: "named at once", replies: map[diagnosis.QuestionID][]string{"mapping-row": {no}},
			asked: []string{"2 mapping-row"}, answers: []string{"worked-before don't know", "mapping-row no"}, first: "setup.mapping-missing likely", exit: 1},
		{name: "quit", replies: map[diagnosis.QuestionID][]string{"mapping-valid": {yes}, "integration-enabled": {"quit"}},
			asked: []string{"3 mapping-valid", "4 integration-enabled"}, answers: []string{"worked-before don't know", "mapping-row don't know", "mapping-valid yes"}, first: "setup.mapping-missing possible", exit: 1},
		{name: "Ctrl-D", replies: map[diagnosis.QuestionID][]string{"mapping-row": {"eof"}},
			asked: []string{"2 mapping-row"}, answers: []string{"worked-before don't know"}, first: "setup.mapping-missing possible", exit: 1},
		{name: "Ctrl-C", replies: map[diagnosis.QuestionID][]string{"mapping-valid": {"interrupt"}},
			asked: []string{"2 mapping-row", "3 mapping-valid"}, answers: []string{"worked-before don't know", "mapping-row don't know"}, first: "setup.mapping-missing possible", exit: 130},
		{name: "back", replies: map[diagnosis.QuestionID][]string{"mapping-valid": {yes, no}, "integration-enabled": {"back"}},
			asked: []string{"3 mapping-valid", "4 integration-enabled", "3 mapping-valid"}, answers: []string{"worked-before don't know", "mapping-row don't know", "mapping-valid no"},
			first: "setup.certificate-revoked likely", exit: 1},
		{name: "back twice", replies: map[diagnosis.QuestionID][]string{"mapping-row": {"don't know", no}, "mapping-valid": {yes, "back"}, "integration-enabled": {"back"}},
			asked:   []string{"2 mapping-row", "3 mapping-valid", "4 integration-enabled", "3 mapping-valid", "2 mapping-row"},
			answers: []string{"worked-before don't know", "mapping-row no"}, first: "setup.mapping-missing likely", exit: 1},
		{name: "a Detail at another question", replies: map[diagnosis.QuestionID][]string{"mapping-row": {"detail MissingKey", "don't know"}},
			asked:   []string{"2 mapping-row", "3 mapping-row", "4 mapping-valid"},
			answers: []string{"worked-before don't know", "audit-detail MissingKey", "mapping-row don't know", "mapping-valid don't know"}, first: "setup.mapping-missing likely", exit: 1},
		{name: "a Detail, and another one", replies: map[diagnosis.QuestionID][]string{"mapping-row": {"detail MissingKey", "detail IntegrationBlocked"}},
			asked: []string{"2 mapping-row", "3 mapping-row"}, answers: []string{"worked-before don't know", "audit-detail IntegrationBlocked"}, first: "setup.integration-disabled likely", exit: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, r := examined(t, tt.replies, nil)
			last := func(list []string, n int) []string { return list[max(0, len(list)-n):] }
			if !slices.Equal(last(s.asked, len(tt.asked)), tt.asked) {
				t.Errorf("asked %v, want %v", s.asked, tt.asked)
			}
			if got := said(r); !slices.Equal(got, tt.answers) {
				t.Errorf("answers %q, want %q", got, tt.answers)
			}
			if got := firstCause(r); got != tt.first || r.ExitCode != tt.exit {
				t.Errorf("%s, exit %d; want %s, exit %d", got, r.ExitCode, tt.first, tt.exit)
			}
			if len(r.Diagnosis.Causes) == 0 || (tt.exit == finding.ExitInterrupted) != (r.Error != nil) {
				t.Errorf("causes %v, error %v", r.Diagnosis.Causes, r.Error)
			}
		})
	}
}

// What an answer made of the causes is told at once.
func TestEffectOfAnswers(t *testing.T) {
	s, _ := examined(t, map[diagnosis.QuestionID][]string{"mapping-row": {"don't know"}, "mapping-valid": {"yes"}, "integration-enabled": {"no"}}, nil)
	want := []string{
		"worked-before: out [] named [] left 9",
		"mapping-row: out [] named [] left 9",
		"mapping-valid: out [setup.certificate-revoked] named [] left 8",
		"integration-enabled: out [] named [setup.integration-disabled] left 0",
	}
	if !slices.Equal(s.heard, want) {
		t.Errorf("heard %q", s.heard)
	}
}

// Answers show in the facts as answered, and make nothing of what was measured.
func TestAnsweredIsNotProven(t *testing.T) {
	replies := map[diagnosis.QuestionID][]string{}
	for _, id := range []diagnosis.QuestionID{"mapping-valid", "integration-enabled", "client-id", "grant", "scopes", "features"} {
		replies[id] = []string{"yes"}
	}
	_, r := examined(t, replies, nil)
	_, silent := examined(t, nil, func(r *Request) { r.Asker = nil })
	if r.Summary != silent.Summary || r.Outcome != silent.Outcome || r.ExitCode != silent.ExitCode {
		t.Errorf("answers changed %v %s %d to %v %s %d", silent.Summary, silent.Outcome, silent.ExitCode, r.Summary, r.Outcome, r.ExitCode)
	}
	for _, c := range r.Checks {
		if by, ok := c.Facts.(finding.ProvenBy); ok && (by.By != "answered" || c.Status != finding.Unknown || !strings.Contains(c.Summary, "answered by a person")) {
			t.Errorf("%s: by %s, %s, %q", c.ID, by.By, c.Status, c.Summary)
		}
	}
	for _, c := range silent.Checks {
		if by, ok := c.Facts.(finding.ProvenBy); ok && by.By != "none" {
			t.Errorf("%s without answers: by %s", c.ID, by.By)
		}
	}
}

// A Detail that fits none of the causes is said to be of another request.
func TestStrayDetails(t *testing.T) {
	for detail, want := range map[string]string{
		"":                   "",
		"MissingKey":         "",
		"IntegrationBlocked": "",
		"UnsupportedAlgo":    "None of the causes has the Detail UnsupportedAlgo: its entry in the Login Audit Trail may belong to another request.",
		"InvalidState":       "Oracle documents the Detail InvalidState for another flow (authorization code): its entry in the Login Audit Trail is probably of another request.",
	} {
		given := func(r *Request) { r.Asker, r.AuditDetail = nil, detail }
		_, r := examined(t, nil, given)
		pasted := map[diagnosis.QuestionID][]string{"mapping-row": {"detail " + detail, "quit"}}
		if detail == "" {
			pasted = nil
		}
		_, asked := examined(t, pasted, nil)
		for _, r := range []*finding.Report{r, asked} {
			got := ""
			for _, note := range r.Notes {
				if strings.Contains(note, "Detail") {
					got += note
				}
			}
			if got != want {
				t.Errorf("%q: %q, want %q", detail, got, want)
			}
		}
	}
}

// A person takes hours; --timeout and duration_ms count the measurement only.
func TestTheTimeoutDoesNotCountThinking(t *testing.T) {
	p, born := testProfile(t, nil), time.Now()
	synctest.Test(t, func(t *testing.T) {
		now := after(born)
		s := &scripted{thinking: time.Hour, replies: map[diagnosis.QuestionID][]string{"integration-enabled": {"no"}}}
		r, err := Examine(t.Context(), silent(now), p, Request{Command: "doctor", Pair: pairOf(p), Timeout: time.Second, Seed: refusal(now()), Asker: s})
		if err != nil {
			t.Fatal(err)
		}
		if firstCause(r) != "setup.integration-disabled likely" || len(s.asked) != 4 || r.DurationMS > 1000 {
			t.Errorf("%s after %v, %d ms", firstCause(r), s.asked, r.DurationMS)
		}
	})
}

// Where the account is not the matter, nobody is asked.
func TestNoQuestions(t *testing.T) {
	p, born := testProfile(t, nil), time.Now()
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{}
		r, err := Examine(t.Context(), silent(after(born)), p, Request{Command: "doctor", Pair: pairOf(p), Asker: s})
		if err != nil || len(s.asked) > 0 || firstCause(r) != "network.timeout certain" {
			t.Errorf("%v: asked %v; %s", err, s.asked, firstCause(r))
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := &scripted{}
	r, err := Examine(ctx, silent(time.Now), p, Request{Command: "doctor", Pair: pairOf(p), Seed: refusal(time.Now()), Asker: s})
	if err != nil || len(s.asked) > 0 || r.ExitCode != finding.ExitInterrupted {
		t.Errorf("%v: asked %v after an interrupt; exit %d", err, s.asked, r.ExitCode)
	}
}
