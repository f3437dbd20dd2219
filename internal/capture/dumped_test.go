package capture_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/capture"
)

// Decoded header and claims in the dumps of several languages are the same.
func TestA14Dumps(t *testing.T) {
	const header, claims = `{"alg":"PS256","kid":"a-_1"}`, `{"aud":"` + endpoint + `","exp":1795446300,"iss":"1c34","scope":["restlets","rest_webservices"]}`
	one := strings.Replace(claims, `["restlets","rest_webservices"]`, `"restlets"`, 1)
	for name, c := range map[string]struct{ text, header, claims string }{
		"print_r": {"Array\n(\n    [alg] => PS256\n    [kid] => a-_1\n)\nArray\n(\n    [iss] => 1c34\n    [scope] => Array\n        (\n            [0] => restlets\n" +
			"            [1] => rest_webservices\n        )\n\n    [aud] => " + endpoint + "\n    [exp] => 1795446300\n)\n", header, claims},
		"var_dump": {"array(2) {\n  [\"alg\"]=>\n  string(5) \"PS256\"\n  [\"kid\"]=>\n  string(4) \"a-_1\"\n}\narray(3) {\n  [\"aud\"]=>\n  string(9) \"" + endpoint +
			"\"\n  [\"exp\"]=>\n  int(1795446300)\n  [\"iss\"]=>\n  string(4) \"1c34\"\n  [\"scope\"]=>\n  string(8) \"restlets\"\n}\n", header, one},
		"Go":         {"token header map[alg:PS256 kid:a-_1]\nclaims map[aud:" + endpoint + " exp:1.7954463e+09 iss:1c34 scope:[restlets rest_webservices]]\n", header, claims},
		"Java":       {"12:01:02 DEBUG {alg=PS256, kid=a-_1} {iss=1c34, scope=[restlets, rest_webservices], aud=" + endpoint + ", exp=1795446300}", header, claims},
		"lines":      {"alg=PS256\nkid=a-_1\niss=1c34\nscope=restlets\naud=" + endpoint + "\nexp=1795446300", header, one},
		"YAML":       {"header:\n  alg: PS256\n  kid: a-_1\nclaims:\n  iss: 1c34\n  scope:\n  - restlets\n  - rest_webservices\n  aud: " + endpoint + "\n  exp: 1795446300", header, claims},
		"PowerShell": {"Name     Value\n----     -----\nalg      PS256\nkid      a-_1\n", header, ""},
		"C#":         {"{ alg = PS256, kid = a-_1 }\n{ iss = 1c34, aud = " + endpoint + ", exp = 1795446300, scope = restlets }", header, one},
		"Scala":      {"Map(alg -> PS256, kid -> a-_1) Map(iss -> 1c34, aud -> " + endpoint + ", exp -> 1795446300, scope -> restlets)", header, one},
	} {
		p := capture.Read(c.text)
		if p.Decoded == nil || p.Decoded.Header != c.header && p.Decoded.Header != strings.Replace(c.header, "}", `,"typ":"JWT"}`, 1) || p.Decoded.Claims != c.claims {
			t.Errorf("%s: %+v", name, p.Decoded)
		}
	}
	for name, text := range map[string]string{
		"settings without a time": "alg: PS256\niss: 1c34\naud: " + endpoint + "\nscope: restlets",
		"a time in words":         "{alg=PS256, kid=a} {iss=1c34, aud=x, exp=Tue Nov 24 15:05:00 UTC 2026}",
		"a key":                   "kty: RSA\nalg: PS256\nkid: a",
	} {
		if p := capture.Read(text); p.Decoded != nil {
			t.Errorf("%s: %+v", name, p.Decoded)
		}
	}
}

// traced is what curl --trace-ascii, or --trace, writes of a request and its answer.
func traced(ascii bool, head, body string) string {
	var b strings.Builder
	part := func(title, data string) {
		fmt.Fprintf(&b, "%s, %d bytes (0x%x)\n", title, len(data), len(data))
		for at := 0; at < len(data); {
			width := min(16, len(data)-at)
			if ascii {
				width = min(64, len(data)-at)
				if i := strings.Index(data[at:at+width], "\r\n"); i >= 0 {
					fmt.Fprintf(&b, "%04x: %s\n", at, data[at:at+i])
					at += i + 2
					continue
				}
				fmt.Fprintf(&b, "%04x: %s\n", at, data[at:at+width])
			} else {
				bytes := ""
				for i := range width {
					bytes += hex.EncodeToString([]byte{data[at+i]}) + " "
				}
				fmt.Fprintf(&b, "%04x: %-48s%s\n", at, bytes, strings.NewReplacer("\r", ".", "\n", ".").Replace(data[at:at+width]))
			}
			at += width
		}
	}
	b.WriteString("== Info:   Trying 192.0.2.10:443...\n== Info: Connected\n")
	part("=> Send header", strings.ReplaceAll(head, "\n", "\r\n")+"\r\n\r\n")
	part("<= Recv header", "HTTP/1.1 100 Continue\r\n")
	part("<= Recv header", "\r\n")
	part("=> Send data", body)
	b.WriteString("== Info: upload completely sent off\n")
	part("<= Recv header", "HTTP/1.1 500 Internal Server Error\r\n")
	part("<= Recv header", "\r\n")
	part("<= Recv data", `{"error":"server_error"}`)
	return b.String()
}

// A log of curl --trace has the request in numbered lines. What is not whole is cut.
func TestA3Trace(t *testing.T) {
	head := "POST /services/rest/auth/oauth2/v1/token HTTP/1.1\nHost: 1234567.suitetalk.api.netsuite.com\nContent-Type: application/json\nContent-Length: 300"
	body := "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=" + signed
	for _, ascii := range []bool{true, false} {
		whole := traced(ascii, head, body)
		p, f := capture.Read(whole), read(whole)
		if p.ReadAs != "log of curl --trace" || f.Token != signed || p.Ending.Cut || p.Guessed || f.Request != "POST "+endpoint ||
			fmt.Sprint(f.Faults) != "[content-type application/json]" || p.Answer == nil || p.Answer.Error != "server_error" {
			t.Errorf("%v: %+v, %+v", ascii, p, f)
		}
		if timed := strings.ReplaceAll(whole, "=>", "10:00:00.000001 =>"); read(timed).Token != signed {
			t.Errorf("%v: with times %+v", ascii, read(timed))
		}
		data := strings.Index(whole, "=> Send data")
		for name, text := range map[string]string{
			"in the header":  whole[:strings.Index(whole, "0080: ")],
			"in the data":    whole[:data+200],
			"lines left out": whole[:data] + strings.Replace(whole[data:], "\n0080: ", "\nwas ", 1),
		} {
			if p := capture.Read(text); !p.Ending.Cut || !p.Guessed {
				t.Errorf("%v, %s: %+v", ascii, name, p)
			}
		}
	}
}
