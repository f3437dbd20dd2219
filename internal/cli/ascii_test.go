package cli

import (
	"io"
	"os"
	"testing"

	"github.com/nsauth/nsauth/internal/finding"
)

// Who cannot be trusted with more than ASCII, by the flag, the terminal, the locale
// and the console.
func TestASCII(t *testing.T) {
	const none = 1 // of the code pages: w is not a console
	type env = map[string]string
	for _, tt := range []struct {
		name    string
		env     env
		flag    bool
		page    uint32 // 0: not Windows
		unicode bool
	}{
		{name: "no locale is the C locale"},
		{name: "empty variables are not set", env: env{"LC_ALL": "", "LC_CTYPE": "", "LANG": ""}},
		{name: "C", env: env{"LANG": "C"}},
		{name: "POSIX", env: env{"LC_ALL": "POSIX"}},
		{name: "Latin-1", env: env{"LANG": "de_DE.ISO-8859-1"}},
		{name: "no character set", env: env{"LANG": "en_US"}},
		{name: "UTF-8", env: env{"LANG": "en_US.UTF-8"}, unicode: true},
		{name: "another spelling", env: env{"LANG": "C.utf8"}, unicode: true},
		{name: "macOS", env: env{"LC_CTYPE": "UTF-8"}, unicode: true},
		{name: "LC_CTYPE before LANG", env: env{"LC_CTYPE": "C", "LANG": "en_US.UTF-8"}},
		{name: "LC_ALL before LC_CTYPE", env: env{"LC_ALL": "C", "LC_CTYPE": "en_US.UTF-8"}},
		{name: "LC_ALL before LANG", env: env{"LC_ALL": "en_US.UTF-8", "LANG": "C"}, unicode: true},
		{name: "an empty LC_ALL is skipped", env: env{"LC_ALL": "", "LANG": "en_US.UTF-8"}, unicode: true},
		{name: "LC_MESSAGES says nothing", env: env{"LC_MESSAGES": "C", "LANG": "en_US.UTF-8"}, unicode: true},
		{name: "WT_SESSION means nothing elsewhere", env: env{"WT_SESSION": "1"}},
		{name: "dumb", env: env{"LANG": "en_US.UTF-8", "TERM": "dumb"}},
		{name: "the console of Linux", env: env{"LANG": "en_US.UTF-8", "TERM": "linux"}},
		{name: "xterm", env: env{"LANG": "en_US.UTF-8", "TERM": "xterm"}, unicode: true},
		{name: "the flag", env: env{"LANG": "en_US.UTF-8"}, flag: true},

		{name: "Windows, a pipe", page: none, unicode: true},
		{name: "Windows, a pipe with the flag", page: none, flag: true},
		{name: "Windows, code page 437", page: 437},
		{name: "Windows, code page 1252", page: 1252},
		{name: "Windows, UTF-8", page: utf8Page, unicode: true},
		{name: "Windows, UTF-8 with the flag", page: utf8Page, flag: true},
		{name: "Windows Terminal", env: env{"WT_SESSION": "1"}, page: 437, unicode: true},
		{name: "Windows, an empty WT_SESSION", env: env{"WT_SESSION": ""}, page: 437},
		{name: "Windows, code page 437 and a locale", env: env{"LANG": "en_US.UTF-8"}, page: 437},
		{name: "Windows Terminal with the C locale", env: env{"WT_SESSION": "1", "LC_ALL": "C"}, page: 437},
		{name: "Windows, a pipe with the C locale", env: env{"LC_ALL": "C"}, page: none},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := System("nsauth")
			w.LookupEnv = func(name string) (string, bool) { v, set := tt.env[name]; return v, set }
			w.CodePage = nil
			if tt.page != 0 {
				w.CodePage = func(w io.Writer) (uint32, bool) {
					if w != os.Stdout {
						t.Errorf("asked about %T, not about the stream of the process", w)
					}
					return tt.page, tt.page != none
				}
			}
			a := New(w, finding.Tool{}, nil)
			a.ASCII = tt.flag
			if got := a.TextOptions(a.Stdout).ASCII; got == tt.unicode {
				t.Errorf("ASCII is %t", got)
			}
		})
	}
}
