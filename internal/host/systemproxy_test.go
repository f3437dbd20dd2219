package host

import (
	"strings"
	"testing"
)

func TestSystemProxyFrom(t *testing.T) {
	for _, tt := range []struct {
		enabled        bool
		server, script string
		want           SystemProxy
	}{
		{true, "proxy.example:8080", "", SystemProxy{URL: "http://proxy.example:8080"}},
		{false, "proxy.example:8080", "", SystemProxy{}},
		{true, "http=a.example:80;https=b.example:443;ftp=c.example:21", "", SystemProxy{URL: "http://b.example:443"}},
		{true, "http=a.example:80; HTTPS=https://b.example:443", "", SystemProxy{URL: "https://b.example:443"}},
		{true, "http=a.example:80;socks=s.example:1080", "", SystemProxy{}},
		{true, "http://user:hunter2@proxy.example:8080/path", "", SystemProxy{URL: "http://proxy.example:8080"}},
		{true, "[::1]:3128", "", SystemProxy{URL: "http://[::1]:3128"}},
		{true, "", "", SystemProxy{}},
		{true, ";;=;https=", "", SystemProxy{}},
		{true, "%zz:1", "", SystemProxy{}},
		{true, strings.Repeat("x", 5000), "http://h/" + strings.Repeat("x", 5000), SystemProxy{}},
		{false, "", "http://wpad.example/proxy.pac?token=hunter2", SystemProxy{Script: "http://wpad.example/proxy.pac"}},
		{false, "", " http://user:hunter2@wpad.example/ ", SystemProxy{Script: "http://wpad.example/"}},
		{false, "", "not an address", SystemProxy{}},
	} {
		if got := systemProxyFrom(tt.enabled, tt.server, tt.script); got != tt.want {
			t.Errorf("%q, %q: %+v, want %+v", tt.server, tt.script, got, tt.want)
		}
	}
	ReadSystemProxy() // whatever it finds on this machine
}
