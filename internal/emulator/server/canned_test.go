package server

import (
	"testing"

	"github.com/nsauth/nsauth/internal/emulator/api"
	"github.com/nsauth/nsauth/internal/emulator/verdict"
)

func TestInvalidCannedAnswer(t *testing.T) {
	for _, c := range []CannedAnswer{{}, {Path: "x", Status: 200, ContentType: "a/b"}, {Path: "/", Status: 100, ContentType: "a/b"},
		{Path: "/", Status: 600, ContentType: "a/b"}, {Path: "/", Status: 200}, {Path: "/", Status: 200, ContentType: "a\r\nb: c"}} {
		f := newFixture(t)
		f.config.Canned = []CannedAnswer{c}
		if _, err := New(f.config); err == nil {
			t.Errorf("%+v: no error", c)
		}
	}
}

// A canned answer is given below its path and nowhere else, and says in the
// verdict what it is.
func TestCannedAnswer(t *testing.T) {
	f := newFixture(t)
	f.config.Canned = []CannedAnswer{{api.RecordPath, 418, "text/plain", "short", verdict.Observed}}
	c := start(t, f.config)
	token := c.token(t, f.Genuine("p-256", "ES256").Sign(t))
	res := c.get(t, token, restURL+api.RecordPath+"customer/107")
	v := c.last()
	if res.Status != 418 || res.Body != "short" || v.Fault != "canned-answer" || v.Basis != verdict.Observed || v.Accepted {
		t.Errorf("%+v %+v", res, v)
	}
	if res := c.get(t, token, restURL+"/services/rest/system/v1/serverTime"); res.Status != 200 || c.last().Fault != "" {
		t.Errorf("%+v %+v", res, c.last())
	}
}
