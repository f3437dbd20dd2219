package checks

import (
	"net/http"
	"testing"

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
