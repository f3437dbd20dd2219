package capture_test

import (
	"encoding/binary"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/nsauth/nsauth/internal/capture"
	"github.com/nsauth/nsauth/internal/secret"
	"github.com/nsauth/nsauth/internal/testkit"
)

// A JWT's looks are all that matters here.
const (
	jwt      = "eyJhbGciOiJFUzI1NiIsImtpZCI6IngifQ.eyJpc3MiOiJhIn0.c2lnbmF0dXJl-_8"
	other    = "eyJhbGciOiJFUzI1NiIsImtpZCI6InkifQ.eyJpc3MiOiJiIn0.b3RoZXI"
	endpoint = "https://1234567.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"
	urn      = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	formBody = "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=" + jwt
)

// found is what a test expects of a text.
type found struct {
	Form, Use, Name string
	Token           string
	Elsewhere       string
	Stripped        []string
	Others          int
	Faults          []string // nil without a request
	Request         string   // method and URL
}

func read(text string) found {
	p := capture.Read(text)
	f := found{Form: string(p.Form), Use: string(p.Use), Name: p.Name, Token: p.Token.Reveal(), Elsewhere: p.Elsewhere,
		Stripped: p.Stripped, Others: p.Others}
	if r := p.Request; r != nil {
		f.Request = strings.TrimSpace(r.Method + " " + r.URL)
		f.Faults = []string{}
		for _, fault := range r.Faults {
			s := string(fault.Kind)
			for _, name := range []string{"", "method", "content_type", "parameter", "given", "what"} {
				if name == "" && fault.Reason != "" {
					s += " (" + fault.Reason + ")"
				}
				if v, ok := fault.Evidence[name]; ok {
					s += fmt.Sprintf(" %v", v)
				}
			}
			f.Faults = append(f.Faults, s)
		}
	}
	return f
}

