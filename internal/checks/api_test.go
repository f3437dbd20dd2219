package checks

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/profile"
	"github.com/nsauth/nsauth/internal/testkit"
	"github.com/nsauth/nsauth/netsuite"
)

// A call by ID tells the two causes of the misleading 400 apart.
func TestACallByIDSettles(t *testing.T) {
	refused, bad := JudgeAnswer(netsuite.Request{Method: "GET", URL: listOfRecords}, &netsuite.Answer{Method: "GET", Status: 400,
		Header: http.Header{}, Body: []byte(`{"o:errorDetails":[{"o:errorCode":"USER_ERROR","detail":"` + noPermission + `"}]}`)}, false)
	if !bad || !NeedsByID(refused) {
		t.Fatalf("%+v", refused)
	}
	for _, tt := range []struct {
		status int
		body   string
		code   finding.Code
		reason any
	}{
		{200, `{"id":"1042"}`, "api.workbook-permission-missing", "by-id-works"},
		{403, `{"o:errorDetails":[{"o:errorCode":"INSUFFICIENT_PERMISSION","detail":"You need the 'Employees' permission"}]}`, "api.workbook-permission-missing", "by-id-works"},
		{404, `{"o:errorDetails":[{"o:errorCode":"NONEXISTENT_ID"}]}`, "api.workbook-permission-missing", "by-id-works"},
		{400, `{"o:errorDetails":[{"o:errorCode":"USER_ERROR","detail":"` + noPermission + `"}]}`, "api.permission-missing", "one-record"},
		{429, ``, "api.workbook-permission-missing", nil},
		{200, `<!DOCTYPE html>`, "api.workbook-permission-missing", nil},
	} {
		f := settledByID(refused, oneRecord, &netsuite.Answer{Method: "GET", Status: tt.status, Header: http.Header{}, Body: []byte(tt.body)})
		if f.Code != tt.code || f.Evidence["reason"] != tt.reason {
			t.Errorf("%d %s: %s for %v", tt.status, tt.body, f.Code, f.Evidence["reason"])
		}
	}
	probe, _ := JudgeAnswer(netsuite.Request{Method: "POST", URL: aQuery}, &netsuite.Answer{Method: "POST", Status: 400, Header: http.Header{},
		Body: []byte(`{"o:errorDetails":[{"o:errorCode":"USER_ERROR","detail":"` + noPermission + `"}]}`)}, true)
	if NeedsByID(probe) {
		t.Error("a probe's refusal needs no second call")
	}
}

func TestByID(t *testing.T) {
	entity := func(id string) netsuite.Secret {
		return testkit.UnsignedJWT(t, map[string]any{"alg": "RS256"}, map[string]any{"sub": "1012;" + id})
	}
	for _, tt := range []struct {
		path  string
		token netsuite.Secret
		want  string // "" for none
	}{
		{"record/v1/customer/107", entity("1042"), oneRecord},
		{"record/v1/customer?limit=1", entity("1042"), "/services/rest/record/v1/employee/1042"},
		{"", entity("1042"), "/services/rest/record/v1/employee/1042"},
		{"", entity("-5"), ""},
		{"", entity("1/../2"), ""},
		{"", netsuite.NewSecret("opaque"), ""},
	} {
		flags := map[string][]string{"account": {"1234567"}}
		if tt.path != "" {
			flags["api-path"] = []string{tt.path}
		}
		p, err := profile.Resolve(profile.Input{Flags: flags})
		if err != nil {
			t.Fatal(err)
		}
		r, ok := ByID(p, tt.token)
		if ok != (tt.want != "") || r.URL != tt.want || ok && (r.Method != "GET" || r.AccessToken.IsZero()) {
			t.Errorf("%s: %v %s %s", tt.path, ok, r.Method, r.URL)
		}
	}
}

// crowd is a client whose account allows so many calls at the same time.
type crowd struct {
	Client
	most    int
	refused string // a path that is always answered 401
	hangs   string // a path that is never answered
	mu      sync.Mutex
	open    int
	sent    []string
}

