package faults

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

// specs are good ones, and what they mean.
var specs = map[string]Fault{
	"html":    {Kind: HTML},
	"flaky:2": {Kind: Flaky, Count: 2},
	"latency:3,delay=80ms,path=/services/rest/auth/":             {Kind: Delay, Count: 3, After: 80 * time.Millisecond, Paths: []string{"/services/rest/auth/"}},
	"rate-limited,retry-after=5,path=/a,path=/b":                 {Kind: RateLimited, RetryAfter: 5, Paths: []string{"/a", "/b"}},
	"redirect,location=https://other.example/?a=b":               {Kind: Redirect, Location: "https://other.example/?a=b"},
	"clock,offset=-10m":                                          {Kind: Clock, Offset: -10 * time.Minute},
	"tls-1.1:1":                                                  {Kind: TLS11, Count: 1},
	"unavailable:1000000,retry-after=86400,path=/services/rest/": {Kind: Unavailable, Count: 1000000, RetryAfter: 86400, Paths: []string{"/services/rest/"}},
}

// badSpecs are wrong, each in one way.
var badSpecs = []string{
	"", "nosuch", "HTML", "html:", "html:0", "html:-1", "html:x", "html:1:2", "html:99999999999999999999", "html,", "html,path", "html,path=",
	"html,path=x", "html,path=/a b", "html,path=/\n", "html,colour=red", "html,delay=1s", "latency", "latency,delay=0s", "latency,delay=-1s",
	"latency,delay=11m", "latency,delay=fast", "latency,delay=1s,delay=2s", "redirect", "redirect,location=%zz", "redirect,location=a\r\nb",
	"rate-limited,retry-after=0", "rate-limited,retry-after=+5", "rate-limited,retry-after=86401", "clock", "clock:2,offset=1m",
	"clock,offset=9999999h", "tls-expired,path=/a", "html" + strings.Repeat(",path=/a", maxPaths+1), strings.Repeat("h", maxSpec+1),
}

func TestParse(t *testing.T) {
	for spec, want := range specs {
		got, err := Parse(spec)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v %v", spec, got, err)
		}
	}
	for _, spec := range badSpecs {
		if f, err := Parse(spec); err == nil {
			t.Errorf("%q: %+v", spec, f)
		}
	}
}

func TestJSON(t *testing.T) {
	for spec, want := range specs {
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		quoted, _ := json.Marshal(spec)
		for _, form := range [][]byte{text, quoted} {
			var got Fault
			if err := json.Unmarshal(form, &got); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %+v %v", form, got, err)
			}
		}
	}
	for _, text := range []string{`1`, `null`, `[]`, `{}`, `{"kind":"html","x":1}`, `{"kind":"html","left":1}`, `{"kind":"latency","delay":"0s"}`,
		`{"kind":"latency","delay":80}`, `{"kind":"html","count":-1}`, `{"kind":"clock","offset":"soon"}`, `"nosuch"`, `"html:0"`} {
		var f Fault
		if err := json.Unmarshal([]byte(text), &f); err == nil {
			t.Errorf("%s: %+v", text, f)
		}
	}
}

func TestSet(t *testing.T) {
	var s Set
	flaky, _ := Parse("flaky:3,path=/a")
	if err := s.Replace(flaky, Fault{Kind: TLSExpired, Count: 1}, Fault{Kind: Clock, Offset: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if !s.NeedsHTTP1() || s.ClockOffset() != time.Hour {
		t.Error("a reset is no matter of HTTP/2, or the clock is right")
	}
	var got []Kind
	for range 4 {
		f, _ := s.Take("/a")
		got = append(got, f.Kind)
	}
	if !reflect.DeepEqual(got, []Kind{Unavailable, Reset, Unavailable, ""}) || s.NeedsHTTP1() {
		t.Errorf("%v", got)
	}
	if kind, is := s.TakeHandshake(); !is || kind != TLSExpired {
		t.Errorf("%v %v", kind, is)
	}
	if _, is := s.TakeHandshake(); is {
		t.Error("the count is not kept")
	}
	list := s.List()
	list[0].Fault.Paths[0] = "/changed"
	if s.List()[0].Fault.Paths[0] != "/a" || s.List()[0].Left != 0 {
		t.Errorf("%+v", s.List())
	}
	if err := s.Replace(make([]Fault, MaxFaults+1)...); err == nil {
		t.Error("no bound")
	}
}

// FuzzParse: what is taken can be applied and written down again, as text and as
// JSON; what is not is one line that does not repeat control characters.
func FuzzParse(f *testing.F) {
	if len(specs) == 0 || len(badSpecs) == 0 {
		f.Fatal("no seeds")
	}
	for spec := range specs {
		f.Add(spec)
	}
	for _, spec := range badSpecs {
		f.Add(spec)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		fault, err := Parse(spec)
		if err != nil {
			if strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' || r == 0x7f }) || len(err.Error()) > 600 {
				t.Errorf("%q: %q", spec, err)
			}
			return
		}
		if err := fault.Validate(); err != nil {
			t.Errorf("%q: %v", spec, err)
		}
		if again, err := Parse(fault.String()); err != nil || !reflect.DeepEqual(again, fault) {
			t.Errorf("%q: %q is read as %+v, %v", spec, fault.String(), again, err)
		}
		text, err := json.Marshal(fault)
		if err != nil {
			t.Fatal(err)
		}
		var again Fault
		if err := json.Unmarshal(text, &again); err != nil || !reflect.DeepEqual(again, fault) {
			t.Errorf("%q: %s is read as %+v, %v", spec, text, again, err)
		}
	})
}