func TestRead(t *testing.T) {
	sane := []string{}
	utf16le := "\xff\xfe"
	for _, unit := range utf16.Encode([]rune(jwt + "\r\n")) {
		utf16le += string(binary.LittleEndian.AppendUint16(nil, unit))
	}
	head, tail := jwt[:30], jwt[30:]
	for _, tt := range []struct {
		name, text string
		want       found
	}{
		{"the token", jwt, found{Form: "token", Token: jwt}},
		{"with a line break at the end", jwt + "\r\n", found{Form: "token", Token: jwt}},
		{"Bearer", "Bearer " + jwt, found{Form: "token", Token: jwt, Stripped: []string{"bearer-prefix"}}},
		{"quoted, Bearer within", `"bearer ` + jwt + `",`, found{Form: "token", Token: jwt, Stripped: []string{"bearer-prefix", "quotes"}}},
		{"a header", "Authorization: Bearer " + jwt, found{Form: "token", Use: "access-token", Name: "Authorization", Token: jwt,
			Stripped: []string{"authorization-header", "bearer-prefix"}}},
		{"broken into lines", head + "\n  " + tail, found{Form: "token", Token: jwt, Stripped: []string{"line-breaks"}}},
		{"with a space in it", head + " " + tail, found{Form: "token", Token: jwt, Stripped: []string{"spaces"}}},
		{"typographic quotes and invisible characters", "“" + head + "\u200b" + tail + "”", found{Form: "token", Token: jwt,
			Stripped: []string{"invisible-characters", "typographic-quotes", "quotes"}}},
		{"byte order mark", "\ufeff" + jwt, found{Form: "token", Token: jwt, Stripped: []string{"byte-order-mark"}}},
		{"PowerShell's redirection", utf16le, found{Form: "token", Token: jwt, Stripped: []string{"utf-16"}}},
		{"wrong base64 is left to be judged", jwt + "+/==", found{Form: "token", Token: jwt + "+/=="}},
		{"two parts are left to be judged", "eyJhbGciOiJFUzI1NiJ9.garbage", found{Form: "token", Token: "eyJhbGciOiJFUzI1NiJ9.garbage"}},
		{"in a sentence", "it sends " + jwt + " and fails", found{Form: "text", Token: jwt, Stripped: []string{"surrounding-text"}}},
		{"in a sentence, first", jwt + " is what it sends", found{Form: "text", Token: jwt, Stripped: []string{"surrounding-text"}}},
		{"in an assignment", "export ASSERTION=" + jwt, found{Form: "text", Token: jwt, Stripped: []string{"surrounding-text"}}},
		{"two of them", "A=" + jwt + "\nB=" + other + "\nA=" + jwt, found{Form: "text", Token: jwt, Others: 1, Stripped: []string{"surrounding-text"}}},
		{"nothing", " \n", found{Form: "token"}},
		{"no token at all", `"hello there"`, found{Form: "token", Token: `"hello there"`}},
		{"a PEM file", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", found{Form: "token",
			Token: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"}},
		{"a variable in its place", "Bearer $ASSERTION", found{Form: "token", Elsewhere: "variable"}},

		{"a form", formBody, found{Form: "form", Use: "assertion", Name: "client_assertion", Token: jwt, Faults: sane,
			Stripped: []string{"form-parameter", "percent-encoding"}}},
		{"one parameter of a form", "client_assertion=" + jwt, found{Form: "form", Use: "assertion", Name: "client_assertion", Token: jwt,
			Faults:   []string{"parameter-missing grant_type", "parameter-missing client_assertion_type"},
			Stripped: []string{"form-parameter"}}},
		{"a form in lines", "grant_type: client_credentials\nclient_assertion_type: " + urn + "\nclient_assertion: " + jwt,
			found{Form: "form", Use: "assertion", Name: "client_assertion", Token: jwt, Faults: sane, Stripped: []string{"form-parameter"}}},
		{"JWT under RFC 7523's other name", strings.Replace(formBody, "client_assertion=", "assertion=", 1), found{Form: "form", Use: "assertion",
			Name: "assertion", Token: jwt, Faults: []string{"parameter-missing (wrong-name) client_assertion assertion"},
			Stripped: []string{"form-parameter", "percent-encoding"}}},
		{"another grant, twice, and a secret", "grant_type=authorization_code&scope=a&scope=b&client_id=x&client_secret=y&" + formBody[30:],
			found{Form: "form", Use: "assertion", Name: "client_assertion", Token: jwt, Stripped: []string{"form-parameter", "percent-encoding"},
				Faults: []string{"parameter-missing (other-flow) grant_type", "parameter-repeated scope",
					"client-authentication [client_id client_secret]"}}},

		{"a grant of no flow", "grant_type=password&" + formBody[30:], found{Form: "form", Use: "assertion", Name: "client_assertion", Token: jwt,
			Stripped: []string{"form-parameter", "percent-encoding"}, Faults: []string{"parameter-missing (wrong-value) grant_type"}}},

		{"a JSON body", `{"grant_type":"client_credentials","client_assertion_type":"` + urn + `","client_assertion":"` + jwt + `"}`,
			found{Form: "json", Use: "assertion", Name: "client_assertion", Token: jwt, Stripped: []string{"json-member"},
				Faults: []string{"content-type (json-body)"}}},
		{"a token response", `{"access_token":"` + jwt + `","expires_in":"3600","token_type":"bearer"}`,
			found{Form: "json", Use: "access-token", Name: "access_token", Token: jwt, Stripped: []string{"json-member"}}},
		{"a log line", `{"level":"info","request":{"body":"grant_type=x&client_assertion=` + jwt + `"}}`,
			found{Form: "text", Use: "assertion", Name: "client_assertion", Token: jwt, Stripped: []string{"surrounding-text"}}},
		{"a header in a log", `sent "Authorization":"Bearer ` + jwt + `" to it`, found{Form: "text", Use: "access-token", Name: "Authorization", Token: jwt,
			Stripped: []string{"surrounding-text", "bearer-prefix"}}},
		{"Bearer in a sentence", "Bearer " + jwt + " is sent", found{Form: "text", Token: jwt, Stripped: []string{"surrounding-text", "bearer-prefix"}}},
		{"a program", `post(url, data={'client_assertion': '` + jwt + `'})`, found{Form: "text", Use: "assertion", Name: "client_assertion", Token: jwt, Request: "POST",
			Faults: sane, Stripped: []string{"surrounding-text", "form-parameter"}}},
		{"an answer in a text", `it gave {"access_token": "` + jwt + `"}`, found{Form: "text", Use: "access-token", Name: "access_token", Token: jwt,
			Stripped: []string{"surrounding-text"}}},
		{"a variable, which says nothing", "ACCESS_TOKEN=" + jwt + ";", found{Form: "text", Token: jwt, Stripped: []string{"surrounding-text"}}},
		{"in a path", "https://jwt.example/" + jwt + "?x", found{Form: "text", Token: jwt, Stripped: []string{"surrounding-text"}}},

		{"an HTTP message", "POST /services/rest/auth/oauth2/v1/token HTTP/1.1\r\nHost: 1234567.suitetalk.api.netsuite.com\r\n" +
			"Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n\r\n" + formBody,
			found{Form: "http-request", Use: "assertion", Name: "client_assertion", Token: jwt, Faults: sane, Request: "POST " + endpoint,
				Stripped: []string{"http-request", "form-parameter", "percent-encoding"}}},
		{"an HTTP message with everything wrong", "PUT " + endpoint + "?client_assertion=" + jwt + "\nAuthorization: Basic eDp5\nCookie: a=b\n\n" +
			"grant_type=client_credentials&grant_type=client_credentials",
			found{Form: "http-request", Use: "assertion", Name: "client_assertion", Token: jwt, Request: "PUT " + endpoint,
				Stripped: []string{"http-request", "form-parameter"}, Faults: []string{"wrong-method PUT", "content-type (missing)",
					"parameter-missing client_assertion_type", "parameter-missing (in-query) client_assertion",
					"parameter-repeated grant_type", "client-authentication [an Authorization header]", "cookie"}}},
		{"curl -v", "* Connected\n> POST /services/rest/auth/oauth2/v1/token HTTP/1.1\n> Host: 1234567.suitetalk.api.netsuite.com\n" +
			"> Authorization: Bearer " + jwt + "\n> Content-Type: application/json\n>\n* sent\n< HTTP/1.1 500",
			found{Form: "http-request", Use: "access-token", Name: "Authorization", Token: jwt, Request: "POST " + endpoint,
				Stripped: []string{"http-request", "authorization-header", "bearer-prefix"},
				Faults:   []string{"content-type application/json", "client-authentication [an Authorization header]"}}},
		{"multipart", "POST " + endpoint + "\nContent-Type: multipart/form-data; boundary=x\n\n--x\nContent-Disposition: form-data; name=\"client_assertion\"\n\n" +
			jwt + "\n--x--", found{Form: "http-request", Use: "assertion", Name: "client_assertion", Token: jwt, Request: "POST " + endpoint,
			Stripped: []string{"http-request", "form-parameter"}, Faults: []string{"content-type multipart/form-data",
				"parameter-missing grant_type", "parameter-missing client_assertion_type"}}},
		{"a call", "GET /services/rest/system/v1/serverTime HTTP/1.1\nHost: 1234567.suitetalk.api.netsuite.com\nAuthorization: Bearer " + jwt + "\nCookie: x=y",
			found{Form: "http-request", Use: "access-token", Name: "Authorization", Token: jwt, Faults: []string{"cookie"},
				Request:  "GET https://1234567.suitetalk.api.netsuite.com/services/rest/system/v1/serverTime",
				Stripped: []string{"http-request", "authorization-header", "bearer-prefix"}}},

		{"fetch", `fetch("` + endpoint + `", {
  "headers": { "accept": "*/*", "content-type": "application/json" },
  "body": "` + formBody + `",
  "method": "POST", "mode": "cors", "credentials": "include"
});`, found{Form: "fetch", Use: "assertion", Name: "client_assertion", Token: jwt, Request: "POST " + endpoint, Faults: []string{"content-type application/json"},
			Stripped: []string{"fetch-call", "form-parameter", "percent-encoding"}}},
		{"fetch, awaited, with an access token", `await fetch("https://1234567.suitetalk.api.netsuite.com/services/rest/system/v1/serverTime", {"headers": {"Authorization": "Bearer ` +
			jwt + `", "cookie": "a=b"}, "body": null})`, found{Form: "fetch", Use: "access-token", Name: "Authorization", Token: jwt, Faults: []string{"cookie"},
			Request:  "GET https://1234567.suitetalk.api.netsuite.com/services/rest/system/v1/serverTime",
			Stripped: []string{"fetch-call", "authorization-header", "bearer-prefix"}}},
		{"fetch in a program", "const r = await fetch(url, {body: `client_assertion=" + jwt + "`})", found{Form: "fetch", Use: "assertion", Name: "client_assertion", Token: jwt,
			Request: "GET", Faults: []string{"wrong-method GET", "content-type (missing)", "parameter-missing grant_type", "parameter-missing client_assertion_type"},
			Stripped: []string{"fetch-call", "form-parameter"}}},
		{"an HTTP archive", `{"log":{"version":"1.2","entries":[
			{"request":{"method":"GET","url":"https://system.netsuite.com/","headers":[{"name":"Authorization","value":"Bearer ` + other + `"}]}},
			{"request":{"method":"POST","url":"` + endpoint + `","headers":[{"name":"Content-Type","value":"application/x-www-form-urlencoded"},{"name":"Cookie","value":"a=b"}],
			"postData":{"mimeType":"application/x-www-form-urlencoded","text":"` + formBody + `"}},"response":{"status":500}}]}}`,
			found{Form: "har", Use: "assertion", Name: "client_assertion", Token: jwt, Request: "POST " + endpoint, Faults: []string{"cookie"},
				Stripped: []string{"http-archive", "form-parameter", "percent-encoding"}}},
		{"an entry of an HTTP archive, its parameters apart", `{"request":{"method":"post","url":"` + endpoint + `","headers":[],
			"postData":{"params":[{"name":"grant_type","value":"client_credentials"},{"name":"assertion","value":"` + jwt + `"}]}}}`,
			found{Form: "har", Use: "assertion", Name: "assertion", Token: jwt, Request: "POST " + endpoint, Stripped: []string{"http-archive", "form-parameter"},
				Faults: []string{"content-type (missing)", "parameter-missing client_assertion_type", "parameter-missing (wrong-name) client_assertion assertion"}}},
		{"an HTTP archive of a call", `{"log":{"entries":[{"request":{"method":"GET","url":"https://1234567.suitetalk.api.netsuite.com/x","headers":[{"name":"authorization","value":"Bearer ` +
			jwt + `"}]}}]}}`, found{Form: "har", Use: "access-token", Name: "Authorization", Token: jwt, Request: "GET https://1234567.suitetalk.api.netsuite.com/x", Faults: []string{},
			Stripped: []string{"http-archive", "authorization-header", "bearer-prefix"}}},
		{"an HTTP archive without a token", `{"log":{"entries":[{"request":{"method":"GET","url":"https://a.example/"},"response":{"content":{"text":"` + jwt + `"}}}]}}`,
			found{Form: "text", Token: jwt, Stripped: []string{"surrounding-text"}}},
		{"curl, and a token where the host belongs", "curl 'the" + jwt + strings.Repeat("x", 40) + "'  https://x.example/token", found{Form: "curl",
			Token: jwt + strings.Repeat("x", 40), Request: "GET http://...", Stripped: []string{"curl-command", "surrounding-text"}, Faults: []string{}}},
		{"curl --json", `curl --json '{"client_assertion":"` + jwt + `"}' ` + endpoint, found{Form: "curl", Use: "assertion", Name: "client_assertion",
			Token: jwt, Request: "POST " + endpoint, Stripped: []string{"curl-command", "json-member"},
			Faults: []string{"content-type application/json", "parameter-missing grant_type", "parameter-missing client_assertion_type"}}},
		{"curl -G", "curl -sG " + endpoint + " -d '" + formBody + "'", found{Form: "curl", Use: "assertion", Name: "client_assertion",
			Token: jwt, Request: "GET " + endpoint, Stripped: []string{"curl-command", "form-parameter", "percent-encoding"},
			Faults: []string{"wrong-method GET", "parameter-missing (in-query) grant_type", "parameter-missing (in-query) client_assertion_type",
				"parameter-missing (in-query) client_assertion"}}},
		{"curl with a file", "curl " + endpoint + " -d @body.txt", found{Form: "curl", Elsewhere: "file", Request: "POST " + endpoint,
			Faults: sane}},
		{"curl with a variable", `curl -u a:b ` + endpoint + ` -d grant_type=client_credentials -d client_assertion_type=` + urn + ` -d "client_assertion=$ASSERTION"`,
			found{Form: "curl", Use: "assertion", Name: "client_assertion", Elsewhere: "variable", Request: "POST " + endpoint,
				Faults: []string{"client-authentication [an Authorization header]"}}},
		{"curl of a call, its output piped", "$ curl -s -H 'Authorization: Bearer " + jwt + "' https://1234567.restlets.api.netsuite.com/app?x=" + other + " | jq .",
			found{Form: "curl", Use: "access-token", Name: "Authorization", Token: jwt, Faults: sane,
				Request:  "GET https://1234567.restlets.api.netsuite.com/app",
				Stripped: []string{"curl-command", "authorization-header", "bearer-prefix"}}},
		{"curl -F", "curl " + endpoint + " -F grant_type=client_credentials -F client_assertion_type=" + urn + " -F client_assertion=" + jwt,
			found{Form: "curl", Use: "assertion", Name: "client_assertion", Token: jwt, Request: "POST " + endpoint,
				Faults: []string{"content-type multipart/form-data"}, Stripped: []string{"curl-command", "form-parameter"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, read(tt.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A secret may be in the place of a name.
func TestSecretsInPlaceOfNames(t *testing.T) {
	hex := strings.Repeat("6794a308", 8)
	for _, text := range []string{
		"GET https://1234567.suitetalk.api.netsuite.com/" + jwt + "/x\nCookie: a=b",
		"POST /token\n\n" + jwt + "=1&grant_type=x&" + hex + "=1&" + hex + "=2",
		"curl -X " + hex + " https://" + jwt + "/token -H 'Content-Type: " + hex + "' -d grant_type=" + hex,
		"irm https://x/" + jwt + "/token -Method " + hex + " -ContentType " + hex + " -Body @{" + jwt + "='1'; '" + hex + "'='2'; grant_type='" + hex + "'; '" + hex + "'='3'}",
		"see curl https://" + jwt + "/token -d " + hex + "=1 -d grant_type=" + hex,
		`{"client_assertion":"x","` + jwt + `":"1","` + hex + `":"2"}`,
	} {
		r := capture.Read(text).Request
		if r == nil {
			t.Fatalf("%q: no request", text)
		}
		said := fmt.Sprintf("%+v", *r)
		for _, f := range r.Faults {
			said += fmt.Sprintf("%+v", *f)
		}
		if strings.Contains(said, jwt) || strings.Contains(said, hex) {
			t.Errorf("%q: %s", text, said)
		}
	}
}

// The same request in the quoting of every shell.
func TestCurlInEveryShell(t *testing.T) {
	want := found{Form: "curl", Use: "assertion", Name: "client_assertion", Token: jwt, Request: "POST " + endpoint, Faults: []string{"cookie"},
		Stripped: []string{"curl-command", "form-parameter"}}
	encoded := want
	encoded.Stripped = append(slices.Clone(want.Stripped), "percent-encoding")
	for _, tt := range []struct {
		name, text string
		want       found
	}{
		{"sh", "curl --request POST '" + endpoint + "' \\\n  --header 'Cookie: it='\\''s' \\\n  --data-urlencode 'grant_type=client_credentials' \\\n" +
			"  --data-urlencode 'client_assertion_type=" + urn + "' \\\n  --data-urlencode \"client_assertion=" + jwt + "\"\n", want},
		{"sh, spaces after the backslash", "curl -X POST " + endpoint + " \\ \n -H \"Cookie: a=\\\"b\" \\\t\r\n --data-raw '" + formBody + "'", encoded},
		{"sh, backslashes lost", "curl " + endpoint + "\n  -b a=b\n  -d '" + formBody + "'", encoded},
		{"bash, as browsers copy it", "curl '" + endpoint + "' -H $'Cookie: a=\\u0021\\x21\\'' --compressed --data-raw $'" + formBody + "'", encoded},
		{"PowerShell", "curl.exe -X POST \"" + endpoint + "\" `\n  -H \"Cookie: a=`\"b\"\"\" `\n  -d 'grant_type=client_credentials' `\n  -d 'client_assertion_type=" + urn +
			"' `\n  -d client_assertion=" + jwt, want},
		{"PowerShell, one line", "PS C:\\Users\\me> curl.exe \"" + endpoint + "\" -H 'Cookie: ''a''=b' -d \"" + formBody + "\"", encoded},
		{"cmd", "C:\\>curl \"" + endpoint + "\" ^\n  -H \"Cookie: a=\\\"b\\\"\" ^\n  --data-raw \"" + formBody + "\"", encoded},
		{"cmd, as browsers copy it", "curl ^\"" + endpoint + "^\" ^\n  -H ^\"Cookie: a=^\\^\"b^\\^\"^\" ^\n  --data-raw ^\"" +
			strings.NewReplacer("&", "^&", "%", "^%^").Replace(formBody) + "^\"", encoded},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, read(tt.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A curl command somewhere in a text, without the text around it.
func TestCurlInsideOtherText(t *testing.T) {
	want := found{Form: "curl", Use: "assertion", Name: "client_assertion", Token: jwt, Request: "POST " + endpoint, Faults: []string{},
		Stripped: []string{"curl-command", "surrounding-text", "form-parameter", "percent-encoding"}}
	command := "curl -X POST " + endpoint + " -d '" + formBody + "'"
	apart := want
	apart.Stripped = []string{"curl-command", "form-parameter", "percent-encoding"}
	for _, tt := range []struct {
		name, text string
		want       found
	}{
		{"sudo", "sudo " + command, want},
		{"a variable before it", "HTTPS_PROXY=x /usr/bin/" + command, want},
		{"in a script", "#!/bin/sh\nset -e\n" + command + "\necho done -X PUT\n", want},
		{"in $(...)", "TOKEN=$(" + command + ")", want},
		{"in backticks", "TOKEN=`" + command + "`", want},
		{"in a ticket", "We send\n\n    " + command + "\n\nand curl says -d nothing.", want},
		{"in Markdown", "```\n" + command + "\n```", want},
		{"after another", "curl https://example.com/x -b a=b\n" + command, want},
		{"before a call with its token", command + "\ncurl -H \"Authorization: Bearer $TOKEN\" -b a=b https://1234567.suitetalk.api.netsuite.com/x", apart},
		{"before a call, cmd", "curl ^\"" + endpoint + "^\" ^\n  --data-raw ^\"" + strings.NewReplacer("&", "^&", "%", "^%^").Replace(formBody) + "^\"\ncurl -b a=b https://x", apart},
		{"quoted by a mail program", "> " + strings.Replace(command, " -d", " \\\n> -d", 1) + "\n", want},
		{"the token in a variable", "JWT=" + jwt + "\ncurl " + endpoint + " -d grant_type=client_credentials -d client_assertion_type=" + urn +
			" -d \"client_assertion=$JWT\"", found{Form: "curl", Use: "assertion", Name: "client_assertion", Token: jwt, Request: "POST " + endpoint,
			Faults: []string{}, Stripped: []string{"curl-command", "surrounding-text"}}},
		{"only the word", "curl says that " + jwt + " is wrong", found{Form: "curl", Token: jwt, Faults: []string{}, Request: "GET http://says",
			Stripped: []string{"curl-command", "surrounding-text"}}},
		{"only the word, later", "the curl says " + jwt, found{Form: "text", Token: jwt, Stripped: []string{"surrounding-text"}}},
		{"a token in a mail's answer", "> " + jwt[:40] + "\n> " + jwt[40:] + "\n>", found{Form: "token", Token: jwt, Stripped: []string{"surrounding-text", "line-breaks"}}},
		{"a token that was shortened", jwt[:50] + "…", found{Form: "token", Token: jwt[:50] + "…"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, read(tt.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The same request by PowerShell's own command, as programs copy it and people write
// it.
func TestPowerShell(t *testing.T) {
	want := found{Form: "powershell", Use: "assertion", Name: "client_assertion", Token: jwt, Request: "POST " + endpoint, Faults: []string{},
		Stripped: []string{"powershell-command", "form-parameter"}}
	with := func(faults []string, stripped ...string) found {
		f := want
		f.Faults, f.Stripped = faults, append([]string{"powershell-command"}, stripped...)
		return f
	}
	sane, encoded := []string{}, []string{"form-parameter", "percent-encoding"}
	table := "@{\n  grant_type = 'client_credentials'\n  'client_assertion_type' = \"" + urn + "\" # a remark\n  client_assertion=\"" + jwt + "\" }"
	for _, tt := range []struct {
		name, text string
		want       found
	}{
		{"in one line", "Invoke-RestMethod -Method Post -Uri \"" + endpoint + "\" -ContentType 'application/x-www-form-urlencoded' -Body \"" + formBody + "\"",
			with(sane, encoded...)},
		{"aliases, shortened parameters, a prompt", "PS C:\\> irm -Me:post " + endpoint + " -b '" + formBody + "'", with(sane, encoded...)},
		{"a table", "Invoke-WebRequest -UseBasicParsing -Uri " + endpoint + " -Method Post -Body " + table, want},
		{"a table in a variable", "$body = [ordered]" + table + "\n$r = Invoke-RestMethod -Uri '" + endpoint + "' -Method Post -Body $Body | ConvertTo-Json", want},
		{"as Postman copies it", "$headers = New-Object \"System.Collections.Generic.Dictionary[[String],[String]]\"\n" +
			"$headers.Add(\"Content-Type\", \"application/x-www-form-urlencoded\")\n$headers.Add(\"Cookie\", \"a=b\")\n\n$body = \"" + formBody + "\"\n\n" +
			"$response = Invoke-RestMethod '" + endpoint + "' -Method 'POST' -Headers $headers -Body $body\n$response | ConvertTo-Json", with([]string{"cookie"}, encoded...)},
		{"as Edge copies it", "$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession\n$session.Cookies.Add((New-Object System.Net.Cookie(\"a\", \"b\", \"/\", \"x\")))\n" +
			"Invoke-WebRequest -UseBasicParsing -Uri \"" + endpoint + "\" `\n-Method \"POST\" `\n-WebSession $session `\n-Headers @{\n\"Accept\"=\"*/*\"\n  \"Authorization\"=\"Basic eDp5\"\n} `\n" +
			"-ContentType \"application/json\" `\n-Body \"" + formBody + "\"",
			with([]string{"content-type application/json", "client-authentication [an Authorization header]", "cookie"}, encoded...)},
		{"backticks lost", "Invoke-RestMethod\n  -Uri " + endpoint + "\n  -Method Post\n  -Body '" + formBody + "'\nWrite-Host done", with(sane, encoded...)},
		{"put together", "$jwt = '" + jwt[:40] + "' + '" + jwt[40:] + "'\n$type = \"" + urn + "\"\n$b = \"grant_type=client_credentials&client_assertion_type=${type}&client_assertion=$jwt\"\n" +
			"irm " + endpoint + " -Method Post -Body $b", want},
		{"a text of several lines", "$body = @\"\ngrant_type=client_credentials\n&client_assertion_type=" + urn + "\n&client_assertion=" + jwt + "\n\"@\nirm " + endpoint + " -Method Post -Body $body", want},
		{"filled later", "$body = @{}\n$body['grant_type'] = 'client_credentials'; $body.client_assertion_type = '" + urn + "'\n$body.Add('client_assertion', '" + jwt + "')\n" +
			"Invoke-RestMethod -Method Post -Uri " + endpoint + " -Body $body", want},
		{"as JSON", "Invoke-RestMethod -Method Post -Uri " + endpoint + " -Body (" + table + " | ConvertTo-Json)", with([]string{"content-type (json-body) application/x-www-form-urlencoded"}, "json-member")},
		{"GET, which makes a query of it", "irm " + endpoint + " -Body " + table, func() found {
			f := with([]string{"wrong-method GET", "parameter-missing (in-query) grant_type", "parameter-missing (in-query) client_assertion_type",
				"parameter-missing (in-query) client_assertion"}, "form-parameter")
			f.Request = "GET " + endpoint
			return f
		}()},
		{"a variable that is not set here", "irm " + endpoint + " -Method Post -Body $body", found{Form: "powershell", Elsewhere: "variable", Request: "POST " + endpoint, Faults: sane}},
		{"a call", "$t = '" + jwt + "'\nInvoke-RestMethod https://1234567.suitetalk.api.netsuite.com/x -Headers @{ Authorization = \"Bearer $t\" }", found{Form: "powershell",
			Use: "access-token", Name: "Authorization", Token: jwt, Faults: sane, Request: "GET https://1234567.suitetalk.api.netsuite.com/x",
			Stripped: []string{"powershell-command", "authorization-header", "bearer-prefix"}}},
		{"the token request among calls", "irm https://x.example/a -Body $z; irm " + endpoint + " -Method Post -Body '" + formBody + "'; irm https://x.example/b", with(sane, encoded...)},
		{"only the word", "with Invoke-RestMethod it is " + jwt, found{Form: "text", Token: jwt, Stripped: []string{"surrounding-text"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, read(tt.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A text that is too large is called so, and not looked into.
func TestTooLargeText(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("x ", capture.MaxBytes/2) + " " + jwt,
		`{"a":"` + strings.Repeat("x", capture.MaxDocument) + `","client_assertion":"` + jwt + `"}`,
	} {
		if p := capture.Read(text); !p.Token.IsZero() || p.Elsewhere != "text-too-large" {
			t.Errorf("a text of %d bytes was looked into", len(text))
		}
	}
}

// TestA3LargeArchive: an archive with its responses has several megabytes.
func TestA3LargeArchive(t *testing.T) {
	text := `{"log":{"entries":[{"request":{"method":"GET","url":"https://a.example/"},"response":{"content":{"text":"` + strings.Repeat("x", capture.MaxBytes) +
		`"}}},{"request":{"method":"POST","url":"` + endpoint + `","headers":[],"postData":{"text":"` + formBody + `"}}}]}}`
	if got := read(text); got.Form != "har" || got.Token != jwt {
		t.Errorf("%+v", got)
	}
}

// Every kind and reason is raised by the table above.
func TestEveryKindIsRaised(t *testing.T) {
	kinds := map[capture.Kind][]string{
		capture.KindWrongMethod:          {""},
		capture.KindContentType:          {"", "missing", "json-body"},
		capture.KindParameterMissing:     {"", "wrong-name", "wrong-value", "in-query"},
		capture.KindParameterRepeated:    {""},
		capture.KindClientAuthentication: {""},
		capture.KindCookie:               {""},
	}
	data, err := os.ReadFile("capture_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for kind, reasons := range kinds {
		for _, reason := range reasons {
			label := `"` + string(kind)
			if reason != "" {
				label += " (" + reason + ")"
			}
			if !strings.Contains(string(data), label) {
				t.Errorf("no row raises %s", label)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	seeds := []string{"", jwt, "Bearer " + jwt, formBody, "client_assertion:" + jwt, `{"access_token":"` + jwt + `"}`,
		"curl -d '" + formBody + "' \\\n " + endpoint, "curl ^\"x^\" ^\n -d ^\"a^&b\"", "curl.exe `\n -d \"a`\"\"\"\"", "curl -d $'\\u12\\x'",
		"POST /token HTTP/1.1\nHost: x\n\n" + formBody, "> GET /x\n> Cookie: a\n>", "--x\nContent-Disposition: form-data; name=\"a\"\n\nb\n--x--",
		"$b = @\"\na=$x\n\"@\n$h.Add('a', \"b\")\n$r = irm " + endpoint + " -Me:Post -Body ($b | ConvertTo-Json) `\n -Headers @{a='b'; c=(d)}",
		"$a = $a + $a\nirm https://x -Body \"$a${a}\"", "irm irm (irm [x]@{", "irm https: -Uri:x\x80\xff", "> curl https://x\n> -d a", "x $(curl https://x -d 'a') y\ncurl",
		"\xff\xfea\x00", "GET http://[::1/\n", "curl -X", "curl --", "curl -sX",
		`fetch("https://x/token", {"headers":{"a":"b"},"body":"a=b"});`, `fetch("`, `fetch("a",{}`, `fetch("a")`,
		`{"log":{"entries":[{"request":{"method":"POST","url":"https://x/token","headers":[{"name":"Cookie","value":"a"}],"postData":{"text":"a=b"}}}]}}`,
		`{"request":{"method":"GET","url":"%"}}`, `{"log":{"entries":[{}]}}`}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, s := range seeds {
		f.Add(s)
	}
	hidden := "c2VjcmV0LWluLWEtcmVxdWVzdA"
	f.Fuzz(func(t *testing.T, text string) {
		p := capture.Read(text)
		token := p.Token.Reveal()
		if p.Elsewhere != "" && token != "" {
			t.Fatalf("%q: both a token and %s in its place", text, p.Elsewhere)
		}
		if len(token) > 3*len(text)+3 { // bytes that are no UTF-8 may grow
			t.Fatalf("%d bytes of text gave %d bytes of token", len(text), len(token))
		}
		if again := capture.Read(text); !cmp.Equal(read(text), read(text)) || again.Form != p.Form {
			t.Fatalf("%q is not read the same twice", text)
		}
		if p.Form == capture.Bare && !p.Token.IsZero() {
			if again := capture.Read(token); again.Form == capture.Bare && again.Token.Reveal() != token && len(p.Stripped) > 0 && secret.LooksLikeJWT(token) {
				t.Fatalf("what was found in %q, %q, is read as %q", text, token, again.Token.Reveal())
			}
		}
		// A value that stands in a parameter is nowhere but in the token.
		planted := capture.Read(text + "&zz=" + url.QueryEscape(hidden))
		if planted.Request != nil {
			if s := fmt.Sprintf("%+v", *planted.Request); strings.Contains(s, hidden) && !strings.Contains(text, hidden) &&
				!slices.ContainsFunc(planted.Request.Parameters, func(n string) bool { return strings.Contains(n, hidden) }) &&
				!strings.Contains(planted.Request.URL, hidden) {
				t.Fatalf("%q: the request repeats a value: %s", text, s)
			}
			for _, fault := range planted.Request.Faults {
				if strings.Contains(fault.Error(), hidden) {
					t.Fatalf("%q: %v", text, fault)
				}
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	text := "curl --request POST '" + endpoint + "' \\\n  --data-urlencode 'grant_type=client_credentials' \\\n" +
		"  --data-urlencode 'client_assertion_type=" + urn + "' \\\n  --data-urlencode 'client_assertion=" + jwt + "'"
	b.ReportAllocs()
	for b.Loop() {
		capture.Read(text)
	}
}

// Texts of the largest size that are all of one troublesome kind are read at once:
// nothing is gone through again and again. (A time is not asserted; one that grows
// with the square would take minutes.)
func TestHostileSizes(t *testing.T) {
	size := capture.MaxBytes / testkit.Size(1, 16, 64) // enough for what is quadratic to show
	fill := func(before, unit string) string {
		n := (size - len(before)) / len(unit)
		return before + strings.Repeat(unit, n)
	}
	var many strings.Builder
	many.WriteString("grant_type=x")
	for i := 0; many.Len() < size-16; i++ {
		fmt.Fprintf(&many, "&%x=1&%x=2", i, i)
	}
	for name, text := range map[string]string{
		"dots":                          fill("ey", "."),
		"tokens":                        fill("", "eyJhbGciOiJIUzI1NiJ9.a.b "),
		"equals":                        fill("", "=ey"),
		"quotes":                        fill("", `"'`+"`"),
		"Bearer":                        fill("", "Bearer "),
		"backslashes, sh":               fill("curl ", `\`),
		"breaks, sh":                    fill("curl ", "\\ \n"),
		"quotes, sh":                    fill("curl ", `"'$'`),
		"backslashes, cmd":              fill("curl ^\" ^\n", `\`),
		"escaped marks, cmd":            fill("curl ^\" ^\n", `\"`),
		"carets":                        fill("curl ^\" ^\n", "^ "),
		"backticks":                     fill("curl.exe `\n", "` "),
		"options":                       fill("curl", " -d a"),
		"parameters, repeated":          many.String(),
		"ampersands":                    fill("client_assertion=", "&"),
		"escapes":                       fill("client_assertion=", "%2"),
		"JSON, nested":                  fill(`{"a":`, "["),
		"JSON, wide":                    fill(`{"client_assertion":"x"`, `,"a":1`) + "}",
		"headers":                       fill("POST /token\n", "a:b\n"),
		"parts":                         fill("POST /token\nContent-Type: multipart/form-data; boundary=x\n\n", "--x\nContent-Disposition: form-data; name=\"a\"\n\nb\n"),
		"curl -v":                       fill("> POST /token\n", "> a: b\n"),
		"curl, again and again":         fill("x ", "curl https://x "),
		"breaks":                        fill("curl https://x", "\n \r"),
		"quoted lines":                  fill("", "> a\n"),
		"PowerShell, texts that double": fill("irm ", "$a = \"$a$a\" + $a\n"),
		"PowerShell, texts of lines":    fill("irm ", "@\"\n"),
		"PowerShell, here or not":       fill("irm ", "@\" @'"),
		"PowerShell, nested":            fill("irm ", "(@{a="),
		"PowerShell, types":             fill("irm x $a=", "[a]"),
		"PowerShell, commands":          fill("irm ", "irm "),
		"PowerShell, requests":          fill("$h = @{a='b'}\n", "irm https://x -Body $h\n"),
		"PowerShell, parameters":        fill("irm ", "-b "),
		"PowerShell, ends":              fill("irm ", ";\n"),
		"PowerShell, additions":         fill("irm ", "$a.Add('a','b')\n"),
		"PowerShell, variables":         fill("irm x -Body \"", "$a"),
		"PowerShell, backticks":         fill("irm ", "`\r"),
		"program, nested":               fill("grant_type ", "({["),
		"program, not closed":           fill("grant_type x({", "a('b',"),
		"program, texts that double":    fill("grant_type({}) a = 'a'\n", "a = a + a\n"),
		"program, tables that double":   fill("grant_type a = {a: 1}\n", "a = a + a\n"),
		"program, options that double":  fill("grant_type $a = ['a' => 1];", "curl_setopt_array($a, $a);"),
		"program, templates":            fill("grant_type({}) a = 'a'\n", "a = `${a}${a}`\n"),
		"program, requests":             fill("grant_type a = {b: 'c'}\n", "fetch('https://x/token', {body: a})\n"),
		"program, members":              fill("grant_type({}) a", ".a()"),
		"program, indexes":              fill("grant_type({}) ", "a['b'] = a\n"),
		"program, additions":            fill("grant_type({}) ", "a.add('', a).add('b', a)\n"),
		"program, types":                fill("grant_type({}) ", "a<b,c<"),
		"program, comments":             fill("grant_type({}) ", "/*/"),
		"program, quotes":               fill("grant_type({}) ", "`\"\"\"'"),
		"program, ends":                 fill("grant_type({}) 'a'", "\n'b'"),
		"lines":                         fill("grant_type: a\n", "client_assertion:\n eyJ\n"),
		"commands":                      fill("", "http POST https://x/token a=b\n"),
		"wget":                          fill("wget https://x/token", " --post-data=a=b"),
		"editor":                        fill("@a = {{a}}{{a}}\n", "### x\nPOST {{a}}/token\n\n{{a}}\n"),
		"Bruno":                         fill("meta {\n}\n", "headers {\na: b\n}\n"),
		"collection":                    fill("[", `{"url":"https://x/token","method":"POST"},`) + "{}]",
		"here-documents":                fill("curl https://x", " -d @- <<E"),
		"invisible":                     fill("ey", "\u200b"),
	} {
		t.Run(name, func(t *testing.T) {
			p := capture.Read(text)
			if r := p.Request; r != nil && (len(r.Parameters) > 32 || len(r.Faults) > 64) {
				t.Errorf("%d parameters, %d faults", len(r.Parameters), len(r.Faults))
			}
		})
	}
}