func (c *crowd) Do(ctx context.Context, r netsuite.Request) (*netsuite.Answer, error) {
	c.mu.Lock()
	c.open++
	c.sent = append(c.sent, r.Method+" "+withoutQuery(r.URL))
	a := &netsuite.Answer{Method: r.Method, URL: r.URL, Status: 200, Header: http.Header{}, Body: []byte(`{}`)}
	if c.open > c.most {
		a.Status, a.Body = 429, []byte(`{"o:errorDetails":[{"o:errorCode":"CONCURRENCY_LIMIT_EXCEEDED"}]}`)
	}
	if r.URL == c.refused {
		a.Status, a.Body = 401, []byte(`{"o:errorDetails":[{"o:errorCode":"INVALID_LOGIN"}]}`)
	}
	c.mu.Unlock()
	answered := time.After(80 * time.Millisecond)
	if withoutQuery(r.URL) == c.hangs {
		answered = nil
	}
	select {
	case <-answered:
	case <-ctx.Done():
		a = nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open--
	return a, ctx.Err()
}

// serverTime and the call go together, and what each shows is what it would show alone:
// also where the account allows one call at a time, or serverTime fails.
func TestCallsGoTogether(t *testing.T) {
	const serverTime, query = "GET " + netsuite.ServerTimePath, "POST " + SuiteQLPath
	for name, tt := range map[string]struct {
		*crowd
		took     time.Duration
		sent     []string // sorted
		statuses []int    // 0 without an answer
	}{
		"both work":                {&crowd{most: 2}, 80 * time.Millisecond, []string{serverTime, query}, []int{200, 200}},
		"one at a time":            {&crowd{most: 1}, 160 * time.Millisecond, nil, []int{200, 200}},
		"no call is allowed":       {&crowd{most: 0}, 80 * time.Millisecond, []string{serverTime, query}, []int{429}},
		"serverTime is rejected":   {&crowd{most: 2, refused: netsuite.ServerTimePath}, 80 * time.Millisecond, []string{serverTime, query}, []int{401}},
		"it is, the other hangs":   {&crowd{most: 2, refused: netsuite.ServerTimePath, hangs: SuiteQLPath}, 80 * time.Millisecond, []string{serverTime, query}, []int{401}},
		"serverTime hangs":         {&crowd{most: 2, hangs: netsuite.ServerTimePath}, callLimit, []string{serverTime, query}, []int{0}},
		"the other one hangs":      {&crowd{most: 2, hangs: SuiteQLPath}, callLimit, []string{serverTime, query}, []int{200, 0}},
		"one at a time, and hangs": {&crowd{most: 1, hangs: SuiteQLPath}, 0, nil, []int{200, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			job := testJob(t)
			synctest.Test(t, func(t *testing.T) {
				client := tt.crowd
				job.Client = client
				token := &node{product: &netsuite.Token{AccessToken: netsuite.NewSecret("an.access.token")}}
				in := &inputs{job: &job, seen: map[finding.CheckID]*node{finding.CheckToken: token}}
				started := time.Now()
				calls := makeCalls(t.Context(), in)
				if took := time.Since(started); tt.took != 0 && took != tt.took {
					t.Errorf("took %v, want %v", took, tt.took) // by the bubble's clock
				}
				var statuses []int
				for _, c := range calls {
					status := 0
					if c.Err == nil {
						status = c.Answer.Status
					}
					statuses = append(statuses, status)
				}
				if !slices.Equal(statuses, tt.statuses) {
					t.Errorf("statuses %v, want %v", statuses, tt.statuses)
				}
				synctest.Wait()
				slices.Sort(client.sent)
				if tt.sent != nil && !slices.Equal(client.sent, tt.sent) || len(client.sent) > 3 || client.open != 0 {
					t.Errorf("sent %v, want %v; %d not answered", client.sent, tt.sent, client.open)
				}
			})
		})
	}
}

// A panic in the goroutine of a call is one of the check.
func TestAPanicInACall(t *testing.T) {
	job := testJob(t)
	job.Client = (*crowd)(nil)
	rows := []check{{id: finding.CheckToken, run: func(context.Context, *inputs) outcome { return outcome{product: &netsuite.Token{}} }},
		{id: finding.CheckAPI, needs: []value{token}, online: true, run: measured(makeCalls, judgeAPI)}}
	results := run(t.Context(), rows, job)
	if r := results[1]; r.Status != finding.Unknown || r.Findings[0].Code != "internal.panic" {
		t.Errorf("%+v", r)
	}
}
